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

Result<void> SegmentFiles::recover(std::size_t enough,
                                   const std::function<void(const Segment&)>& take) {
  WEIR_RETURN_IF_ERROR(find());
  std::size_t kept = 0;
  std::size_t bytes = 0;
  for (auto base = bases_.rbegin(); base != bases_.rend() && (kept == 0 || bytes < enough);
       ++base, ++kept) {
    WEIR_ASSIGN_OR_RETURN(const Segment segment, read(*base, kept == 0));
    if (kept == 0) recovered_size_ = segment.bytes.size();
    if (kept > 0 && segment.end != *std::prev(base)) {
      return Error(ErrorCode::kCorrupt,
                   concat("'", path_of(*std::prev(base)), "' does not go on at offset ",
                          segment.end.value, ": a segment between is missing; restore it"));
    }
    bytes += segment.bytes.size();
    take(segment);
  }
  while (bases_.size() > kept) WEIR_RETURN_IF_ERROR(drop_oldest());
  return {};
}

Result<void> SegmentFiles::find() {
  WEIR_RETURN_IF_ERROR(storage_.create_directory(directory_));
  WEIR_ASSIGN_OR_RETURN(const auto names, storage_.list(directory_));
  for (const std::string& name : names) {
    if (const auto base = base_of(name)) bases_.push_back(*base);
  }
  return {};
}

Result<SegmentFiles::Segment> SegmentFiles::read(Offset base, bool newest) const {
  const std::string path = path_of(base);
  WEIR_ASSIGN_OR_RETURN(std::string bytes, storage_.read(path));
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

Result<void> SegmentFiles::begin(Offset base) {
  // No segment may follow a torn one: recovery could not tell that from damage.
  if (newest_ && newest_->broken()) return *newest_->broken();
  if (bases_.empty()) WEIR_RETURN_IF_ERROR(storage_.create_directory(directory_));
  WEIR_ASSIGN_OR_RETURN(auto file, storage_.open(path_of(base)));
  if (sync_) WEIR_RETURN_IF_ERROR(sync_names());
  newest_.emplace(std::move(file), 0, sync_);
  bases_.push_back(base);
  return {};
}

Result<void> SegmentFiles::append(std::string_view batch) {
  WEIR_CHECK(!bases_.empty(), "the log begins a segment with each chunk");
  if (!newest_) {  // as it was recovered
    WEIR_ASSIGN_OR_RETURN(auto file, storage_.open(path_of(bases_.back())));
    newest_.emplace(std::move(file), recovered_size_, sync_);
  }
  return newest_->append(batch);
}

Result<void> SegmentFiles::sync_names() {
  WEIR_RETURN_IF_ERROR(storage_.sync_directory(directory_));
  if (!bases_.empty()) return {};
  return storage_.sync_directory(parent_of(directory_));
}

Result<void> SegmentFiles::drop_oldest() {
  WEIR_CHECK(!bases_.empty(), "the log drops no more segments than it has chunks");
  WEIR_RETURN_IF_ERROR(storage_.remove(path_of(bases_.front())));
  bases_.pop_front();
  if (bases_.empty()) newest_.reset();
  return {};
}

Result<void> SegmentFiles::drop_all() {
  while (!bases_.empty()) WEIR_RETURN_IF_ERROR(drop_oldest());
  return {};
}

std::string SegmentFiles::path_of(Offset base) const {
  const std::string digits = std::to_string(base.value);
  return concat(directory_, "/", std::string(kDigits - digits.size(), '0'), digits, kSuffix);
}

}  // namespace weir::broker
