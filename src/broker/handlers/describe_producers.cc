// DescribeProducers: which producers a partition knows, and whose transaction is open in it since
// where.
//
// A partition knows a producer by its batches, until there are too many others. The last sequence
// is -1 where the last that it wrote was the end of a transaction under a new epoch, the epoch of
// the coordinator -1 before the first end, the start of a transaction -1 where none is open.
#include "broker/handlers/handlers.h"
#include "broker/handlers/topic_lookup.h"
#include "wire/error_codes.h"

namespace weir::broker {

namespace {

using Answer = wire::DescribeProducersResponse::PartitionResponse;
namespace code = wire::kafka_code;

Answer no_topic(std::string_view name, std::int32_t index) {
  Answer answer;
  answer.partition_index = index;
  const bool is_name = TopicCatalog::check_name(name).ok();
  answer.error_code = is_name ? code::kUnknownTopicOrPartition : code::kInvalidTopicException;
  answer.error_message = is_name ? "there is no such topic" : "no topic can have this name";
  return answer;
}

Answer describe(const Call& call, const Topic* topic, std::int32_t index) {
  Answer answer;
  answer.partition_index = index;
  const auto found = find_partition(call.node, topic, false, index);
  answer.error_code = found.error;
  if (found.partition == nullptr) return answer;
  for (const auto& producer : found.partition->producers.all()) {
    const auto begin = found.partition->transactions.begin_of(producer.id);
    answer.active_producers.push_back({producer.id, producer.epoch, producer.last_sequence,
                                       producer.last_timestamp, producer.coordinator_epoch,
                                       begin.value_or(Offset{-1}).value});
  }
  return answer;
}

}  // namespace

void handle(const Call& call, const wire::DescribeProducersRequest& request) {
  wire::DescribeProducersResponse response;
  for (const auto& asked : request.topics) {
    auto& answer = response.topics.emplace_back();
    answer.name = asked.name;
    const Topic* topic = call.node.cluster().topics().find(asked.name);
    for (const std::int32_t index : asked.partition_indexes) {
      answer.partitions.push_back(topic == nullptr ? no_topic(asked.name, index)
                                                   : describe(call, topic, index));
    }
  }
  call.reply.send(response);
}

}  // namespace weir::broker
