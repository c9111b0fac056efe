#include "counts.h"

#include <algorithm>

#include "base/log.h"
#include "number.h"

namespace weir::sim {

void Counts::expect(const Value& value) {
  ++expected_[key_of(value)];
  ++records_;
}

std::optional<std::string> Counts::take(std::string_view text) {
  const std::size_t middle = std::min(text.find('='), text.size());
  const std::string_view name = text.substr(0, middle);
  std::int64_t number = 0;
  std::int64_t key = 0;
  const bool has_number = read_number(text.substr(std::min(middle + 1, text.size())), number);
  if (has_number && name == "window") return take_window(number);
  if (!has_number || !read_number(name, key)) return concat("\"", text, "\" is no count");
  std::int64_t& counted = counted_[key];
  if (exactly_once_ && number != counted + 1) {
    return concat("key ", key, " counts ", number, " after ", counted);
  }
  if (exactly_once_ && number > expected_[key]) {
    return concat("key ", key, " counts ", number, " of ", expected_[key], " records");
  }
  counted = std::max(counted, number);
  return std::nullopt;
}

std::optional<std::string> Counts::take_window(std::int64_t records) {
  in_windows_ += records;
  if (!exactly_once_ || in_windows_ <= records_) return std::nullopt;
  return concat("windows have had ", in_windows_, " of ", records_, " records");
}

bool Counts::are_complete() const {
  return in_windows_ >= records_ &&
         std::all_of(expected_.begin(), expected_.end(), [this](const auto& expected) {
           const auto found = counted_.find(expected.first);
           return found != counted_.end() && found->second >= expected.second;
         });
}

std::int64_t Counts::repeated() const {
  std::int64_t beyond = std::max<std::int64_t>(in_windows_ - records_, 0);
  for (const auto& [key, counted] : counted_) {
    const auto found = expected_.find(key);
    const std::int64_t expected = found == expected_.end() ? 0 : found->second;
    beyond += std::max<std::int64_t>(counted - expected, 0);
  }
  return beyond;
}

std::string Counts::what_is_missing() const {
  std::string text = concat("windows have had ", in_windows_, " of ", records_, " records; ");
  for (const auto& [key, expected] : expected_) {
    const auto found = counted_.find(key);
    const std::int64_t counted = found == counted_.end() ? 0 : found->second;
    if (counted < expected)
      text += concat("key ", key, " has counted ", counted, " of ", expected, "; ");
  }
  return text;
}

}  // namespace weir::sim
