#pragma once

#include <memory>
#include <string>
#include <vector>

#include "weir/embedded_broker.h"

namespace words {

/// A topic and the records that a sample of it has.
struct Sample {
  std::string topic;
  std::vector<std::string> values;
};

/// Where an example reads: the Kafka that the command line names ("host:port"), or, where it names
/// none, a broker in this process that has the samples. Throws std::runtime_error where that cannot
/// be started.
class Input {
 public:
  Input(int argc, char** argv, const std::vector<Sample>& samples);

  const std::string& brokers() const { return brokers_; }
  /// There is nothing to read but the samples.
  bool is_sample() const { return broker_ != nullptr; }
  /// Writes more records to a topic.
  void write(const Sample& sample) const;

 private:
  std::unique_ptr<weir::broker::EmbeddedBroker> broker_;
  std::string brokers_;
};

/// The words of a line.
std::vector<std::string> split(const std::string& line);

}  // namespace words
