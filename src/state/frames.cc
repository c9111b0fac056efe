#include "state/frames.h"

#include "base/log.h"
#include "codec/little_endian.h"
#include "wire/crc32c.h"

namespace weir::state {

namespace {

constexpr std::string_view kFormat = "weir state log, format 1, of ";
constexpr std::size_t kFramePrefix = 12;  // size and checksum

template <class Number>
void put(std::string& out, Number number) {
  detail::put_little_endian(out, static_cast<std::uint64_t>(number), sizeof(Number));
}

void put_text(std::string& out, std::string_view text) {
  put<std::uint64_t>(out, text.size());
  out.append(text);
}

/// Reads little-endian numbers and texts; once something is missing, all that follows is.
class FrameReader {
 public:
  explicit FrameReader(std::string_view bytes) : bytes_(bytes) {}

  template <class Number>
  Number number() {
    const auto number = detail::take_little_endian(bytes_, sizeof(Number));
    return number ? static_cast<Number>(*number) : fail<Number>();
  }
  std::string_view text() {
    const auto text = detail::take_sized(bytes_, sizeof(std::uint64_t));
    return text ? *text : fail<std::string_view>();
  }
  bool is_whole() const { return good_ && bytes_.empty(); }
  bool is_good() const { return good_; }

 private:
  template <class Value>
  Value fail() {
    good_ = false;
    bytes_ = {};
    return {};
  }
  std::string_view bytes_;
  bool good_ = true;
};

bool parse(std::string_view payload, BatchChanges& changes) {
  FrameReader reader(payload);
  changes = {};
  changes.batch = {reader.number<std::int64_t>()};
  changes.follows = {reader.number<std::int64_t>()};
  changes.ended_until = {reader.number<std::int64_t>()};
  const auto count = reader.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && reader.is_good(); ++i) {
    Change change;
    change.state = reader.text();
    change.partition = reader.number<std::int32_t>();
    change.is_all = reader.number<std::uint8_t>() != 0;
    change.entries = reader.text();
    changes.changes.push_back(std::move(change));
  }
  return reader.is_whole();
}

}  // namespace

std::string header_of(std::string_view app) { return concat(kFormat, app, "\n"); }

std::string to_frame(const BatchChanges& changes) {
  std::string payload;
  put(payload, changes.batch.micros);
  put(payload, changes.follows.micros);
  put(payload, changes.ended_until.micros);
  put(payload, static_cast<std::uint32_t>(changes.changes.size()));
  for (const Change& change : changes.changes) {
    put_text(payload, change.state);
    put(payload, change.partition);
    put<std::uint8_t>(payload, change.is_all ? 1 : 0);
    put_text(payload, change.entries);
  }
  std::string frame;
  frame.reserve(kFramePrefix + payload.size());
  put<std::uint64_t>(frame, payload.size());
  put(frame, wire::crc32c(payload));
  return frame + payload;
}

FrameAt take_frame(std::string_view& bytes, BatchChanges& changes) {
  FrameReader prefix(bytes.substr(0, kFramePrefix));
  const auto size = prefix.number<std::uint64_t>();
  const auto sum = prefix.number<std::uint32_t>();
  if (!prefix.is_whole() || size > bytes.size() - kFramePrefix) return FrameAt::kTorn;
  const std::string_view payload = bytes.substr(kFramePrefix, size);
  if (wire::crc32c(payload) != sum || !parse(payload, changes)) return FrameAt::kDamaged;
  bytes.remove_prefix(kFramePrefix + size);
  return FrameAt::kWhole;
}

}  // namespace weir::state
