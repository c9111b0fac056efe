#include "kafka/produce_queue.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"
#include "wire/reader.h"
#include "wire/record_batch_builder.h"

namespace weir::kafka {

namespace {

constexpr std::size_t kRecordCountAt = 57;

/// Sequences wrap around at the largest 32-bit integer, to 0.
std::int32_t advanced(std::int32_t sequence, std::int32_t count) {
  constexpr std::int64_t kSequences = std::int64_t{std::numeric_limits<std::int32_t>::max()} + 1;
  return static_cast<std::int32_t>((std::int64_t{sequence} + count) % kSequences);
}

}  // namespace

PendingBatch::PendingBatch(Buffer sealed, TimePoint expires_at, DeliveryHandler handler)
    : bytes(std::move(sealed)), done(std::move(handler)), expires(expires_at) {
  WEIR_CHECK(bytes.size() >= wire::RecordBatchHeader::kSize, "only sealed batches are sent");
  records = wire::big_endian_at<std::int32_t>(bytes.data() + kRecordCountAt);
}

void ProduceQueue::add(std::shared_ptr<PendingBatch> batch) {
  waiting_bytes_ += batch->bytes.size();
  batches_.push_back(std::move(batch));
}

std::shared_ptr<PendingBatch> ProduceQueue::next(TimePoint now) const {
  // All under way lie in front, in order, unless something came back.
  const bool held_back = rewinding_ || (in_flight_ > 0 && !proven_) || now < not_before_;
  if (held_back || in_flight_ == batches_.size()) return nullptr;
  return batches_[in_flight_];
}

std::optional<TimePoint> ProduceQueue::not_before() const {
  if (rewinding_ || in_flight_ == batches_.size()) return std::nullopt;
  return not_before_;
}

void ProduceQueue::begin(PendingBatch& batch, const ProducerIdentity& identity, NodeId to) {
  if (batch.sequence < 0) {
    batch.sequence = next_sequence_;
    next_sequence_ = advanced(next_sequence_, batch.records);
  }
  batch.in_flight = true;
  sent_to_ = to;
  ++in_flight_;
  waiting_bytes_ -= batch.bytes.size();
  wire::stamp(batch.bytes, identity.id, identity.epoch, batch.sequence);
}

void ProduceQueue::acknowledge(const PendingBatch& batch) {
  proven_ = true;
  landed(batch);
  take_out(batch);
}

void ProduceQueue::give_back(PendingBatch& batch, TimePoint not_before) {
  not_before_ = std::max(not_before_, not_before);
  rewinding_ = true;
  landed(batch);
  batch.in_flight = false;
  waiting_bytes_ += batch.bytes.size();
}

void ProduceQueue::drop(const PendingBatch& batch) {
  landed(batch);
  take_out(batch);
}

void ProduceQueue::replace(const PendingBatch& batch,
                           std::vector<std::shared_ptr<PendingBatch>> parts) {
  rewinding_ = true;
  landed(batch);
  // Without one, it stood behind another that was refused: the sequences have gone back already.
  if (batch.sequence >= 0) next_sequence_ = batch.sequence;
  auto at = std::ranges::find(batches_, &batch, [](const auto& one) { return one.get(); });
  WEIR_CHECK(at != batches_.end(), "what was refused is in the queue");
  at = batches_.erase(at);
  for (auto behind = at; behind != batches_.end(); ++behind) (*behind)->sequence = -1;
  for (const auto& part : parts) waiting_bytes_ += part->bytes.size();
  batches_.insert(at, std::make_move_iterator(parts.begin()), std::make_move_iterator(parts.end()));
}

void ProduceQueue::landed(const PendingBatch& batch) {
  if (batch.in_flight) --in_flight_;
  if (in_flight_ == 0) rewinding_ = false;
}

void ProduceQueue::take_out(const PendingBatch& batch) {
  std::erase_if(batches_, [&](const auto& one) { return one.get() == &batch; });
}

std::vector<std::shared_ptr<PendingBatch>> ProduceQueue::take_expired(TimePoint now) {
  std::vector<std::shared_ptr<PendingBatch>> expired;
  std::erase_if(batches_, [&](const auto& batch) {
    if (batch->in_flight || batch->expires > now) return false;
    waiting_bytes_ -= batch->bytes.size();
    expired.push_back(batch);
    return true;
  });
  return expired;
}

std::optional<TimePoint> ProduceQueue::next_expiry() const {
  std::optional<TimePoint> next;
  for (const auto& batch : batches_) {
    if (!batch->in_flight) next = std::min(next.value_or(batch->expires), batch->expires);
  }
  return next;
}

void ProduceQueue::restart() {
  WEIR_CHECK(in_flight_ == 0, "a new identity is taken when nothing is under way");
  next_sequence_ = 0;
  proven_ = false;
  for (const auto& batch : batches_) batch->sequence = -1;
}

}  // namespace weir::kafka
