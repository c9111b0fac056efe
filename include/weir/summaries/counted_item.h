#pragma once

#include <cstdint>

namespace weir {

/// An item and about how often it was added: at most `count` times and at least `count - error`.
/// The summary that says so says whether this is certain.
template <class T>
struct CountedItem {
  T item{};
  std::uint64_t count = 0;
  std::uint64_t error = 0;
  bool operator==(const CountedItem&) const = default;
};

}  // namespace weir
