#include "broker/producer_sequences.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "wire/error_codes.h"

namespace weir::broker {

namespace {

// Sequences run from 0 to the largest int32 and begin again at 0.
std::int32_t advance(std::int32_t sequence, std::int32_t by) {
  constexpr std::int64_t kSequences = std::int64_t{std::numeric_limits<std::int32_t>::max()} + 1;
  return static_cast<std::int32_t>((sequence + std::int64_t{by}) % kSequences);
}

std::int32_t last_sequence(const wire::RecordBatchHeader& batch) {
  return advance(batch.base_sequence, batch.last_offset_delta);
}

}  // namespace

ProducerSequences::Verdict ProducerSequences::check(const wire::RecordBatchHeader& batch) const {
  if (batch.producer_id < 0) return {};
  const auto found = producers_.find(batch.producer_id);
  if (found == producers_.end()) return {};
  const Producer& producer = found->second;
  if (batch.producer_epoch < producer.epoch)
    return {wire::kafka_code::kInvalidProducerEpoch, {}, -1};
  if (batch.producer_epoch > producer.epoch) {
    if (batch.base_sequence == 0) return {};
    return {wire::kafka_code::kOutOfOrderSequenceNumber, {}, -1};
  }
  for (const Batch& known : producer.batches) {
    if (known.first_sequence == batch.base_sequence &&
        known.last_sequence == last_sequence(batch)) {
      return {0, known.base_offset, known.max_timestamp};
    }
  }
  const std::int32_t expected = advance(producer.batches[producer.newest].last_sequence, 1);
  if (batch.base_sequence == expected) return {};
  return {wire::kafka_code::kOutOfOrderSequenceNumber, {}, -1};
}

std::int16_t ProducerSequences::epoch_of(std::int64_t producer_id) const {
  const auto found = producers_.find(producer_id);
  return found == producers_.end() ? std::int16_t{-1} : found->second.epoch;
}

std::optional<Offset> ProducerSequences::end_marker_of(std::int64_t producer_id) const {
  const auto found = producers_.find(producer_id);
  return found == producers_.end() ? std::nullopt : found->second.end_marker;
}

bool ProducerSequences::ends_with(const wire::RecordBatchHeader& batch) const {
  const auto found = producers_.find(batch.producer_id);
  if (batch.producer_id < 0 || found == producers_.end()) return false;
  const Producer& producer = found->second;
  return producer.batches[producer.newest].base_offset.value == batch.base_offset;
}

ProducerSequences::Known ProducerSequences::known(std::int64_t id, const Producer& producer) {
  return {id, producer.epoch, producer.batches[producer.newest].last_sequence,
          producer.last_timestamp, producer.coordinator_epoch};
}

std::optional<ProducerSequences::Known> ProducerSequences::find(std::int64_t producer_id) const {
  const auto found = producers_.find(producer_id);
  return found == producers_.end() ? std::nullopt
                                   : std::optional(known(producer_id, found->second));
}

std::vector<ProducerSequences::Known> ProducerSequences::all() const {
  std::vector<Known> all;
  for (const auto& [id, producer] : producers_) all.push_back(known(id, producer));
  std::sort(all.begin(), all.end(), [](const Known& a, const Known& b) { return a.id < b.id; });
  return all;
}

void ProducerSequences::record(const wire::RecordBatchHeader& batch, Offset base_offset,
                               std::int32_t coordinator_epoch) {
  if (batch.producer_id < 0) return;
  if (producers_.size() >= max_producers_ && !producers_.contains(batch.producer_id)) {
    forget_quietest_half();
  }
  Producer& producer = producers_[batch.producer_id];
  const std::int32_t last_coordinator = producer.coordinator_epoch;
  if (producer.epoch != batch.producer_epoch) producer = Producer();
  producer.epoch = batch.producer_epoch;
  producer.last_use = ++uses_;
  producer.last_timestamp = batch.max_timestamp;
  producer.coordinator_epoch = std::max(last_coordinator, coordinator_epoch);
  if (batch.control()) {
    producer.end_marker = base_offset;
    return;
  }
  producer.newest = (producer.newest + 1) % kRemembered;
  producer.batches[producer.newest] = {batch.base_sequence, last_sequence(batch), base_offset,
                                       batch.max_timestamp};
}

void ProducerSequences::forget_quietest_half() {
  std::vector<std::uint64_t> last_uses;
  last_uses.reserve(producers_.size());
  for (const auto& [id, producer] : producers_) last_uses.push_back(producer.last_use);
  const auto median = last_uses.begin() + static_cast<std::ptrdiff_t>(last_uses.size() / 2);
  std::nth_element(last_uses.begin(), median, last_uses.end());
  std::erase_if(producers_, [&](const auto& entry) { return entry.second.last_use < *median; });
}

}  // namespace weir::broker
