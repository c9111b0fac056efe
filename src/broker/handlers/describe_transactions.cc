// DescribeTransactions: how transactions stand, by transactional id.
//
// Lists the partitions that do not know a transaction's end yet. An id that is unknown is
// TRANSACTIONAL_ID_NOT_FOUND.
#include "broker/handlers/transaction_lookup.h"

namespace weir::broker {

namespace {

using Answer = wire::DescribeTransactionsResponse::TransactionState;
namespace code = wire::kafka_code;

Answer describe(const Call& call, std::string_view id) {
  Answer answer;
  answer.transactional_id = id;
  answer.error_code = check_transactional_id(call, id);
  if (answer.error_code != code::kNone) return answer;
  const Transaction* found = call.node.cluster().transactions().find(id);
  if (found == nullptr) {
    answer.error_code = code::kTransactionalIdNotFound;
    return answer;
  }
  answer.transaction_state = to_string(found->state);
  answer.transaction_timeout_ms = found->timeout_ms;
  answer.transaction_start_time_ms = found->started.millis;
  answer.producer_id = found->producer.id;
  answer.producer_epoch = found->producer.epoch;
  for (const auto& [topic, partition] : found->partitions) {
    if (answer.topics.empty() || answer.topics.back().topic != topic) {
      answer.topics.emplace_back().topic = topic;
    }
    answer.topics.back().partitions.push_back(partition);
  }
  return answer;
}

}  // namespace

void handle(const Call& call, const wire::DescribeTransactionsRequest& request) {
  wire::DescribeTransactionsResponse response;
  for (std::string_view id : request.transactional_ids) {
    response.transaction_states.push_back(describe(call, id));
  }
  call.reply.send(response);
}

}  // namespace weir::broker
