// OffsetCommit: a group notes how far it has come.
//
// Members commit with their id and generation; whoever has neither (generation -1) may commit for a
// group without members. Offsets stay until their group or topic is deleted; retention_time_ms of
// old versions has no effect. A partition that does not exist is UNKNOWN_TOPIC_OR_PARTITION,
// whoever commits. Topics are named by id since version 10. What cannot be written to disk is
// NOT_COORDINATOR, as in Kafka, and not committed.
#include "broker/handlers/offset_commits.h"

namespace weir::broker {

namespace {

constexpr std::int16_t kTopicIdsSince = 10;

std::int16_t may_commit(const Call& call, const wire::OffsetCommitRequest& request, Group*& group) {
  if (const auto error = find_committing_group(call, request, group)) return error;
  return group->check_commit({request.member_id, request.group_instance_id},
                             request.generation_id_or_member_epoch);
}

}  // namespace

void handle(const Call& call, const wire::OffsetCommitRequest& request) {
  Group* group = nullptr;
  const std::int16_t refused = may_commit(call, request, group);
  wire::OffsetCommitResponse response;
  auto commits = take_commits(call, request, call.version() >= kTopicIdsSince, refused, response);
  if (!commits.empty() && !call.node.cluster().commit(*group, std::move(commits)).ok()) {
    fail_commits(response);
  }
  call.reply.send(response);
}

}  // namespace weir::broker
