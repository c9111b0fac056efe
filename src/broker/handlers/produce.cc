// Produce: appends record batches to partitions.
//
// Each partition gets exactly one batch of magic 2, which is checked as a whole (checksum,
// counts, size, compression) and stored as it came. A batch of an idempotent producer is taken
// once and in order: one of its last five sent again is answered with the offset it got at first
// and, in the place of the time of arrival, its newest record's time; a gap is
// OUT_OF_ORDER_SEQUENCE_NUMBER, an old epoch INVALID_PRODUCER_EPOCH. With acks 1 the answer
// comes at once; with -1 when the replicas in sync have the batch, which is at once too where
// there are no others, or after timeout_ms: REQUEST_TIMED_OUT. A batch that is in the log
// already waits alike. With too few of them it is NOT_ENOUGH_REPLICAS and not appended. With
// acks 0 there is no answer; as Kafka does, the connection is closed on an error, so that the
// client learns of it. Under message.timestamp.type LogAppendTime the batch gets the time of its
// arrival. A batch that cannot be written to disk is KAFKA_STORAGE_ERROR, and is not appended.
// Where a topic is compacted, every record needs a key: a batch with one that has none is
// INVALID_RECORD, and the answer says which; and one that finds memory full is
// KAFKA_STORAGE_ERROR. A batch of a transaction adds its partition to it since version 12; before,
// AddPartitionsToTxn has done so, or it is INVALID_TXN_STATE (TRANSACTION_ABORTABLE since version
// 11). Zstandard needs version 7; topics are named by id since version 13.
#include <algorithm>
#include <deque>
#include <string>

#include "base/log.h"
#include "broker/batch_check.h"
#include "broker/handlers/handlers.h"
#include "broker/handlers/parked_request.h"
#include "broker/handlers/topic_lookup.h"
#include "broker/handlers/transaction_lookup.h"

namespace weir::broker {

namespace {

using Asked = wire::ProduceRequest::PartitionProduceData;
using Answer = wire::ProduceResponse::PartitionProduceResponse;
namespace code = wire::kafka_code;

constexpr std::int16_t kZstdSince = 7;
constexpr std::int16_t kTopicIdsSince = 13;
constexpr std::int16_t kAbortableSince = 11;
constexpr std::int16_t kAddsPartitionSince = 12;
constexpr std::int16_t kAcksOfAll = -1;

/// What came of a request so far.
struct Outcome {
  wire::ProduceResponse response;
  std::deque<std::string> failures;  ///< the answers' messages are views of them

  /// A batch that is in the log, and that the replicas in sync may not have yet.
  struct Unreplicated {
    wire::Uuid topic;
    std::shared_ptr<Partition> partition;
    Offset end;                ///< of the batch
    Answer* answer = nullptr;  ///< in the response
  };
  std::vector<Unreplicated> unreplicated;
};

/// Whether an answer with this error says where the log begins, as in Kafka.
bool tells_log_start(std::int16_t error) {
  return error != code::kMessageTooLarge && error != code::kCorruptMessage &&
         error != code::kUnsupportedCompressionType && error != code::kKafkaStorageError;
}

class Appender {
 public:
  Appender(const Call& call, const wire::ProduceRequest& request, Outcome& outcome)
      : call_(call),
        transactional_id_(request.transactional_id),
        wants_all_(request.acks == kAcksOfAll),
        outcome_(outcome) {}

  void append(const Topic* topic, const Asked& asked, Answer& answer) {
    answer.index = asked.index;
    answer.base_offset = -1;
    const auto outcome = try_append(topic, asked, answer);
    if (outcome.ok()) return;
    answer.error_code = outcome.error().kafka_code();
    if (!tells_log_start(answer.error_code)) answer.log_start_offset = -1;
    answer.error_message = outcome_.failures.emplace_back(outcome.error().message());
  }

 private:
  Result<void> try_append(const Topic* topic, const Asked& asked, Answer& answer) {
    const auto found =
        find_partition(call_.node, topic, call_.version() >= kTopicIdsSince, asked.index);
    if (found.error != code::kNone) {
      return Error(ErrorCode::kNotFound, "this broker has no such partition")
          .with_kafka_code(found.error);
    }
    WEIR_ASSIGN_OR_RETURN(const wire::RecordBatchView batch, only_batch(asked.records.view));
    if (const auto error = join_transaction(*topic, asked.index, *found.partition, batch.header)) {
      return wire::kafka_error(error, concat("producer ", batch.header.producer_id));
    }
    answer.log_start_offset = found.partition->log.start().value;
    if (wants_all_ && !call_.node.cluster().has_enough_replicas()) {
      return wire::kafka_error(code::kNotEnoughReplicas, "the batch");
    }
    WEIR_RETURN_IF_ERROR(check_batch(batch, {.largest = topic->settings.max_message_bytes(),
                                             .zstd_allowed = call_.version() >= kZstdSince}));
    if (topic->settings.compacts()) WEIR_RETURN_IF_ERROR(check_keys(batch, answer));
    const auto verdict = check_producer(*found.partition, batch.header);
    if (verdict.error != code::kNone) {
      return wire::kafka_error(verdict.error, concat("producer ", batch.header.producer_id));
    }
    if (verdict.duplicate_of) {
      answer.base_offset = verdict.duplicate_of->value;
      answer.log_append_time_ms = verdict.max_timestamp;
    } else {
      WEIR_RETURN_IF_ERROR(store(*topic, *found.partition, batch, answer));
    }
    const Offset end = Offset{answer.base_offset + batch.header.last_offset_delta}.next();
    if (wants_all_ && found.partition->high_watermark() < end) {
      outcome_.unreplicated.push_back({topic->id, found.partition, end, &answer});
    }
    return {};
  }

  /// Sees to it that the partition belongs to the batch's transaction, if it has one.
  std::int16_t join_transaction(const Topic& topic, std::int32_t index, const Partition& partition,
                                const wire::RecordBatchHeader& batch) const {
    if (!batch.transactional()) return code::kNone;
    const std::int16_t epoch = partition.producers.epoch_of(batch.producer_id);
    if (batch.producer_epoch < epoch) return code::kInvalidProducerEpoch;
    const bool is_open = partition.transactions.is_open(batch.producer_id);
    if (is_open && batch.producer_epoch == epoch) return code::kNone;
    if (!transactional_id_) return code::kTransactionalIdAuthorizationFailed;
    TransactionCoordinator& transactions = call_.node.cluster().transactions();
    const ProducerIdentity producer{batch.producer_id, batch.producer_epoch};
    const Transaction::Partition name{topic.name, index};
    const std::int16_t error =
        call_.version() >= kAddsPartitionSince
            ? transactions.add_partitions(*transactional_id_, producer, {&name, 1})
            : transactions.check_partition(*transactional_id_, producer, name);
    return as_told(error);
  }

  static ProducerSequences::Verdict check_producer(const Partition& partition,
                                                   const wire::RecordBatchHeader& batch) {
    const bool is_open = partition.transactions.is_open(batch.producer_id);
    if (is_open && !batch.transactional()) return {code::kInvalidTxnState, {}, -1};
    return partition.producers.check(batch);
  }

  /// What a producer is told of an error of the coordinator's.
  std::int16_t as_told(std::int16_t error) const {
    switch (error) {
      case code::kProducerFenced:
        return code::kInvalidProducerEpoch;
      case code::kCoordinatorNotAvailable:
      case code::kConcurrentTransactions:
        return code::kNotEnoughReplicas;  // any client tries that again
      default:
        return abortable_since(call_, kAbortableSince, error);
    }
  }

  static Result<void> check_keys(const wire::RecordBatchView& batch, Answer& answer) {
    WEIR_ASSIGN_OR_RETURN(const auto keyless, keyless_records(batch));
    if (keyless.empty()) return {};
    for (const std::int32_t place : keyless) {
      answer.record_errors.push_back({place, "a record of a compacted topic needs a key"});
    }
    return Error(ErrorCode::kInvalidArgument,
                 concat("the topic is compacted, and ", keyless.size(), " of the batch's ",
                        batch.header.record_count, " records have no key"))
        .with_kafka_code(code::kInvalidRecord);
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
  const std::optional<std::string_view> transactional_id_;
  const bool wants_all_;
  Outcome& outcome_;
  std::string stamped_;
};

Outcome append_all(const Call& call, const wire::ProduceRequest& request) {
  Outcome outcome;
  Appender appender(call, request, outcome);
  outcome.response.responses.reserve(request.topic_data.size());
  for (const auto& asked_topic : request.topic_data) {
    auto& answer = outcome.response.responses.emplace_back();
    answer.name = asked_topic.name;
    answer.topic_id = asked_topic.topic_id;
    answer.partition_responses.resize(asked_topic.partition_data.size());
    const Topic* topic = find_topic(call.node.cluster(), asked_topic.name, asked_topic.topic_id);
    for (std::size_t i = 0; i < asked_topic.partition_data.size(); ++i) {
      appender.append(topic, asked_topic.partition_data[i], answer.partition_responses[i]);
    }
  }
  return outcome;
}

std::vector<std::shared_ptr<Partition>> partitions_of(const Outcome& outcome) {
  std::vector<std::shared_ptr<Partition>> partitions;
  for (const auto& batch : outcome.unreplicated) partitions.push_back(batch.partition);
  return partitions;
}

/// A request whose batches the replicas in sync do not have yet.
class ParkedProduce final : public ParkedRequest {
 public:
  ParkedProduce(const Call& call, Duration wait, Outcome outcome)
      : ParkedRequest(call, partitions_of(outcome), wait), outcome_(std::move(outcome)) {}

 private:
  bool answer_if_due() override {
    std::erase_if(outcome_.unreplicated, [&](const auto& batch) { return settle(batch); });
    if (!outcome_.unreplicated.empty()) return false;
    call().reply.send(outcome_.response);
    return true;
  }

  void answer() override {
    for (const auto& batch : outcome_.unreplicated) {
      batch.answer->error_code = code::kRequestTimedOut;
    }
    call().reply.send(outcome_.response);
  }

  /// Returns whether there is nothing more to wait for.
  bool settle(const Outcome::Unreplicated& batch) const {
    const Topic* topic = call().node.cluster().topics().find(batch.topic);
    const auto found =
        find_partition(call().node, topic, call().version() >= kTopicIdsSince, batch.answer->index);
    batch.answer->error_code = found.error;
    return found.error != code::kNone || batch.partition->high_watermark() >= batch.end;
  }

  Outcome outcome_;
};

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
  Outcome outcome = append_all(call, request);
  if (!outcome.unreplicated.empty()) {
    return call.reply.hold(std::make_shared<ParkedProduce>(
        call, std::chrono::milliseconds(request.timeout_ms), std::move(outcome)));
  }
  if (request.acks != 0) return call.reply.send(outcome.response);
  if (outcome.failures.empty()) return call.reply.send_nothing();
  call.reply.refuse(Error(ErrorCode::kInvalidArgument,
                          concat("it produced with acks=0, and ", outcome.failures.front())));
}

}  // namespace weir::broker
