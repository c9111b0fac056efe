#include "kafka/topic_writer.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/log.h"
#include "kafka/producer.h"
#include "weir/task_error.h"
#include "wire/murmur2.h"
#include "wire/record_batch_builder.h"

namespace weir::kafka {

namespace {

constexpr std::size_t kSmallestBatch = 4096;

}  // namespace

/// One task's record batches, by partition. Nothing is sent before submit().
class TopicWriter::Task final : public plan::TaskWriter {
 public:
  Task(TopicWriter& owner, BatchTime batch, PartitionId partition, plan::OutputSize size)
      : owner_(owner),
        batch_(batch),
        keyless_target_(partition.value % owner.options_.partitions),
        size_(size) {}

  char* append(const Envelope& envelope, std::size_t value_size) override {
    std::size_t needed = wire::RecordBatchBuilder::kMaxRecordOverhead + value_size;
    if (envelope.key) needed += envelope.key->size();
    ++records_;
    const bool is_plain = envelope.headers.empty() && envelope.has_value;
    if (!is_plain) return append_whole(envelope, value_size, needed);
    return builder_for(target(envelope), needed)
        .append(envelope.timestamp.millis, envelope.key, value_size);
  }

  void submit(plan::Done acknowledged) override;
  std::size_t bytes() const override {
    std::size_t sum = sealed_bytes_;
    for (const auto& [partition, builder] : open_) sum += builder ? builder->size() : 0;
    return sum;
  }
  std::int64_t records() const override { return records_; }

 private:
  std::int32_t target(const Envelope& envelope) const {
    if (envelope.partition) return envelope.partition->value;
    if (envelope.key) return wire::key_partition(*envelope.key, owner_.options_.partitions);
    return keyless_target_;
  }

  /// With headers, or without a value.
  char* append_whole(const Envelope& envelope, std::size_t value_size, std::size_t needed) {
    headers_.clear();
    for (const HeaderView& header : envelope.headers) {
      headers_.push_back({header.key, header.has_value, header.value});
      needed +=
          header.key.size() + header.value.size() + wire::RecordBatchBuilder::kMaxHeaderOverhead;
    }
    wire::RecordBatchBuilder& builder = builder_for(target(envelope), needed);
    const std::int64_t time = envelope.timestamp.millis;
    if (envelope.has_value) return builder.append(time, envelope.key, value_size, headers_);
    builder.append_tombstone(time, envelope.key, headers_);
    return nullptr;
  }

  wire::RecordBatchBuilder& builder_for(std::int32_t partition, std::size_t needed) {
    if (last_ != nullptr && last_partition_ == partition && last_->room() >= needed) [[likely]] {
      return *last_;
    }
    return open_builder(partition, needed);
  }

  wire::RecordBatchBuilder& open_builder(std::int32_t partition, std::size_t needed) {
    auto& builder = open_[partition];
    if (builder && builder->room() < needed) seal(partition, *std::exchange(builder, std::nullopt));
    if (!builder) {
      check_size();
      builder.emplace(space_for(needed));
    }
    last_ = &*builder;
    last_partition_ = partition;
    return *builder;
  }

  void check_size() const {
    if (bytes() < size_.most) return;
    throw detail::OutputTooLarge(Error(
        ErrorCode::kResourceExhausted,
        concat("it writes more than ", size_.most, " bytes to topic ", owner_.options_.topic)));
  }

  Buffer space_for(std::size_t needed) const {
    needed += wire::RecordBatchHeader::kSize;
    if (needed > kLargestBatch) {
      throw detail::TaskError(Error(
          ErrorCode::kResourceExhausted,
          concat("a record of ", needed, " bytes is larger than topic ", owner_.options_.topic,
                 " takes (", kLargestBatch, "); write less in one record")));
    }
    const std::size_t likely = size_.expected + size_.expected / 4 + kSmallestBatch;
    return owner_.buffers_->take(std::max(needed, std::min(likely, owner_.options_.batch_bytes)));
  }

  void seal(std::int32_t partition, wire::RecordBatchBuilder&& builder) {
    auto batch = std::move(builder).seal(owner_.options_.compression, *owner_.buffers_);
    if (!batch.ok()) throw detail::TaskError(std::move(batch).error());
    sealed_bytes_ += batch->size();
    sealed_.emplace_back(partition, std::move(*batch));
  }

  TopicWriter& owner_;
  const BatchTime batch_;
  const std::int32_t keyless_target_;
  const plan::OutputSize size_;
  std::map<std::int32_t, std::optional<wire::RecordBatchBuilder>> open_;
  wire::RecordBatchBuilder* last_ = nullptr;  // where the last record went: mostly the next one too
  std::int32_t last_partition_ = -1;
  std::vector<SealedBatch> sealed_;
  std::vector<wire::RecordHeader> headers_;
  std::size_t sealed_bytes_ = 0;
  std::int64_t records_ = 0;
};

namespace {

/// Waits for all batches of a task. Shared by their delivery handlers.
struct Deliveries {
  std::size_t left = 0;
  Result<void> outcome;
  plan::Done acknowledged;

  void on_delivered(const Result<Offset>& delivered) {
    if (!delivered.ok() && outcome.ok()) outcome = delivered.error();
    if (--left == 0) acknowledged(outcome);
  }
};

}  // namespace

void TopicWriter::Task::submit(plan::Done acknowledged) {
  for (auto& [partition, builder] : open_) {
    if (builder) seal(partition, std::move(*builder));
  }
  open_.clear();
  last_ = nullptr;
  owner_.send(batch_, std::exchange(sealed_, {}), std::move(acknowledged));
}

TopicWriter::TopicWriter(net::Loop& loop, TopicWriterOptions options,
                         std::shared_ptr<BufferPool> buffers, BatchCarrier* shared,
                         std::unique_ptr<BatchCarrier> own)
    : loop_(loop),
      options_(std::move(options)),
      buffers_(std::move(buffers)),
      own_(std::move(own)),
      carrier_(shared != nullptr ? *shared : *own_) {
  carrier_.expect(options_.topic);
}

std::unique_ptr<plan::TaskWriter> TopicWriter::open_task(BatchTime batch, PartitionId partition,
                                                         plan::OutputSize size) {
  return std::make_unique<Task>(*this, batch, partition, size);
}

void TopicWriter::send(BatchTime batch, std::vector<SealedBatch> batches, plan::Done acknowledged) {
  for (const auto& [partition, bytes] : batches) {
    if (partition >= 0 && partition < options_.partitions) continue;
    return answer_soon(
        std::move(acknowledged),
        Error(ErrorCode::kInvalidArgument,
              concat("a record names partition ", partition, " of topic ", options_.topic,
                     ", which has ", options_.partitions, "; choose one of them")));
  }
  if (batches.empty()) return answer_soon(std::move(acknowledged), {});
  auto deliveries = std::make_shared<Deliveries>();
  deliveries->left = batches.size();
  deliveries->acknowledged = std::move(acknowledged);
  for (auto& [partition, bytes] : batches) {
    carrier_.send(batch, {options_.topic, PartitionId{partition}}, std::move(bytes),
                  [deliveries](Result<Offset> delivered) { deliveries->on_delivered(delivered); });
  }
}

void TopicWriter::answer_soon(plan::Done acknowledged, Result<void> outcome) {
  loop_.post([self = std::weak_ptr(self_), acknowledged = std::move(acknowledged),
              outcome = std::move(outcome)] {
    if (!self.expired()) acknowledged(outcome);
  });
}

}  // namespace weir::kafka
