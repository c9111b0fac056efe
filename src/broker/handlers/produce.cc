// Produce: appends record batches to partitions.
//
// Each partition gets exactly one batch of magic 2, which is checked as a whole (checksum, counts,
// size, compression) and stored as it came. A batch of an idempotent producer is taken once and in
// order: one of its last five sent again is answered with the offset it got at first, a gap is
// OUT_OF_ORDER_SEQUENCE_NUMBER, an old epoch INVALID_PRODUCER_EPOCH. With one replica, acks 1 and
// -1 are the same. With acks 0 there is no answer; as Kafka does, the connection is closed on an
// error, so that the client learns of it. Under message.timestamp.type LogAppendTime the batch gets
// the time of its arrival. A batch that cannot be written to disk is KAFKA_STORAGE_ERROR, and is
// not appended. There are no transactions: transactional batches are INVALID_TXN_STATE. Zstandard
// needs version 7; topics are named by id since version 13.
#include <deque>
#include <string>

#include "base/log.h"
#include "broker/batch_check.h"
#include "broker/handlers/handlers.h"
#include "broker/handlers/topic_lookup.h"

namespace weir::broker {

namespace {

using Asked = wire::ProduceRequest::PartitionProduceData;
using Answer = wire::ProduceResponse::PartitionProduceResponse;
namespace code = wire::kafka_code;

constexpr std::int16_t kZstdSince = 7;
constexpr std::int16_t kTopicIdsSince = 13;

class Appender {
 public:
  explicit Appender(const Call& call) : call_(call) {}

  void append(const Topic* topic, const Asked& asked, Answer& answer) {
    answer.index = asked.index;
    answer.base_offset = -1;
    const auto outcome = try_append(topic, asked, answer);
    if (outcome.ok()) return;
    answer.error_code = outcome.error().kafka_code();
    answer.error_message = messages_.emplace_back(outcome.error().message());
  }
  bool failed() const { return !messages_.empty(); }
  const std::string& first_failure() const { return messages_.front(); }

 private:
  Result<void> try_append(const Topic* topic, const Asked& asked, Answer& answer) {
    const auto found =
        find_partition(call_.node, topic, call_.version() >= kTopicIdsSince, asked.index);
    if (found.error != code::kNone) {
      return Error(ErrorCode::kNotFound, "this broker has no such partition")
          .with_kafka_code(found.error);
    }
    WEIR_ASSIGN_OR_RETURN(
        const wire::RecordBatchView batch,
        check_batch(asked.records.view, {.largest = topic->settings.max_message_bytes(),
                                         .zstd_allowed = call_.version() >= kZstdSince}));
    const auto verdict = found.partition->producers.check(batch.header);
    if (verdict.error != code::kNone) {
      return wire::kafka_error(verdict.error, concat("producer ", batch.header.producer_id));
    }
    answer.log_start_offset = found.partition->log.start().value;
    if (verdict.duplicate_of) {
      answer.base_offset = verdict.duplicate_of->value;
      return {};
    }
    return store(*topic, *found.partition, batch, answer);
  }

  Result<void> store(const Topic& topic, Partition& partition, wire::RecordBatchView batch,
                     Answer& answer) {
    if (topic.settings.log_append_time()) {
      const WallTime now = call_.node.loop().clock().wall();
      stamped_ = with_append_time(batch, now);
      batch.bytes = stamped_;
      batch.header.max_timestamp = now.millis;
      answer.log_append_time_ms = now.millis;
    }
    WEIR_ASSIGN_OR_RETURN(const Offset base, call_.node.append(topic, partition, batch));
    answer.base_offset = base.value;
    return {};
  }

  const Call& call_;
  std::deque<std::string> messages_;
  std::string stamped_;
};

wire::ProduceResponse append_all(const Call& call, const wire::ProduceRequest& request,
                                 Appender& appender) {
  wire::ProduceResponse response;
  response.responses.reserve(request.topic_data.size());
  for (const auto& asked_topic : request.topic_data) {
    auto& answer = response.responses.emplace_back();
    answer.name = asked_topic.name;
    answer.topic_id = asked_topic.topic_id;
    answer.partition_responses.resize(asked_topic.partition_data.size());
    const Topic* topic = find_topic(call.node.cluster(), asked_topic.name, asked_topic.topic_id);
    for (std::size_t i = 0; i < asked_topic.partition_data.size(); ++i) {
      appender.append(topic, asked_topic.partition_data[i], answer.partition_responses[i]);
    }
  }
  return response;
}

wire::ProduceResponse refuse_all(const wire::ProduceRequest& request, std::int16_t error) {
  wire::ProduceResponse response;
  for (const auto& asked_topic : request.topic_data) {
    auto& answer = response.responses.emplace_back();
    answer.name = asked_topic.name;
    answer.topic_id = asked_topic.topic_id;
    for (const Asked& asked : asked_topic.partition_data) {
      Answer refused;
      refused.index = asked.index;
      refused.error_code = error;
      refused.base_offset = -1;
      answer.partition_responses.push_back(refused);
    }
  }
  return response;
}

}  // namespace

void handle(const Call& call, const wire::ProduceRequest& request) {
  if (request.acks < -1 || request.acks > 1) {
    return call.reply.send(refuse_all(request, code::kInvalidRequiredAcks));
  }
  Appender appender(call);
  const wire::ProduceResponse response = append_all(call, request, appender);
  if (request.acks != 0) return call.reply.send(response);
  if (!appender.failed()) return call.reply.send_nothing();
  call.reply.refuse(Error(ErrorCode::kInvalidArgument,
                          concat("it produced with acks=0, and ", appender.first_failure())));
}

}  // namespace weir::broker
