// Fetch: reads record batches, and waits for them.
//
// Answers at once when there are min_bytes, when a partition has an error, or when nothing may be
// waited for; else when enough has been appended or max_wait_ms is over. Batches are whole and sent
// from where they lie in the log, up to the high watermark. Limits hold as in Kafka: max_bytes for
// the answer and partition_max_bytes for each partition may be exceeded by the first batch of the
// answer only, so that a reader always gets on. A partition's part of an answer ends where a chunk
// of its log ends. A reader that says of which leader's epoch the record before its offset is
// (since version 12) gets, instead of records, the epoch and offset up to which its log and ours
// are one, where they are not. No fetch sessions: the answer's session id is 0, and clients go on
// with complete requests; one that goes on with a session is FETCH_SESSION_ID_NOT_FOUND. Topics are
// named by id since version 13. Who reads committed records only is sent those before the last
// stable offset, and told which of the transactions among them were aborted: leaving those out, and
// the control batches, is the reader's.
#include <algorithm>

#include "broker/handlers/handlers.h"
#include "broker/handlers/parked_request.h"
#include "broker/handlers/topic_lookup.h"
#include "wire/isolation.h"

namespace weir::broker {

namespace {

using Asked = wire::FetchRequest::FetchPartition;
using Answer = wire::FetchResponse::PartitionData;
namespace code = wire::kafka_code;

constexpr std::int16_t kTopicIdsSince = 13;
// Session epochs of requests that are complete.
constexpr std::int32_t kNoSession = -1;
constexpr std::int32_t kNewSession = 0;
// Kafka's fetch.max.bytes.
constexpr std::int64_t kLargestAnswer = 55 * 1024 * 1024;

/// Reads what a fetch asks for as the logs stand now.
class Reading {
 public:
  Reading(const Call& call, const wire::FetchRequest& request)
      : call_(call),
        read_committed_(request.isolation_level == wire::kReadCommitted),
        room_(std::clamp<std::int64_t>(request.max_bytes, 0, kLargestAnswer)) {
    response_.responses.reserve(request.topics.size());
    for (const auto& topic : request.topics) read_topic(topic);
  }

  /// There is no point in waiting for more.
  bool ends_waiting() const { return ends_waiting_; }
  std::int64_t bytes() const { return bytes_; }
  void send() { call_.reply.send(response_, std::move(pins_)); }
  /// Where more may come from.
  const std::vector<std::shared_ptr<Partition>>& partitions() const { return partitions_; }

 private:
  void read_topic(const wire::FetchRequest::FetchTopic& asked_topic) {
    auto& answer = response_.responses.emplace_back();
    answer.topic = asked_topic.topic;
    answer.topic_id = asked_topic.topic_id;
    const Topic* topic = find_topic(call_.node.cluster(), asked_topic.topic, asked_topic.topic_id);
    answer.partitions.resize(asked_topic.partitions.size());
    for (std::size_t i = 0; i < asked_topic.partitions.size(); ++i) {
      read_partition(topic, asked_topic.partitions[i], answer.partitions[i]);
    }
  }

  void read_partition(const Topic* topic, const Asked& asked, Answer& answer) {
    answer.partition_index = asked.partition;
    auto found =
        find_partition(call_.node, topic, call_.version() >= kTopicIdsSince, asked.partition);
    answer.error_code = found.error;
    if (found.error == code::kNone) answer.error_code = check(*found.partition, asked);
    const bool may_list_aborted = answer.error_code == code::kNone && read_committed_;
    if (may_list_aborted || found.error != code::kNone) answer.aborted_transactions.emplace();
    if (answer.error_code != code::kNone) {
      answer.high_watermark = -1;
      ends_waiting_ = true;
      return;
    }
    if (const auto end = divergence(*found.partition, asked)) {
      answer.diverging_epoch = {end->epoch, end->offset.value};
      set_bounds(*found.partition, answer);
      ends_waiting_ = true;
      return;
    }
    read_log(*found.partition, asked, answer);
    partitions_.push_back(std::move(found.partition));
  }

  static std::int16_t check(Partition& partition, const Asked& asked) {
    if (const auto error = check_leader_epoch(partition, asked.current_leader_epoch)) return error;
    const PartitionLog& log = partition.log;
    const Offset from{asked.fetch_offset};
    if (from < log.start()) return code::kOffsetOutOfRange;
    if (asked.last_fetched_epoch >= 0) {
      const auto end = partition.epochs().end_of(asked.last_fetched_epoch, log.end());
      return end.known() ? code::kNone : code::kOffsetOutOfRange;
    }
    return log.end() < from ? code::kOffsetOutOfRange : code::kNone;
  }

  /// Up to where the reader has seen what is in the log, unless it has seen nothing else.
  static std::optional<EpochHistory::End> divergence(Partition& partition, const Asked& asked) {
    if (asked.last_fetched_epoch < 0) return std::nullopt;
    const auto end = partition.epochs().end_of(asked.last_fetched_epoch, partition.log.end());
    const bool is_same =
        end.epoch == asked.last_fetched_epoch && end.offset.value >= asked.fetch_offset;
    return is_same ? std::nullopt : std::optional(end);
  }

  static void set_bounds(const Partition& partition, Answer& answer) {
    answer.high_watermark = partition.high_watermark().value;
    answer.last_stable_offset = partition.stable_end().value;
    answer.log_start_offset = partition.log.start().value;
  }

  void read_log(const Partition& partition, const Asked& asked, Answer& answer) {
    set_bounds(partition, answer);
    const PartitionLog& log = partition.log;
    const Offset from{asked.fetch_offset};
    const auto limit = std::clamp<std::int64_t>(asked.partition_max_bytes, 0, room_);
    if (limit == 0 && bytes_ > 0) return;
    LogSlice slice = log.read(from, static_cast<std::size_t>(limit));
    const Offset end = read_committed_ ? partition.stable_end() : partition.high_watermark();
    if (end < log.end()) slice.bytes = batches_before(end, slice.bytes);
    const auto size = static_cast<std::int64_t>(slice.bytes.size());
    if (size == 0 || (size > limit && bytes_ > 0)) return;
    if (log.read_is_cut_by_chunk(from)) ends_waiting_ = true;
    bytes_ += size;
    room_ = std::max<std::int64_t>(room_ - size, 0);
    answer.records.view = slice.bytes;
    pins_.push_back(std::move(slice.pin));
    if (read_committed_) add_aborted(partition.transactions, from, answer);
  }

  static void add_aborted(const TransactionIndex& transactions, Offset from, Answer& answer) {
    if (!transactions.has_aborted()) return;
    Offset end = from;
    wire::RecordBatchCursor cursor(answer.records.view);
    while (const auto batch = cursor.next().value()) {
      end = Offset{batch->header.last_offset()}.next();
    }
    for (const auto& aborted : transactions.aborted_in(from, end)) {
      answer.aborted_transactions->push_back({aborted.producer_id, aborted.first.value});
    }
  }

  static std::string_view batches_before(Offset end, std::string_view batches) {
    std::size_t size = 0;
    wire::RecordBatchCursor cursor(batches);
    while (const auto batch = cursor.next().value()) {
      if (batch->header.last_offset() >= end.value) break;
      size += batch->bytes.size();
    }
    return batches.substr(0, size);
  }

  const Call& call_;
  const bool read_committed_;
  std::int64_t room_;
  std::int64_t bytes_ = 0;
  bool ends_waiting_ = false;
  wire::FetchResponse response_;
  std::vector<Buffer> pins_;
  std::vector<std::shared_ptr<Partition>> partitions_;
};

/// A fetch that waits for its partitions to grow. The request is a view of bytes that stay as long.
class ParkedFetch final : public ParkedRequest {
 public:
  ParkedFetch(const Call& call, const wire::FetchRequest& request,
              std::vector<std::shared_ptr<Partition>> partitions)
      : ParkedRequest(call, std::move(partitions), std::chrono::milliseconds(request.max_wait_ms)),
        request_(request) {}

 private:
  bool answer_if_due() override {
    Reading reading(call(), request_);
    if (!reading.ends_waiting() && reading.bytes() < request_.min_bytes) return false;
    reading.send();
    return true;
  }
  void answer() override { Reading(call(), request_).send(); }

  const wire::FetchRequest request_;
};

}  // namespace

void handle(const Call& call, const wire::FetchRequest& request) {
  const bool goes_on_with_session =
      request.session_epoch != kNoSession && request.session_epoch != kNewSession;
  if (goes_on_with_session) {
    wire::FetchResponse response;
    response.error_code = code::kFetchSessionIdNotFound;
    return call.reply.send(response);
  }
  Reading reading(call, request);
  const bool may_wait = request.max_wait_ms > 0 && !reading.partitions().empty();
  if (!may_wait || reading.ends_waiting() || reading.bytes() >= request.min_bytes) {
    return reading.send();
  }
  call.reply.hold(std::make_shared<ParkedFetch>(call, request, reading.partitions()));
}

}  // namespace weir::broker
