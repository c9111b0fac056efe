// OffsetForLeaderEpoch: where the records of a leader's epoch end.
//
// The epoch answered is the newest one, up to the one asked for, that has records; its end is where
// the next one begins, or the end of the log. Of an epoch that has not begun, both are -1, without
// an error.
#include "broker/handlers/handlers.h"
#include "broker/handlers/topic_lookup.h"

namespace weir::broker {

namespace {

using Asked = wire::OffsetForLeaderEpochRequest::OffsetForLeaderPartition;
using Answer = wire::OffsetForLeaderEpochResponse::EpochEndOffset;
namespace code = wire::kafka_code;

Answer answer_one(const Call& call, const Topic* topic, const Asked& asked) {
  Answer answer;
  answer.partition = asked.partition;
  const auto found = find_partition(call.node, topic, false, asked.partition);
  answer.error_code = found.error;
  if (answer.error_code == code::kNone) {
    answer.error_code = check_leader_epoch(*found.partition, asked.current_leader_epoch);
  }
  if (answer.error_code != code::kNone) return answer;
  const auto end = found.partition->epochs().end_of(asked.leader_epoch, found.partition->log.end());
  answer.leader_epoch = end.epoch;
  answer.end_offset = end.offset.value;
  return answer;
}

}  // namespace

void handle(const Call& call, const wire::OffsetForLeaderEpochRequest& request) {
  wire::OffsetForLeaderEpochResponse response;
  for (const auto& topic : request.topics) {
    auto& answer = response.topics.emplace_back();
    answer.topic = topic.topic;
    const Topic* found = call.node.cluster().topics().find(topic.topic);
    for (const Asked& asked : topic.partitions) {
      answer.partitions.push_back(answer_one(call, found, asked));
    }
  }
  call.reply.send(response);
}

}  // namespace weir::broker
