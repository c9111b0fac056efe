#include "broker/journal.h"

#include "base/log.h"
#include "wire/crc32c.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace weir::broker {

namespace {

// length of body, CRC32C of the length, so that a wrong one is not taken for a record that was cut
// off; CRC32C of body; the body: whether a value follows, length of key, key, value
constexpr std::size_t kFrameHead = 12;
constexpr std::size_t kBodyHead = 5;

std::string frame_of(std::string_view key, std::optional<std::string_view> value) {
  wire::Writer body;
  body.integer<std::int8_t>(value ? 1 : 0);
  body.integer(static_cast<std::uint32_t>(key.size()));
  body.bytes(key);
  body.bytes(value.value_or(""));
  const std::string bytes = body.joined();
  wire::Writer frame;
  frame.integer(static_cast<std::uint32_t>(bytes.size()));
  frame.integer(wire::crc32c(frame.joined()));
  frame.integer(wire::crc32c(bytes));
  frame.bytes(bytes);
  return frame.joined();
}

Error damaged(const std::string& path, std::size_t at) {
  return Error(ErrorCode::kCorrupt,
               concat("'", path, "' is damaged at byte ", at,
                      ": restore the directory from a copy, or start with an empty one"));
}

bool apply(std::string_view body, Journal::Entries& entries) {
  wire::Reader reader(body);
  const bool has_value = reader.integer<std::int8_t>() != 0;
  const auto key_size = reader.integer<std::uint32_t>();
  if (!reader.ok() || key_size > reader.remaining()) return false;
  const std::string_view key = reader.rest().substr(0, key_size);
  if (has_value) {
    entries.insert_or_assign(std::string(key), std::string(reader.rest().substr(key_size)));
  } else if (const auto found = entries.find(key); found != entries.end()) {
    entries.erase(found);
  }
  return true;
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
    if (size < kBodyHead || crc != wire::crc32c(body) || !apply(body, entries)) {
      return damaged(path, at);
    }
    at += kFrameHead + size;
  }
  return entries;
}

Result<AppendFile> rewrite(Storage& storage, const std::string& path,
                           const Journal::Entries& entries, bool sync) {
  std::string bytes;
  for (const auto& [key, value] : entries) bytes += frame_of(key, value);
  const std::string fresh = path + ".new";
  WEIR_ASSIGN_OR_RETURN(auto file, storage.open(fresh));
  WEIR_RETURN_IF_ERROR(file->truncate(0));  // what a crash may have left
  WEIR_RETURN_IF_ERROR(file->append(bytes));
  WEIR_RETURN_IF_ERROR(file->sync());
  WEIR_RETURN_IF_ERROR(storage.rename(fresh, path));
  return AppendFile(std::move(file), bytes.size(), sync);
}

}  // namespace

Result<Journal> Journal::open(Storage& storage, const std::string& path, bool sync) {
  WEIR_RETURN_IF_ERROR(storage.open(path));
  WEIR_ASSIGN_OR_RETURN(const std::string bytes, storage.read(path));
  WEIR_ASSIGN_OR_RETURN(Entries entries, replay(bytes, path));
  WEIR_ASSIGN_OR_RETURN(AppendFile file, rewrite(storage, path, entries, sync));
  return Journal(std::move(entries), std::move(file));
}

const std::string* Journal::find(std::string_view key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : &found->second;
}

Result<void> Journal::put(std::string_view key, std::string_view value) {
  WEIR_RETURN_IF_ERROR(file_.append(frame_of(key, value)));
  entries_.insert_or_assign(std::string(key), std::string(value));
  return {};
}

Result<void> Journal::erase(std::string_view key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return {};
  WEIR_RETURN_IF_ERROR(file_.append(frame_of(key, std::nullopt)));
  entries_.erase(found);
  return {};
}

}  // namespace weir::broker
