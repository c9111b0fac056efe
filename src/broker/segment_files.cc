#include "broker/segment_files.h"

#include <charconv>

#include "base/check.h"
#include "base/log.h"
#include "wire/record_batch.h"

namespace weir::broker {

namespace {

constexpr std::string_view kSuffix = ".log";
constexpr std::size_t kDigits = 20;  // as in Kafka: names in order are offsets in order

std::optional<Offset> base_of(std::string_view name) {
  if (name.size() != kDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  Offset base;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, base.value);
  if (error != std::errc() || end != name.data() + kDigits || base.value < 0) return std::nullopt;
  return base;
}

bool follows(const wire::RecordBatchView& batch, Offset end) {
  const wire::RecordBatchHeader& header = batch.header;
  return header.base_offset == end.value && header.record_count >= 1 &&
         header.last_offset_delta == header.record_count - 1 && wire::verify_crc(batch).ok();
}

// Reads batches until the bytes end or no longer are one that belongs there.
SegmentFiles::Segment valid_part(Offset base, std::string bytes) {
  wire::RecordBatchCursor cursor(bytes);
  Offset end = base;
  std::size_t valid = 0;
  while (true) {
    const auto batch = cursor.next();
    if (!batch.ok() || !*batch || !follows(**batch, end)) break;
    end = Offset{(*batch)->header.last_offset()}.next();
    valid = bytes.size() - cursor.rest().size();
  }
  bytes.resize(valid);
  return {base, end, std::move(bytes)};
}

// Whether what lies behind the valid batches is one that was cut off while it was written: then
// its bytes end before it does.
bool is_torn(std::string_view tail) {
  const auto batch = wire::RecordBatchCursor(tail).next();
  return batch.ok() && !*batch;
}

Error damaged_segment(const std::string& path, std::size_t at) {
  return Error(ErrorCode::kCorrupt,
               concat("'", path, "' is damaged at byte ", at,
                      ": restore the directory from a copy, or start with an empty one"));
}

}  // namespace

Result<std::vector<SegmentFiles::Segment>> SegmentFiles::recover() {
  WEIR_RETURN_IF_ERROR(storage_.create_directory(directory_));
  WEIR_ASSIGN_OR_RETURN(const auto names, storage_.list(directory_));
  for (const std::string& name : names) {
    if (const auto base = base_of(name)) bases_.push_back(*base);
  }
  std::vector<Segment> segments;
  for (const Offset base : bases_) {
    if (!segments.empty() && segments.back().end != base) {
      return Error(ErrorCode::kCorrupt,
                   concat("'", path_of(base), "' does not go on at offset ",
                          segments.back().end.value, ": a segment between is missing; restore it"));
    }
    WEIR_ASSIGN_OR_RETURN(Segment segment, read(base, base == bases_.back()));
    segments.push_back(std::move(segment));
  }
  if (!segments.empty()) {
    WEIR_RETURN_IF_ERROR(open(bases_.back(), segments.back().bytes.size()));
  }
  return segments;
}

Result<SegmentFiles::Segment> SegmentFiles::read(Offset base, bool newest) {
  const std::string path = path_of(base);
  WEIR_ASSIGN_OR_RETURN(const std::string bytes, storage_.read(path));
  Segment segment = valid_part(base, bytes);
  const std::size_t valid = segment.bytes.size();
  if (valid == bytes.size()) return segment;
  if (!newest || !is_torn(std::string_view(bytes).substr(valid))) {
    return damaged_segment(path, valid);
  }
  WEIR_ASSIGN_OR_RETURN(const auto file, storage_.open(path));
  WEIR_RETURN_IF_ERROR(file->truncate(valid));
  return segment;
}

Result<void> SegmentFiles::open(Offset base, std::uint64_t size) {
  WEIR_ASSIGN_OR_RETURN(auto file, storage_.open(path_of(base)));
  newest_.emplace(std::move(file), size, sync_);
  return {};
}

Result<void> SegmentFiles::append(Offset segment, std::string_view batch) {
  // No segment may follow a torn one: recovery could not tell that from damage.
  if (newest_ && newest_->broken()) return *newest_->broken();
  if (bases_.empty() || bases_.back() != segment) {
    WEIR_RETURN_IF_ERROR(open(segment, 0));
    bases_.push_back(segment);
  }
  return newest_->append(batch);
}

Result<void> SegmentFiles::drop_oldest() {
  WEIR_CHECK(bases_.size() > 1, "the newest segment tells where the log goes on");
  WEIR_RETURN_IF_ERROR(storage_.remove(path_of(bases_.front())));
  bases_.erase(bases_.begin());
  return {};
}

std::string SegmentFiles::path_of(Offset base) const {
  const std::string digits = std::to_string(base.value);
  return concat(directory_, "/", std::string(kDigits - digits.size(), '0'), digits, kSuffix);
}

}  // namespace weir::broker
