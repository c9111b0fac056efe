#include "weir/byte_input.h"

#include "base/log.h"

namespace weir {

namespace {
constexpr std::size_t kReadAtOnce = std::size_t{64} << 10;
}  // namespace

Result<bool> ByteInput::read_more() {
  buffer_.erase(0, std::exchange(begin_, 0));
  const std::size_t size = buffer_.size();
  buffer_.resize(size + kReadAtOnce);
  Result<std::size_t> count = read_some_({buffer_.data() + size, kReadAtOnce});
  buffer_.resize(size + (count.ok() ? *count : 0));
  if (!count.ok()) return std::move(count).error();
  return *count > 0;
}

std::string ByteInput::take(std::size_t bytes) {
  std::string taken = buffer_.substr(begin_, bytes);
  begin_ += bytes;
  return taken;
}

Result<std::optional<std::string>> ByteInput::read(std::size_t bytes) {
  if (bytes > most_) {
    return Error(ErrorCode::kResourceExhausted,
                 concat("a record is said to have ", bytes, " bytes, more than the ", most_,
                        " of .max_record_bytes"));
  }
  while (buffer_.size() - begin_ < bytes) {
    WEIR_ASSIGN_OR_RETURN(const bool more, read_more());
    if (more) continue;
    if (buffer_.empty()) return std::optional<std::string>();
    return Error(ErrorCode::kCorrupt, concat("the end came within a record, after ", buffer_.size(),
                                             " of ", bytes, " bytes"));
  }
  return std::optional(take(bytes));
}

Result<std::optional<std::string>> ByteInput::read_line() {
  std::size_t searched = 0;
  while (true) {
    const std::size_t end = buffer_.find('\n', begin_ + searched);
    const bool found = end != std::string::npos;
    const std::size_t length = (found ? end : buffer_.size()) - begin_;
    if (length > most_) {
      return Error(ErrorCode::kResourceExhausted,
                   concat("a line has more than the ", most_, " bytes of .max_record_bytes"));
    }
    searched = length;
    bool more = false;
    if (!found) {
      WEIR_ASSIGN_OR_RETURN(more, read_more());
    }
    if (more) continue;
    if (!found && length == 0) return std::optional<std::string>();
    std::string line = take(length);
    if (found) ++begin_;
    if (line.ends_with('\r')) line.pop_back();
    return std::optional(std::move(line));
  }
}

}  // namespace weir
