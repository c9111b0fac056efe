#include "broker/partition_log.h"

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "wire/writer.h"

namespace weir::broker {

namespace {

constexpr std::size_t kBaseOffsetAt = 0;
constexpr std::size_t kLeaderEpochAt = 12;

/// Adds a batch that has its offsets already.
void add_stored(LogChunk& chunk, const wire::RecordBatchView& batch) {
  chunk.place(batch.bytes);
  chunk.take_in();
}

}  // namespace

Result<void> PartitionLog::recover(Offset start, std::size_t enough) {
  WEIR_RETURN_IF_ERROR(files_->recover(enough, [this](const auto& segment) { take_in(segment); }));
  if (end_ < start) {  // all was deleted up to there, and no batch has come since
    WEIR_RETURN_IF_ERROR(files_->drop_all());
    chunks_.clear();
    bytes_ = 0;
    end_ = start;
  }
  start_ = chunks_.empty() ? end_ : chunks_.front().base_offset();
  return advance_start(start);
}

// Segments come newest first. The newest one goes on to grow, unless it was written as a whole.
void PartitionLog::take_in(const SegmentFiles::Segment& segment) {
  const bool is_newest = chunks_.empty();
  if (is_newest) end_ = segment.end;
  const std::size_t size = segment.bytes.size();
  const std::size_t grown = std::bit_ceil(std::max(size, kFirstChunk));
  const bool grows = is_newest && !segment.compacted && grown <= kLargestChunk;
  const std::size_t wanted = grows ? grown : size;
  LogChunk& chunk = chunks_.emplace_front(pool_.take(wanted), segment.base);
  bytes_ += chunk.capacity();
  wire::RecordBatchCursor cursor(segment.bytes);
  while (const auto batch = cursor.next().value()) {
    add_stored(chunk, *batch);
  }
}

Result<Offset> PartitionLog::append(const wire::RecordBatchView& batch, std::int32_t leader_epoch) {
  WEIR_ASSIGN_OR_RETURN(LogChunk * chunk, chunk_for(batch));
  const Offset base = end_;
  char* placed = chunk->place(batch.bytes);
  // Neither field is covered by the batch's checksum.
  wire::put_big_endian(placed + kBaseOffsetAt, base.value);
  wire::put_big_endian(placed + kLeaderEpochAt, leader_epoch);
  if (files_) WEIR_RETURN_IF_ERROR(files_->append({placed, batch.bytes.size()}));
  chunk->take_in();
  end_ = Offset{base.value + batch.header.last_offset_delta}.next();
  return base;
}

bool PartitionLog::takes(const LogChunk& newest, const wire::RecordBatchView& batch) const {
  if (newest.room() < batch.bytes.size()) return false;
  if (newest.size() == 0) return true;
  if (newest.size() + batch.bytes.size() > rolling_.bytes) return false;
  const std::int64_t first = newest.first_timestamp().millis;
  return first < 0 || batch.header.max_timestamp < first ||
         batch.header.max_timestamp - first <= rolling_.millis;
}

Result<LogChunk*> PartitionLog::chunk_for(const wire::RecordBatchView& batch) {
  const bool may_go_on = !files_ || files_->newest_goes_on();
  if (!chunks_.empty() && may_go_on && takes(chunks_.back(), batch)) return &chunks_.back();
  if (!chunks_.empty() && chunks_.back().size() == 0) {  // its segment is there
    drop_back();
  } else if (files_) {
    WEIR_RETURN_IF_ERROR(files_->begin(end_));
  }
  // What follows a chunk that ended early need not be much larger than that.
  const std::size_t grown =
      chunks_.empty() ? kFirstChunk
                      : std::max(kSmallestChunk, std::bit_ceil(2 * chunks_.back().size()));
  const std::size_t largest = std::min(largest_chunk_, rolling_.bytes);
  add_chunk(std::max(batch.bytes.size(), std::min(grown, largest)), end_);
  return &chunks_.back();
}

void PartitionLog::add_chunk(std::size_t capacity, Offset base) {
  chunks_.emplace_back(pool_.take(capacity), base);
  bytes_ += chunks_.back().capacity();
}

void PartitionLog::drop_back() {
  bytes_ -= chunks_.back().capacity();
  chunks_.pop_back();
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
  if (from >= end_) return false;
  const auto next = std::next(chunk_of(from));
  return next != chunks_.end() && next->base_offset() < end_;
}

std::optional<wire::RecordBatchView> PartitionLog::first_batch_since(WallTime time,
                                                                     Offset from) const {
  for (const LogChunk& chunk : chunks_) {
    if (chunk.max_timestamp(from) >= time) return chunk.first_batch_since(time, from);
  }
  return std::nullopt;
}

void PartitionLog::for_each_batch(
    const std::function<void(const wire::RecordBatchView&)>& visit) const {
  for (const LogChunk& chunk : chunks_) {
    wire::RecordBatchCursor cursor(chunk.view());
    while (const auto batch = cursor.next().value()) visit(*batch);
  }
}

std::optional<WallTime> PartitionLog::max_timestamp() const {
  std::optional<WallTime> newest;
  for (const LogChunk& chunk : chunks_)
    newest = std::max(newest, std::optional(chunk.max_timestamp(start_)));
  return newest;
}

Result<bool> PartitionLog::replace(Offset begin, Offset end, std::string_view batches) {
  const auto from = [](const auto& chunk, Offset offset) { return chunk.base_offset() < offset; };
  const auto first = std::lower_bound(chunks_.begin(), chunks_.end(), begin, from);
  const auto behind = std::lower_bound(first, chunks_.end(), end, from);
  if (first == behind || behind == chunks_.end()) return false;
  if (first->base_offset() != begin || std::prev(behind)->end() != end) return false;
  if (std::next(first) == behind && first->view() == batches) return true;
  if (files_) {
    const auto place = static_cast<std::size_t>(first - chunks_.begin());
    const auto count = static_cast<std::size_t>(behind - first);
    WEIR_RETURN_IF_ERROR(files_->replace(place, count, end, batches));
  }
  LogChunk compacted(pool_.take(batches.size()), begin);
  wire::RecordBatchCursor cursor(batches);
  while (const auto batch = cursor.next().value()) add_stored(compacted, *batch);
  WEIR_CHECK(compacted.end() == end, "the last batch stays, be it without records");
  for (auto chunk = first; chunk != behind; ++chunk) bytes_ -= chunk->capacity();
  bytes_ += compacted.capacity();
  chunks_.insert(chunks_.erase(first, behind), std::move(compacted));
  return true;
}

Result<bool> PartitionLog::trim(std::size_t limit) {
  largest_chunk_ = std::clamp(limit / 2, kFirstChunk, kLargestChunk);
  bool dropped = false;
  while (chunks_.size() > 1 && bytes_ - chunks_.front().capacity() >= limit) {
    WEIR_RETURN_IF_ERROR(drop_front());
    dropped = true;
  }
  return dropped;
}

Result<void> PartitionLog::expire(WallTime time) {
  while (chunks_.size() > 1) {
    const LogChunk& oldest = chunks_.front();
    const WallTime newest = oldest.max_timestamp(oldest.base_offset());
    if (oldest.has_records() && (newest.millis < 0 || newest >= time)) break;
    WEIR_RETURN_IF_ERROR(drop_front());
  }
  return {};
}

Result<bool> PartitionLog::drop_oldest_chunk() {
  if (chunks_.size() < 2) return false;
  WEIR_RETURN_IF_ERROR(drop_front());
  return true;
}

Result<void> PartitionLog::drop_front() {
  if (files_) WEIR_RETURN_IF_ERROR(files_->drop_oldest());
  bytes_ -= chunks_.front().capacity();
  chunks_.pop_front();
  start_ = std::max(start_, chunks_.empty() ? end_ : chunks_.front().base_offset());
  return {};
}

Result<void> PartitionLog::advance_start(Offset start) {
  WEIR_CHECK(start <= end_, "the caller checks offsets against the end");
  if (start <= start_) return {};
  start_ = start;
  while (chunks_.size() > 1 && chunks_[1].base_offset() <= start) {
    WEIR_RETURN_IF_ERROR(drop_front());
  }
  if (start == end_ && !chunks_.empty()) return drop_front();
  return {};
}

void PartitionLog::cut(Offset end) {
  WEIR_CHECK(!files_, "files are not cut");
  while (!chunks_.empty() && chunks_.back().base_offset() >= end) drop_back();
  end_ = std::min(end_, end);
  if (!chunks_.empty()) {
    // Slices of the chunk may be on their way: what is kept of it moves to another one.
    const LogChunk whole = std::move(chunks_.back());
    bytes_ -= whole.capacity();
    chunks_.pop_back();
    add_chunk(whole.capacity(), whole.base_offset());
    end_ = whole.base_offset();
    wire::RecordBatchCursor cursor(whole.view());
    while (const auto batch = cursor.next().value()) {
      const Offset next = Offset{batch->header.last_offset()}.next();
      if (next > end) break;
      add_stored(chunks_.back(), *batch);
      end_ = next;
    }
  }
  start_ = std::min(start_, end_);
}

}  // namespace weir::broker
