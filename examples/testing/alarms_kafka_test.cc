// Tests the same pipeline from topic to topic, on a broker in this process.
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "alarms.h"
#include "weir/embedded_broker.h"
#include "weir/kafka.h"
#include "weir/producer_pool.h"
#include "weir/streaming_context.h"

namespace {

void check(const weir::Result<void>& result) {
  if (!result.ok()) throw std::runtime_error(result.error().message());
}

void write(const std::string& brokers, const std::vector<std::string>& readings) {
  const auto pool = weir::kafka::ProducerPool::open({.brokers = brokers}).value();
  auto producer = pool.borrow().value();
  for (const std::string& reading : readings) {
    check(producer.send("readings", {.value = reading}));
  }
  check(producer.flush());
}

/// The program under test: it reads one topic to its end and writes another.
int run_alarms(const std::string& brokers) {
  weir::StreamingContext context({.app = "alarms", .stop_at_end = true});
  const auto readings = weir::kafka::stream<std::string>(
      context, {.brokers = brokers, .topics = {"readings"}, .group = "alarms"});
  alarms::too_hot(readings, 30)
      .to(weir::kafka::topic<std::string>({.brokers = brokers, .topic = "alarms"}));
  return context.run();
}

std::vector<std::string> read(const std::string& brokers, const std::string& topic) {
  auto values = std::make_shared<std::vector<std::string>>();
  weir::StreamingContext context({.app = "reader", .stop_at_end = true});
  weir::kafka::stream<std::string>(context, {.brokers = brokers, .topics = {topic}})
      .for_each_batch([values](const weir::Dataset<std::string>& batch) {
        const auto records = batch.records();
        values->insert(values->end(), records.begin(), records.end());
      });
  check(context.start());
  check(context.await());
  return *values;
}

}  // namespace

int main() {
  const auto broker =
      weir::broker::EmbeddedBroker::start({.topics = {{"readings", 2}, {"alarms", 1}}}).value();
  write(broker->address(), {"kitchen 31.5", "cellar 12", "kitchen 20"});
  if (run_alarms(broker->address()) != 0) return 1;
  // A window is told with each batch that sees it, so the kitchen may be named more than once.
  const auto named = read(broker->address(), "alarms");
  for (const std::string& name : named) std::cout << name << "\n";
  return named.empty() || named.front() != "kitchen" || named.back() != "kitchen" ? 1 : 0;
}
