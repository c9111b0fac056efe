#pragma once

#include <map>
#include <utility>

namespace weir::broker {

/// How often a request names each of its things: what it names more than once is refused, once.
template <class Key>
class TimesNamed {
 public:
  void add(const Key& key) { ++times_[key]; }
  /// Returns how often it was named; 0 from the second time on that this is asked.
  int take(const Key& key) { return std::exchange(times_[key], 0); }

 private:
  std::map<Key, int> times_;
};

}  // namespace weir::broker
