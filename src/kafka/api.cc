// How users' programs reach the Kafka source and output: the functions that weir/kafka.h declares.

#include <memory>
#include <utility>

#include "kafka/source.h"
#include "kafka/topic_output.h"
#include "weir/kafka.h"

namespace weir::detail {

plan::Node* append_kafka_source(Pipeline& pipeline, kafka::StreamOptions options) {
  return append_source(pipeline, std::make_unique<kafka::KafkaSource>(std::move(options)));
}

OutputIndex append_kafka_output(plan::Node* anywhere, kafka::TopicOptions options) {
  return append_target(anywhere, std::make_unique<kafka::TopicOutput>(std::move(options)));
}

}  // namespace weir::detail
