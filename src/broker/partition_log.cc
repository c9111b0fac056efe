#include "broker/partition_log.h"

#include <algorithm>

#include "base/check.h"
#include "wire/writer.h"

namespace weir::broker {

namespace {

constexpr std::size_t kBaseOffsetAt = 0;
constexpr std::size_t kLeaderEpochAt = 12;

}  // namespace

Offset PartitionLog::append(const wire::RecordBatchView& batch, std::int32_t leader_epoch) {
  LogChunk& chunk = chunk_with_room(batch.bytes.size());
  const Offset base = end_;
  const std::string_view stored = chunk.append(batch.bytes, base, {batch.header.max_timestamp});
  // Neither field is covered by the batch's checksum.
  char* bytes = const_cast<char*>(stored.data());
  wire::put_big_endian(bytes + kBaseOffsetAt, base.value);
  wire::put_big_endian(bytes + kLeaderEpochAt, leader_epoch);
  end_ = Offset{base.value + batch.header.last_offset_delta}.next();
  return base;
}

LogChunk& PartitionLog::chunk_with_room(std::size_t size) {
  if (!chunks_.empty() && chunks_.back().room() >= size) return chunks_.back();
  const std::size_t grown = chunks_.empty() ? kSmallestChunk : 2 * chunks_.back().capacity();
  const std::size_t wanted = std::max(size, std::min(grown, largest_chunk_));
  chunks_.emplace_back(pool_.take(wanted), end_);
  bytes_ += chunks_.back().capacity();
  return chunks_.back();
}

std::deque<LogChunk>::const_iterator PartitionLog::chunk_of(Offset offset) const {
  auto behind = std::upper_bound(
      chunks_.begin(), chunks_.end(), offset,
      [](Offset wanted, const LogChunk& chunk) { return wanted < chunk.base_offset(); });
  return behind == chunks_.begin() ? behind : std::prev(behind);
}

LogSlice PartitionLog::read(Offset from, std::size_t max_bytes) const {
  WEIR_CHECK(start_ <= from && from <= end_, "the caller checks offsets against start and end");
  if (from == end_) return {};
  return chunk_of(from)->read(from, max_bytes);
}

bool PartitionLog::read_is_cut_by_chunk(Offset from) const {
  return from < end_ && std::next(chunk_of(from)) != chunks_.end();
}

std::optional<wire::RecordBatchView> PartitionLog::first_batch_since(WallTime time,
                                                                     Offset from) const {
  for (const LogChunk& chunk : chunks_) {
    if (chunk.max_timestamp(from) >= time) return chunk.first_batch_since(time, from);
  }
  return std::nullopt;
}

std::optional<WallTime> PartitionLog::max_timestamp() const {
  std::optional<WallTime> newest;
  for (const LogChunk& chunk : chunks_)
    newest = std::max(newest, std::optional(chunk.max_timestamp(start_)));
  return newest;
}

bool PartitionLog::trim(std::size_t limit) {
  largest_chunk_ = std::clamp(limit / 2, kSmallestChunk, kLargestChunk);
  bool dropped = false;
  while (chunks_.size() > 1 && bytes_ - chunks_.front().capacity() >= limit) {
    dropped = drop_oldest_chunk();
  }
  return dropped;
}

bool PartitionLog::drop_oldest_chunk() {
  if (chunks_.size() < 2) return false;
  bytes_ -= chunks_.front().capacity();
  chunks_.pop_front();
  start_ = chunks_.front().base_offset();
  return true;
}

void PartitionLog::advance_start(Offset start) {
  WEIR_CHECK(start <= end_, "the caller checks offsets against the end");
  if (start <= start_) return;
  while (chunks_.size() > 1 && chunks_[1].base_offset() <= start) drop_oldest_chunk();
  if (start == end_) {
    chunks_.clear();
    bytes_ = 0;
  }
  start_ = start;
}

}  // namespace weir::broker
