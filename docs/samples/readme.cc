#include <weir/embedded_broker.h>
#include <weir/kafka.h>
#include <weir/producer_pool.h>
#include <weir/streaming_context.h>

#include <iterator>
#include <sstream>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

std::vector<std::string> words(const std::string& line) {
  std::istringstream in(line);
  return {std::istream_iterator<std::string>(in), {}};
}

bool is_question(const std::string& line) { return line.ends_with('?'); }

weir::Result<void> write_lines(const std::string& brokers) {
  WEIR_ASSIGN_OR_RETURN(auto pool, weir::kafka::ProducerPool::open({.brokers = brokers}));
  WEIR_ASSIGN_OR_RETURN(auto producer, pool.borrow());
  for (const char* line : {"a stream is a log", "a log is a stream", "is that all"}) {
    WEIR_RETURN_IF_ERROR(producer.send("lines", {.value = line}));
  }
  return producer.flush();
}

}  // namespace

int main() {
  auto broker = weir::broker::EmbeddedBroker::start({.topics = {{"lines"}, {"questions"}}}).value();
  const std::string brokers = broker->address();
  if (!write_lines(brokers).ok()) return 2;
@SAMPLE@
}
