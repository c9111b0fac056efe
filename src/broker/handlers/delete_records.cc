// DeleteRecords: deletes the records before an offset, by moving the start of their log.
//
// -1 stands for the high watermark. An offset before the start changes nothing; one beyond the high
// watermark is OFFSET_OUT_OF_RANGE; a topic that is only compacted is POLICY_VIOLATION; a start
// that cannot be written to disk is KAFKA_STORAGE_ERROR and changes nothing. Answers the low
// watermark, where the log now starts, and -1 with an error. What lies before it is out of range
// for fetches at once; its memory is freed by whole chunks of the log.
#include "broker/handlers/handlers.h"
#include "broker/handlers/topic_lookup.h"

namespace weir::broker {

namespace {

using Asked = wire::DeleteRecordsRequest::DeleteRecordsPartition;
using Answer = wire::DeleteRecordsResponse::DeleteRecordsPartitionResult;
namespace code = wire::kafka_code;

constexpr std::int64_t kHighWatermark = -1;

Answer delete_records(const Call& call, const Topic* topic, const Asked& asked) {
  Answer answer{asked.partition_index, -1, code::kNone};
  const auto found = find_partition(call.node, topic, false, asked.partition_index);
  answer.error_code = found.error;
  if (answer.error_code == code::kNone && topic->settings.compacts() &&
      !topic->settings.deletes()) {
    answer.error_code = code::kPolicyViolation;
  }
  if (answer.error_code != code::kNone) return answer;
  const Offset end = found.partition->high_watermark();
  const Offset before = asked.offset == kHighWatermark ? end : Offset{asked.offset};
  if (before < Offset{0} || end < before) {
    answer.error_code = code::kOffsetOutOfRange;
    return answer;
  }
  const auto deleted =
      call.node.delete_records(*topic, asked.partition_index, *found.partition, before);
  if (!deleted.ok()) {
    answer.error_code = deleted.error().kafka_code();
    return answer;
  }
  answer.low_watermark = found.partition->log.start().value;
  return answer;
}

}  // namespace

void handle(const Call& call, const wire::DeleteRecordsRequest& request) {
  wire::DeleteRecordsResponse response;
  for (const auto& topic : request.topics) {
    auto& answer = response.topics.emplace_back();
    answer.name = topic.name;
    const Topic* found = call.node.cluster().topics().find(topic.name);
    for (const Asked& asked : topic.partitions) {
      answer.partitions.push_back(delete_records(call, found, asked));
    }
  }
  call.reply.send(response);
}

}  // namespace weir::broker
