#include "input.h"

#include <sstream>
#include <stdexcept>

#include "weir/producer_pool.h"

namespace words {

namespace {

template <class T>
T value_of(weir::Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message());
  return std::move(result).value();
}

void check(const weir::Result<void>& result) {
  if (!result.ok()) throw std::runtime_error(result.error().message());
}

}  // namespace

Input::Input(int argc, char** argv, const std::vector<Sample>& samples) {
  if (argc > 1) {
    brokers_ = argv[1];
    return;
  }
  weir::broker::BrokerOptions options;
  for (const Sample& sample : samples) options.topics.push_back({sample.topic, 2});
  broker_ = value_of(weir::broker::EmbeddedBroker::start(options));
  brokers_ = broker_->address();
  for (const Sample& sample : samples) write(sample);
}

void Input::write(const Sample& sample) const {
  const auto pool = value_of(weir::kafka::ProducerPool::open({.brokers = brokers_}));
  auto producer = value_of(pool.borrow());
  for (const std::string& value : sample.values) {
    check(producer.send(sample.topic, {.value = value}));
  }
  check(producer.flush());
}

std::vector<std::string> split(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

}  // namespace words
