#pragma once

#include <bitset>
#include <cstddef>
#include <string_view>
#include <vector>

#include "weir/result.h"

namespace weir::broker {

/// A regular expression that matches a whole name, in the syntax that RE2 shares with most others:
/// `.`, classes with ranges and `^`, `\d \w \s` and their opposites, groups, `|`, `* + ?` (also
/// lazy, which changes nothing here), `{2} {2,} {2,5}`, `^` and `$`. Byte by byte. Takes time in
/// proportion to the name and the pattern, whatever they are: both come from peers. A value.
class IdPattern {
 public:
  /// Fails on what is no pattern, or one that would take more than kMaxStates states.
  static Result<IdPattern> compile(std::string_view pattern);
  static constexpr std::size_t kMaxStates = 10'000;

  bool matches(std::string_view name) const;

 private:
  using Bytes = std::bitset<256>;
  enum class Kind : unsigned char { kByte, kSplit, kBegin, kEnd, kMatch };
  /// A state of the automaton: what it takes, and where it goes on.
  struct State {
    Kind kind = Kind::kMatch;
    Bytes bytes{};
    std::size_t next = 0;
    std::size_t other = 0;  ///< of a split
  };
  class Parser;

  void add(std::size_t state, bool at_begin, bool at_end, std::vector<bool>& states) const;

  std::vector<State> states_;
  std::size_t first_ = 0;
};

}  // namespace weir::broker
