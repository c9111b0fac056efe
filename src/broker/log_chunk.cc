#include "broker/log_chunk.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "wire/record_batch_layout.h"

namespace weir::broker {

namespace {

namespace field = wire::batch_layout;

// What is stored here has been validated before.
std::size_t batch_size_at(const char* batch) {
  return field::kLeaderEpoch +
         static_cast<std::size_t>(wire::big_endian_at<std::int32_t>(batch + field::kLength));
}

std::int64_t base_offset_at(const char* batch) {
  return wire::big_endian_at<std::int64_t>(batch + field::kBaseOffset);
}

std::int64_t last_offset_at(const char* batch) {
  return base_offset_at(batch) + wire::big_endian_at<std::int32_t>(batch + field::kLastOffsetDelta);
}

bool has_records_at(const char* batch) {
  return wire::big_endian_at<std::int32_t>(batch + field::kRecordCount) > 0;
}

std::int64_t max_timestamp_at(const char* batch) {
  return wire::big_endian_at<std::int64_t>(batch + field::kMaxTimestamp);
}

}  // namespace

LogChunk::LogChunk(Buffer memory, Offset base_offset)
    : memory_(std::move(memory)), base_offset_(base_offset), end_(base_offset) {}

char* LogChunk::place(std::string_view batch) {
  WEIR_CHECK(batch.size() <= room(), "the log opens a new chunk when a batch does not fit");
  char* at = memory_.data() + size();
  std::memcpy(at, batch.data(), batch.size());
  return at;
}

void LogChunk::take_in() {
  const char* batch = memory_.data() + size();
  if (index_.empty() || size() - index_.back().position >= kIndexInterval) {
    index_.push_back({{base_offset_at(batch)}, size()});
  }
  memory_.set_size(size() + batch_size_at(batch));
  end_ = Offset{last_offset_at(batch)}.next();
  if (!has_records_at(batch)) return;
  has_records_ = true;
  max_timestamp_ = std::max(max_timestamp_, WallTime{max_timestamp_at(batch)});
}

LogSlice LogChunk::read(Offset from, std::size_t max_bytes) const {
  const std::size_t begin = position_of(from);
  if (begin == size()) return {};
  const std::size_t end = last_end_within(begin, begin + std::min(max_bytes, size() - begin));
  return {memory_, memory_.view().substr(begin, end - begin)};
}

std::size_t LogChunk::position_of(Offset from) const {
  auto entry =
      std::upper_bound(index_.begin(), index_.end(), from,
                       [](Offset offset, const IndexEntry& e) { return offset < e.base_offset; });
  if (entry == index_.begin()) return 0;
  std::size_t position = (--entry)->position;
  while (position < size() && last_offset_at(memory_.data() + position) < from.value) {
    position += batch_size_at(memory_.data() + position);
  }
  return position;
}

std::size_t LogChunk::last_end_within(std::size_t begin, std::size_t limit) const {
  if (limit == size()) return limit;
  auto entry = std::upper_bound(
      index_.begin(), index_.end(), limit,
      [](std::size_t position, const IndexEntry& e) { return position < e.position; });
  std::size_t end = entry == index_.begin() ? begin : std::max(begin, (--entry)->position);
  const std::size_t first_end = begin + batch_size_at(memory_.data() + begin);
  end = std::max(end, first_end);
  while (end < size()) {
    const std::size_t next = end + batch_size_at(memory_.data() + end);
    if (next > limit) break;
    end = next;
  }
  return end;
}

WallTime LogChunk::max_timestamp(Offset from) const {
  if (from <= base_offset_) return max_timestamp_;
  WallTime newest{-1};
  for (std::size_t at = position_of(from); at < size(); at += batch_size_at(memory_.data() + at)) {
    const char* batch = memory_.data() + at;
    if (has_records_at(batch)) newest = std::max(newest, WallTime{max_timestamp_at(batch)});
  }
  return newest;
}

WallTime LogChunk::first_timestamp() const {
  return {size() == 0 ? -1 : max_timestamp_at(memory_.data())};
}

std::optional<wire::RecordBatchView> LogChunk::first_batch_since(WallTime time, Offset from) const {
  std::size_t position = position_of(from);
  while (position < size()) {
    const char* batch = memory_.data() + position;
    if (has_records_at(batch) && max_timestamp_at(batch) >= time.millis) {
      auto view = wire::RecordBatchCursor(memory_.view().substr(position)).next();
      WEIR_CHECK(view.ok() && view->has_value(), "only valid batches were appended");
      return std::move(*view);
    }
    position += batch_size_at(batch);
  }
  return std::nullopt;
}

}  // namespace weir::broker
