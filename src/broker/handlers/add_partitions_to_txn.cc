// AddPartitionsToTxn: partitions that a producer is about to write to in its transaction.
//
// Begins the transaction where none is open. All partitions or none: where one does not exist, it
// is UNKNOWN_TOPIC_OR_PARTITION and the others OPERATION_NOT_ATTEMPTED. Versions up to 3 are what
// producers use, and all that is served: later ones are between brokers. An old epoch is
// PRODUCER_FENCED since version 2, INVALID_PRODUCER_EPOCH before.
#include "broker/handlers/transaction_lookup.h"

namespace weir::broker {

namespace {

using Request = wire::AddPartitionsToTxnRequest;
using Answer = wire::AddPartitionsToTxnResponse;
namespace code = wire::kafka_code;

constexpr std::int16_t kProducerFencedSince = 2;

/// Fills in who does not exist; returns whether all do.
bool find_unknown(const Call& call, const Request& request, Answer& response) {
  bool all_known = true;
  for (const auto& asked : request.v3_and_below_topics) {
    auto& answer = response.results_by_topic_v3_and_below.emplace_back();
    answer.name = asked.name;
    const Topic* topic = call.node.cluster().topics().find(asked.name);
    for (const std::int32_t index : asked.partitions) {
      const bool is_known = topic != nullptr && topic->has_partition(index);
      all_known = all_known && is_known;
      answer.results_by_partition.push_back(
          {index, is_known ? code::kOperationNotAttempted : code::kUnknownTopicOrPartition});
    }
  }
  return all_known;
}

std::int16_t add(const Call& call, const Request& request) {
  if (const auto error = check_transactional_id(call, request.v3_and_below_transactional_id)) {
    return error;
  }
  std::vector<Transaction::Partition> partitions;
  for (const auto& topic : request.v3_and_below_topics) {
    for (const std::int32_t index : topic.partitions) partitions.emplace_back(topic.name, index);
  }
  const std::int16_t error = call.node.cluster().transactions().add_partitions(
      request.v3_and_below_transactional_id,
      {request.v3_and_below_producer_id, request.v3_and_below_producer_epoch}, partitions);
  return fenced_since(call, kProducerFencedSince, error);
}

}  // namespace

void handle(const Call& call, const Request& request) {
  Answer response;
  if (find_unknown(call, request, response)) {
    const std::int16_t outcome = add(call, request);
    for (auto& topic : response.results_by_topic_v3_and_below) {
      for (auto& partition : topic.results_by_partition) partition.partition_error_code = outcome;
    }
  }
  call.reply.send(response);
}

}  // namespace weir::broker
