#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "writer.h"

namespace weir::sim {

/// The topic where jobs with state say what they have counted.
inline constexpr const char* kCounts = "counts";

/// The key by which jobs count records.
inline std::int64_t key_of(const Value& value) { return value.number % 5; }

/// What jobs say that they have counted, held against what there was to count: "3=17" for the 17th
/// record of key 3, "window=4" for a window that had 4 records.
class Counts {
 public:
  explicit Counts(bool exactly_once) : exactly_once_(exactly_once) {}

  /// A record came in.
  void expect(const Value& value);
  /// A job said this; returns what is wrong with it.
  std::optional<std::string> take(std::string_view text);

  /// All that came in is counted, by key and in windows.
  bool are_complete() const;
  /// How many records were counted more than once.
  std::int64_t repeated() const;
  std::string what_is_missing() const;

 private:
  std::optional<std::string> take_window(std::int64_t records);

  const bool exactly_once_;
  std::map<std::int64_t, std::int64_t> expected_;  // by key
  std::map<std::int64_t, std::int64_t> counted_;   // the highest count so far, by key
  std::int64_t records_ = 0;
  std::int64_t in_windows_ = 0;
};

}  // namespace weir::sim
