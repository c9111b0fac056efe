#include "broker/segment_files.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "base/log.h"
#include "wire/crc32c.h"
#include "wire/record_batch.h"
#include "wire/writer.h"

namespace weir::broker {

namespace {

constexpr std::string_view kSuffix = ".log";
constexpr std::string_view kCompactedSuffix = ".compacted";
constexpr std::string_view kUnfinishedName = "unfinished.compacted";
constexpr std::size_t kDigits = 20;  // as in Kafka: names in order are offsets in order
constexpr std::size_t kChecksumSize = sizeof(std::uint32_t);

std::string digits_of(Offset offset) {
  const std::string digits = std::to_string(offset.value);
  return std::string(kDigits - digits.size(), '0') + digits;
}

/// Takes an offset off the front of a name.
std::optional<Offset> take_offset(std::string_view& name) {
  if (name.size() < kDigits) return std::nullopt;
  Offset offset;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, offset.value);
  if (error != std::errc() || end != name.data() + kDigits || offset.value < 0) return std::nullopt;
  name.remove_prefix(kDigits);
  return offset;
}

bool is_whole(const wire::RecordBatchHeader& header) {
  return header.record_count >= 1 && header.last_offset_delta == header.record_count - 1;
}

bool follows(const wire::RecordBatchView& batch, Offset end, bool compacted) {
  const bool in_place = compacted ? batch.header.base_offset >= end.value
                                  : batch.header.base_offset == end.value && is_whole(batch.header);
  return in_place && wire::verify_crc(batch).ok();
}

// Reads batches until the bytes end or no longer are one that belongs there.
SegmentFiles::Segment valid_part(Offset base, std::string bytes, bool compacted) {
  wire::RecordBatchCursor cursor(bytes);
  Offset end = base;
  std::size_t valid = 0;
  while (true) {
    const auto batch = cursor.next();
    if (!batch.ok() || !*batch || !follows(**batch, end, compacted)) break;
    end = Offset{(*batch)->header.last_offset()}.next();
    valid = bytes.size() - cursor.rest().size();
  }
  bytes.resize(valid);
  return {base, end, std::move(bytes), compacted};
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
  WEIR_RETURN_IF_ERROR(remove_replaced());
  std::size_t kept = 0;
  std::size_t bytes = 0;
  for (auto name = names_.rbegin(); name != names_.rend() && (kept == 0 || bytes < enough);
       ++name, ++kept) {
    WEIR_ASSIGN_OR_RETURN(const Segment segment, read(*name, kept == 0));
    if (kept == 0) recovered_size_ = segment.bytes.size();
    if (kept > 0 && segment.end != std::prev(name)->base) {
      return Error(ErrorCode::kCorrupt,
                   concat("'", path_of(*std::prev(name)), "' does not go on at offset ",
                          segment.end.value, ": a segment between is missing; restore it"));
    }
    bytes += segment.bytes.size();
    take(segment);
  }
  while (names_.size() > kept) WEIR_RETURN_IF_ERROR(drop_oldest());
  return {};
}

// A compacted segment replaces all that begin before it ends; one that goes farther is the newer.
Result<void> SegmentFiles::find() {
  WEIR_RETURN_IF_ERROR(storage_.create_directory(directory_));
  WEIR_ASSIGN_OR_RETURN(const auto files, storage_.list(directory_));
  std::vector<Name> found;
  for (const std::string& file : files) {
    if (file == kUnfinishedName) replaced_.push_back(concat(directory_, "/", file));
    if (const auto name = parse(file)) found.push_back(*name);
  }
  std::sort(found.begin(), found.end(), [](const Name& a, const Name& b) {
    return a.base != b.base ? a.base < b.base : a.compacted_end > b.compacted_end;
  });
  Offset covered;
  for (const Name& name : found) {
    if (name.base < covered) {
      replaced_.push_back(path_of(name));
      continue;
    }
    names_.push_back(name);
    covered = name.compacted_end.value_or(covered);
  }
  return {};
}

std::optional<SegmentFiles::Name> SegmentFiles::parse(std::string_view name) {
  const auto base = take_offset(name);
  if (!base) return std::nullopt;
  if (name == kSuffix) return Name{*base};
  if (!name.starts_with('-')) return std::nullopt;
  name.remove_prefix(1);
  const auto end = take_offset(name);
  if (!end || name != kCompactedSuffix || *end <= *base) return std::nullopt;
  return Name{*base, *end};
}

Result<SegmentFiles::Segment> SegmentFiles::read(const Name& name, bool newest) const {
  if (name.compacted_end) return read_compacted(name);
  const std::string path = path_of(name);
  WEIR_ASSIGN_OR_RETURN(std::string bytes, storage_.read(path));
  Segment segment = valid_part(name.base, bytes, false);
  const std::size_t valid = segment.bytes.size();
  if (valid == bytes.size()) return segment;
  if (!newest || !is_torn(std::string_view(bytes).substr(valid))) {
    return damaged_segment(path, valid);
  }
  WEIR_ASSIGN_OR_RETURN(const auto file, storage_.open(path));
  WEIR_RETURN_IF_ERROR(file->truncate(valid));
  return segment;
}

Result<SegmentFiles::Segment> SegmentFiles::read_compacted(const Name& name) const {
  const std::string path = path_of(name);
  WEIR_ASSIGN_OR_RETURN(std::string bytes, storage_.read(path));
  if (bytes.size() < kChecksumSize) return damaged_segment(path, 0);
  const std::size_t size = bytes.size() - kChecksumSize;
  const auto checksum = wire::big_endian_at<std::uint32_t>(bytes.data() + size);
  bytes.resize(size);
  if (wire::crc32c(bytes) != checksum) return damaged_segment(path, 0);
  Segment segment = valid_part(name.base, std::move(bytes), true);
  if (segment.bytes.size() != size || segment.end != name.compacted_end) {
    return damaged_segment(path, segment.bytes.size());
  }
  return segment;
}

Result<void> SegmentFiles::begin(Offset base) {
  // No segment may follow a torn one: recovery could not tell that from damage.
  if (newest_ && newest_->broken()) return *newest_->broken();
  if (names_.empty()) WEIR_RETURN_IF_ERROR(storage_.create_directory(directory_));
  WEIR_ASSIGN_OR_RETURN(auto file, storage_.open(path_of({base})));
  if (sync_) WEIR_RETURN_IF_ERROR(sync_names());
  newest_.emplace(std::move(file), 0, sync_);
  names_.push_back({base});
  return {};
}

Result<void> SegmentFiles::append(std::string_view batch) {
  WEIR_CHECK(newest_goes_on(), "the log begins a segment with each chunk");
  if (!newest_) {  // as it was recovered
    WEIR_ASSIGN_OR_RETURN(auto file, storage_.open(path_of(names_.back())));
    newest_.emplace(std::move(file), recovered_size_, sync_);
  }
  return newest_->append(batch);
}

Result<void> SegmentFiles::replace(std::size_t first, std::size_t count, Offset end,
                                   std::string_view batches) {
  WEIR_CHECK(first + count < names_.size(), "the newest segment is not replaced");
  WEIR_RETURN_IF_ERROR(remove_replaced());
  const auto begin = names_.begin() + static_cast<std::ptrdiff_t>(first);
  const auto behind = begin + static_cast<std::ptrdiff_t>(count);
  const Name name{begin->base, end};
  const std::string path = path_of(name);
  WEIR_RETURN_IF_ERROR(write_compacted(path, batches));
  name_is_unsynced_ = sync_;
  for (auto old = begin; old != behind; ++old) {
    if (path_of(*old) != path) replaced_.push_back(path_of(*old));
  }
  names_.insert(names_.erase(begin, behind), name);
  // From here on the new segment counts; who removes or replaces others is told what failed.
  static_cast<void>(remove_replaced().ok());
  return {};
}

Result<void> SegmentFiles::write_compacted(const std::string& path, std::string_view batches) {
  const std::string unfinished = concat(directory_, "/", kUnfinishedName);
  std::string checksum(kChecksumSize, '\0');
  wire::put_big_endian(checksum.data(), wire::crc32c(batches));
  WEIR_ASSIGN_OR_RETURN(const auto file, storage_.open(unfinished));
  WEIR_RETURN_IF_ERROR(file->truncate(0));  // a failure may have left some
  WEIR_RETURN_IF_ERROR(file->append(batches));
  WEIR_RETURN_IF_ERROR(file->append(checksum));
  if (sync_) WEIR_RETURN_IF_ERROR(file->sync());
  return storage_.rename(unfinished, path);
}

// First the name of what replaced them has to last.
Result<void> SegmentFiles::remove_replaced() {
  if (name_is_unsynced_) WEIR_RETURN_IF_ERROR(storage_.sync_directory(directory_));
  name_is_unsynced_ = false;
  while (!replaced_.empty()) {
    WEIR_RETURN_IF_ERROR(storage_.remove(replaced_.back()));
    replaced_.pop_back();
  }
  return {};
}

Result<void> SegmentFiles::sync_names() {
  WEIR_RETURN_IF_ERROR(storage_.sync_directory(directory_));
  if (!names_.empty()) return {};
  return storage_.sync_directory(parent_of(directory_));
}

Result<void> SegmentFiles::drop_oldest() {
  WEIR_CHECK(!names_.empty(), "the log drops no more segments than it has chunks");
  WEIR_RETURN_IF_ERROR(remove_replaced());
  WEIR_RETURN_IF_ERROR(storage_.remove(path_of(names_.front())));
  names_.pop_front();
  if (names_.empty()) newest_.reset();
  return {};
}

Result<void> SegmentFiles::drop_all() {
  while (!names_.empty()) WEIR_RETURN_IF_ERROR(drop_oldest());
  return {};
}

std::string SegmentFiles::path_of(const Name& name) const {
  const std::string base = concat(directory_, "/", digits_of(name.base));
  if (!name.compacted_end) return concat(base, kSuffix);
  return concat(base, "-", digits_of(*name.compacted_end), kCompactedSuffix);
}

}  // namespace weir::broker
