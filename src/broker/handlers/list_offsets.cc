// ListOffsets: the first, the last, or a timestamp's offset of partitions.
//
// -1 asks for the high watermark, the end of what may be read, -2 for its start, -3 (since version
// 7) for the record with the newest timestamp, -4 (since version 8) for the earliest record on the
// broker itself, which here is the start; any other time for the first record at or behind it.
// Where no record qualifies, offset and timestamp are -1. What lies behind the high watermark does
// not count; a leader that does not know yet up to where what it took over is replicated answers
// OFFSET_NOT_AVAILABLE instead (LEADER_NOT_AVAILABLE before version 5). A partition that is named
// more than once is INVALID_REQUEST, once. -5 (since version 9) asks for what has been moved to
// remote storage: nothing, ever. For who reads committed records only, the last stable offset
// stands in the high watermark's place.
#include "base/log.h"
#include "broker/handlers/handlers.h"
#include "broker/handlers/times_named.h"
#include "broker/handlers/topic_lookup.h"
#include "broker/timestamp_search.h"
#include "wire/isolation.h"

namespace weir::broker {

namespace {

using Asked = wire::ListOffsetsRequest::ListOffsetsPartition;
using Answer = wire::ListOffsetsResponse::ListOffsetsPartitionResponse;
namespace code = wire::kafka_code;

constexpr std::int64_t kLatest = -1;
constexpr std::int64_t kEarliest = -2;
constexpr std::int64_t kMaxTimestamp = -3;
constexpr std::int64_t kEarliestLocal = -4;
constexpr std::int64_t kLatestTiered = -5;
constexpr std::int16_t kOffsetNotAvailableSince = 5;
constexpr std::int16_t kMaxTimestampSince = 7;
constexpr std::int16_t kEarliestLocalSince = 8;
constexpr std::int16_t kLatestTieredSince = 9;

void set(Answer& answer, Offset offset, std::int64_t timestamp) {
  answer.offset = offset.value;
  answer.timestamp = timestamp;
}

/// A partition as one isolation level sees it.
struct Visible {
  const Partition& partition;
  Offset end;  ///< of what may be read
};

std::int16_t set_end(const Visible& visible, Answer& answer) {
  if (visible.partition.is_behind_its_takeover()) return code::kOffsetNotAvailable;
  set(answer, visible.end, -1);
  return code::kNone;
}

std::int16_t set_found(const Visible& visible, const Result<std::optional<TimedOffset>>& found,
                       Answer& answer) {
  if (!found.ok()) return code::kCorruptMessage;
  if (!*found) return code::kNone;
  if ((*found)->offset >= visible.end) {
    return visible.partition.is_behind_its_takeover() ? code::kOffsetNotAvailable : code::kNone;
  }
  set(answer, (*found)->offset, (*found)->timestamp.millis);
  return code::kNone;
}

bool is_known(std::int64_t timestamp, std::int16_t version) {
  if (timestamp >= kEarliest) return true;
  return (timestamp == kMaxTimestamp && version >= kMaxTimestampSince) ||
         (timestamp == kEarliestLocal && version >= kEarliestLocalSince) ||
         (timestamp == kLatestTiered && version >= kLatestTieredSince);
}

std::int16_t search(const Visible& visible, std::int64_t timestamp, Answer& answer) {
  const PartitionLog& log = visible.partition.log;
  if (timestamp == kLatest) return set_end(visible, answer);
  if (timestamp == kMaxTimestamp) return set_found(visible, newest_record(log), answer);
  if (timestamp >= 0) return set_found(visible, first_record_since(log, {timestamp}), answer);
  if (timestamp == kEarliest || timestamp == kEarliestLocal) set(answer, log.start(), -1);
  return code::kNone;
}

Answer refuse(const Asked& asked, std::int16_t error) {
  Answer answer;
  answer.partition_index = asked.partition_index;
  answer.error_code = error;
  return answer;
}

Answer answer_one(const Call& call, const Topic* topic, const Asked& asked, bool committed) {
  Answer answer;
  answer.partition_index = asked.partition_index;
  const auto found = find_partition(call.node, topic, false, asked.partition_index);
  answer.error_code = found.error;
  if (answer.error_code == code::kNone) {
    answer.error_code = check_leader_epoch(*found.partition, asked.current_leader_epoch);
  }
  if (answer.error_code == code::kNone && !is_known(asked.timestamp, call.version())) {
    answer.error_code = code::kUnsupportedVersion;
  }
  if (answer.error_code == code::kNone) {
    const Partition& partition = *found.partition;
    const Offset end = committed ? partition.stable_end() : partition.high_watermark();
    answer.error_code = search({partition, end}, asked.timestamp, answer);
  }
  if (answer.error_code == code::kOffsetNotAvailable && call.version() < kOffsetNotAvailableSince) {
    answer.error_code = code::kLeaderNotAvailable;
  }
  if (answer.offset >= 0) {
    answer.leader_epoch = found.partition->epochs().epoch_at(Offset{answer.offset});
  }
  return answer;
}

}  // namespace

void handle(const Call& call, const wire::ListOffsetsRequest& request) {
  const bool committed = request.isolation_level == wire::kReadCommitted;
  wire::ListOffsetsResponse response;
  for (const auto& topic : request.topics) {
    auto& answer = response.topics.emplace_back();
    answer.name = topic.name;
    const Topic* found = call.node.cluster().topics().find(topic.name);
    TimesNamed<std::int32_t> named;
    for (const Asked& asked : topic.partitions) named.add(asked.partition_index);
    for (const Asked& asked : topic.partitions) {
      const int times = named.take(asked.partition_index);
      if (times > 1) answer.partitions.push_back(refuse(asked, code::kInvalidRequest));
      if (times == 1) answer.partitions.push_back(answer_one(call, found, asked, committed));
    }
  }
  call.reply.send(response);
}

}  // namespace weir::broker
