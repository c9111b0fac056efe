#include "broker/journal.h"

#include "base/log.h"
#include "wire/crc32c.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace weir::broker {

namespace {

// length of body, CRC32C of the length, so that a wrong one is not taken for a record that was cut
// off; CRC32C of body; the body: for each change whether there is a value, length of key, length of
// value, key, value
constexpr std::size_t kFrameHead = 12;
constexpr std::size_t kChangeHead = 9;

// How much larger than its content the file may become: a rewrite is paid for by what was written.
constexpr std::uint64_t kTimesContent = 3;
constexpr std::uint64_t kSmallFile = 64 * 1024;

std::uint64_t record_size(std::string_view key, std::string_view value) {
  return kFrameHead + kChangeHead + key.size() + value.size();
}

void write_change(std::string_view key, const std::optional<std::string_view>& value,
                  wire::Writer& body) {
  body.integer<std::int8_t>(value ? 1 : 0);
  body.integer(static_cast<std::uint32_t>(key.size()));
  body.integer(static_cast<std::uint32_t>(value.value_or("").size()));
  body.bytes(key);
  body.bytes(value.value_or(""));
}

std::string framed(const std::string& body) {
  wire::Writer frame;
  frame.integer(static_cast<std::uint32_t>(body.size()));
  frame.integer(wire::crc32c(frame.joined()));
  frame.integer(wire::crc32c(body));
  frame.bytes(body);
  return frame.joined();
}

Error damaged(const std::string& path, std::size_t at) {
  return Error(ErrorCode::kCorrupt,
               concat("'", path, "' is damaged at byte ", at,
                      ": restore the directory from a copy, or start with an empty one"));
}

void make_change(std::string_view key, const std::optional<std::string_view>& value,
                 Journal::Entries& entries) {
  const auto found = entries.find(key);
  if (value && found != entries.end()) {
    found->second = *value;
  } else if (value) {
    entries.emplace(key, *value);
  } else if (found != entries.end()) {
    entries.erase(found);
  }
}

bool apply_record(std::string_view body, Journal::Entries& entries) {
  wire::Reader reader(body);
  while (reader.ok() && reader.remaining() > 0) {
    const bool has_value = reader.integer<std::int8_t>() != 0;
    const auto key_size = reader.integer<std::uint32_t>();
    const auto value_size = reader.integer<std::uint32_t>();
    const std::string_view key = reader.bytes(key_size);
    const std::string_view value = reader.bytes(value_size);
    if (!reader.ok()) return false;
    make_change(key, has_value ? std::optional(value) : std::nullopt, entries);
  }
  return reader.ok();
}

Result<Journal::Entries> replay(std::string_view bytes, const std::string& path) {
  Journal::Entries entries;
  std::size_t at = 0;
  while (bytes.size() - at >= kFrameHead) {
    const auto size = wire::big_endian_at<std::uint32_t>(bytes.data() + at);
    const auto size_crc = wire::big_endian_at<std::uint32_t>(bytes.data() + at + 4);
    if (size_crc != wire::crc32c(bytes.substr(at, sizeof size))) return damaged(path, at);
    const std::string_view rest = bytes.substr(at + kFrameHead);
    if (size > rest.size()) break;  // the last record, cut off
    const std::string_view body = rest.substr(0, size);
    const auto crc = wire::big_endian_at<std::uint32_t>(bytes.data() + at + 8);
    if (crc != wire::crc32c(body) || !apply_record(body, entries)) return damaged(path, at);
    at += kFrameHead + size;
  }
  return entries;
}

}  // namespace

Result<Journal> Journal::open(Storage& storage, const std::string& path, bool sync) {
  WEIR_RETURN_IF_ERROR(storage.open(path));
  WEIR_ASSIGN_OR_RETURN(const std::string bytes, storage.read(path));
  WEIR_ASSIGN_OR_RETURN(Entries entries, replay(bytes, path));
  Journal journal(storage, path, sync, std::move(entries));
  WEIR_RETURN_IF_ERROR(journal.rewrite());
  WEIR_RETURN_IF_ERROR(journal.sync_name());
  return journal;
}

Journal::Journal(Storage& storage, std::string path, bool sync, Entries entries)
    : storage_(storage), path_(std::move(path)), sync_(sync), entries_(std::move(entries)) {
  for (const auto& [key, value] : entries_) content_bytes_ += record_size(key, value);
}

Result<void> Journal::rewrite() {
  std::string bytes;
  for (const auto& [key, value] : entries_) {
    wire::Writer body;
    write_change(key, value, body);
    bytes += framed(body.joined());
  }
  const std::string fresh = path_ + ".new";
  WEIR_ASSIGN_OR_RETURN(auto file, storage_.open(fresh));
  WEIR_RETURN_IF_ERROR(file->truncate(0));  // what a crash may have left
  WEIR_RETURN_IF_ERROR(file->append(bytes));
  WEIR_RETURN_IF_ERROR(file->sync());  // an empty file in the place of a full one would lose all
  WEIR_RETURN_IF_ERROR(storage_.rename(fresh, path_));
  file_.emplace(std::move(file), bytes.size(), sync_);
  name_is_synced_ = !sync_;
  return {};
}

// What follows in the new file would be lost with it.
Result<void> Journal::sync_name() {
  if (name_is_synced_) return {};
  WEIR_RETURN_IF_ERROR(storage_.sync_directory(parent_of(path_)));
  name_is_synced_ = true;
  return {};
}

Result<void> Journal::apply(const std::vector<Change>& changes) {
  if (changes.empty()) return {};
  wire::Writer body;
  for (const Change& change : changes) write_change(change.key, change.value, body);
  if (file_->size() > kSmallFile + kTimesContent * content_bytes_) WEIR_RETURN_IF_ERROR(rewrite());
  WEIR_RETURN_IF_ERROR(sync_name());
  WEIR_RETURN_IF_ERROR(file_->append(framed(body.joined())));
  for (const Change& change : changes) make(change);
  return {};
}

void Journal::make(const Change& change) {
  const auto found = entries_.find(change.key);
  if (found != entries_.end()) content_bytes_ -= record_size(found->first, found->second);
  make_change(change.key, change.value, entries_);
  if (change.value) content_bytes_ += record_size(change.key, *change.value);
}

}  // namespace weir::broker
