#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "weir/key_hash.h"
#include "weir/memory_of.h"
#include "weir/mix.h"

namespace weir::detail {

/// A hash map that only grows until it is taken whole: its pairs lie one behind the other in the
/// order in which their keys came, and a table of small slots finds them. Faster to fill and to
/// walk than std::unordered_map, whose pairs are allocated one by one. A pointer to a value holds
/// until the next key is added.
template <class K, class V>
class KeyTable {
 public:
  using Pair = std::pair<K, V>;

  bool empty() const { return pairs_.empty(); }
  std::vector<Pair>& pairs() { return pairs_; }
  /// Of memory, what the last pair takes, about: it, two slots, and as much room again as a vector
  /// has left on average.
  std::size_t bytes_of_last() const {
    return memory_of(pairs_.back()) + 2 * sizeof(Slot) + sizeof(Pair) / 2;
  }

  /// As much of a key's hash as a table knows.
  static std::uint32_t hash_of(const K& key) {
    return static_cast<std::uint32_t>(mix(KeyHash<K>()(key)));
  }
  /// In a large table both places are out of the cache. Who knows of several keys what will be
  /// looked for has the first fetched for each of them, then the second, and does not wait.
  void fetch_slot(std::uint32_t hash) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]);
  }
  void fetch_pair(std::uint32_t hash) const {
    if (slots_.empty()) return;
    const Slot& slot = slots_[hash & (slots_.size() - 1)];
    if (slot.place != 0) __builtin_prefetch(&pairs_[slot.place - 1]);
  }

  /// Null where the key is not there.
  V* find(const K& key) {
    if (pairs_.empty()) return nullptr;
    const Slot& slot = slots_[slot_of(key, hash_of(key))];
    return slot.place == 0 ? nullptr : &pairs_[slot.place - 1].second;
  }

  /// Returns the value of a key, and whether it is new: then it is what `make()` returns.
  template <class Make>
  std::pair<V*, bool> find_or_add(K&& key, Make make) {
    const std::uint32_t hash = hash_of(key);
    return find_or_add(std::move(key), hash, std::move(make));
  }
  template <class Make>
  std::pair<V*, bool> find_or_add(K&& key, std::uint32_t hash, Make make) {
    if (4 * (pairs_.size() + 1) > 3 * slots_.size()) grow();
    Slot& slot = slots_[slot_of(key, hash)];
    if (slot.place != 0) return {&pairs_[slot.place - 1].second, false};
    pairs_.emplace_back(std::move(key), make());
    slot = {hash, static_cast<std::uint32_t>(pairs_.size())};
    return {&pairs_.back().second, true};
  }

  /// Takes all pairs out; what they were found with is kept for the next ones.
  std::vector<Pair> take() {
    for (Slot& slot : slots_) slot = {};
    return std::exchange(pairs_, {});
  }

 private:
  /// Where a pair is: 0 is nowhere, 1 the first place. Of its hash enough is kept to find a larger
  /// table's slot without the key.
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t place = 0;
  };
  static constexpr std::size_t kFirstSlots = 16;
  static constexpr std::size_t kMostSlots = std::size_t{1} << 32;

  /// Of the key, or the empty one where it would be.
  std::size_t slot_of(const K& key, std::uint32_t hash) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash & mask;
    while (slots_[at].place != 0 &&
           (slots_[at].hash != hash || !(pairs_[slots_[at].place - 1].first == key))) {
      at = (at + 1) & mask;
    }
    return at;
  }
  void grow() {
    if (slots_.size() == kMostSlots) throw std::length_error("weir: too many keys in one task");
    std::vector<Slot> larger(slots_.empty() ? kFirstSlots : 2 * slots_.size());
    const std::size_t mask = larger.size() - 1;
    for (const Slot& slot : slots_) {
      if (slot.place == 0) continue;
      std::size_t at = slot.hash & mask;
      while (larger[at].place != 0) at = (at + 1) & mask;
      larger[at] = slot;
    }
    slots_ = std::move(larger);
  }

  std::vector<Pair> pairs_;
  std::vector<Slot> slots_;  // as many as a power of two, at most three quarters of them taken
};

}  // namespace weir::detail
