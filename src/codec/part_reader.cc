#include "weir/codecs/part_reader.h"

namespace weir::detail {

std::optional<std::uint64_t> PartReader::number() {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < left(); ++i) {
    const auto byte = static_cast<std::uint8_t>(bytes_[at_ + i]);
    const std::size_t shift = 7 * i;
    if (shift == 63 && byte > 1) return fail("a count is larger than 64 bits"), std::nullopt;
    number |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte >= 0x80) continue;
    // One number has one form, so that equal values have equal bytes.
    if (byte == 0 && i > 0)
      return fail("a count is written in more bytes than it needs"), std::nullopt;
    at_ += i + 1;
    return number;
  }
  return fail("the bytes end within a count"), std::nullopt;
}

bool PartReader::fail(const char* why, std::size_t back) {
  why_ = why;
  wrong_at_ = at_ - back;
  return false;
}

bool PartReader::fail_within(std::string_view part, std::string (*why)(std::string_view)) {
  part_ = part;
  explain_ = why;
  wrong_at_ = at_ - part.size();
  return false;
}

std::string PartReader::explain() const {
  const std::string where = "byte " + std::to_string(wrong_at_) + ": ";
  if (explain_ != nullptr) return where + explain_(part_);
  if (why_ != nullptr) return where + why_;
  return "these bytes are a value and can be read";
}

}  // namespace weir::detail
