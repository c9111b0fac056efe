// TxnOffsetCommit: how far a group will have come once a producer's transaction is committed.
//
// Since version 5 this adds the group to the transaction, also where the member is refused then;
// before, AddOffsetsToTxn has done so. A member's id and generation (since version 3) are checked
// as in OffsetCommit, so that a member that is one no more cannot commit for the group; a producer
// that gives neither is trusted. Since version 6 topics are named by id.
#include "broker/handlers/offset_commits.h"
#include "broker/handlers/transaction_lookup.h"

namespace weir::broker {

namespace {

using Request = wire::TxnOffsetCommitRequest;
namespace code = wire::kafka_code;

constexpr std::int16_t kAbortableSince = 4;
constexpr std::int16_t kAddsGroupSince = 5;
constexpr std::int16_t kTopicIdsSince = 6;

std::int16_t join_transaction(const Call& call, const Request& request) {
  TransactionCoordinator& transactions = call.node.cluster().transactions();
  const ProducerIdentity producer{request.producer_id, request.producer_epoch};
  const std::int16_t error =
      call.version() >= kAddsGroupSince
          ? transactions.add_group(request.transactional_id, producer, request.group_id)
          : transactions.check_group(request.transactional_id, producer, request.group_id);
  if (error == code::kProducerFenced) return code::kInvalidProducerEpoch;
  return abortable_since(call, kAbortableSince, error);
}

std::int16_t may_commit(const Call& call, const Request& request, Group*& group) {
  if (const auto error = check_named_group(call, request.group_id)) return error;
  if (!names_a_partition(call, request)) return code::kNone;
  if (const auto error = join_transaction(call, request)) return error;
  if (const auto error = find_committing_group(call, request, group)) return error;
  return group->check_transactional_commit({request.member_id, request.group_instance_id},
                                           request.generation_id_or_member_epoch);
}

}  // namespace

void handle(const Call& call, const Request& request) {
  Group* group = nullptr;
  const std::int16_t refused = may_commit(call, request, group);
  wire::TxnOffsetCommitResponse response;
  auto commits = take_commits(call, request, call.version() >= kTopicIdsSince, refused, response);
  Cluster& cluster = call.node.cluster();
  const bool kept =
      commits.empty() || cluster.commit(*group, std::move(commits), request.producer_id).ok();
  if (!kept) fail_commits(response);
  call.reply.send(response);
}

}  // namespace weir::broker
