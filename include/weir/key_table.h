#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/key_hash.h"
#include "weir/memory_of.h"
#include "weir/mix.h"

namespace weir::detail {

/// A hash map that only grows until it is taken whole: open addressing, with a byte for each slot
/// that tells most other keys from the one looked for. Of a large table those bytes still fit into
/// a processor's caches, so that a key costs one access to memory, where std::unordered_map, whose
/// pairs are allocated one by one, needs three. Pointers to pairs hold until the next key is added.
///
/// Each table hashes in its own way, by its first key. Else one that is filled with the pairs of
/// another, in the order in which that has them, would be full in one place before it grows, and
/// take seconds for a million keys.
template <class K, class V>
class KeyTable {
 public:
  using Pair = std::pair<K, V>;

  KeyTable() = default;
  KeyTable(const KeyTable&) = delete;
  KeyTable& operator=(const KeyTable&) = delete;
  ~KeyTable() { clear(); }

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  /// Of memory, what a pair takes, about: it, and as much room again as is empty on average.
  static std::size_t bytes_of(const Pair& pair) { return memory_of(pair) + sizeof(Pair); }

  /// Null where the key is not there.
  Pair* find(const K& key) {
    if (empty()) return nullptr;
    const std::uint64_t hash = hash_of(key, seed_);
    const std::size_t at = slot_of(key, hash);
    return tags_[at] == kEmpty ? nullptr : &pairs_.get()[at];
  }

  /// Returns the pair of a key, and whether it is new: then its value is what `make()` returns, and
  /// the key is moved or copied, as it is given.
  template <class Key, class Make>
  std::pair<Pair*, bool> find_or_add(Key&& key, Make make) {
    if (size_ == 0) seed_ = hash_of(key, 0);
    if (4 * (size_ + 1) > 3 * tags_.size()) grow();
    const std::uint64_t hash = hash_of(key, seed_);
    const std::size_t at = slot_of(key, hash);
    Pair* const pair = pairs_.get() + at;
    if (tags_[at] != kEmpty) return {pair, false};
    ::new (pair) Pair(std::forward<Key>(key), make());
    tags_[at] = tag_of(hash);
    ++size_;
    return {pair, true};
  }

  /// Calls `f(Pair&)` for each pair, in no order.
  template <class F>
  void for_each(F f) {
    for (std::size_t at = 0; at < tags_.size(); ++at) {
      if (tags_[at] != kEmpty) f(pairs_.get()[at]);
    }
  }
  /// Keeps its memory for the next pairs.
  void clear() {
    for_each([](Pair& pair) { pair.~Pair(); });
    std::fill(tags_.begin(), tags_.end(), kEmpty);
    size_ = 0;
  }

 private:
  /// Of a slot: 0 where it is empty, else seven bits of its key's hash that did not choose it.
  using Tag = std::uint8_t;
  static constexpr Tag kEmpty = 0;
  static constexpr std::size_t kFirstSlots = 16;
  struct Free {
    void operator()(Pair* pairs) const {
      ::operator delete(pairs, std::align_val_t(alignof(Pair)));
    }
  };

  static std::uint64_t hash_of(const K& key, std::uint64_t seed) {
    if constexpr (std::is_same_v<K, std::string>) {
      return hash_of_bytes(key, seed);
    } else {
      return mix(KeyHash<K>()(key) ^ seed);
    }
  }
  static Tag tag_of(std::uint64_t hash) { return static_cast<Tag>(hash >> 57U) | 0x80U; }

  /// Of the key, or the empty one where it would be.
  std::size_t slot_of(const K& key, std::uint64_t hash) const {
    const std::size_t mask = tags_.size() - 1;
    const Tag tag = tag_of(hash);
    std::size_t at = hash & mask;
    while (tags_[at] != kEmpty && (tags_[at] != tag || !(pairs_.get()[at].first == key))) {
      at = (at + 1) & mask;
    }
    return at;
  }
  void grow() {
    const std::size_t slots = tags_.empty() ? kFirstSlots : 2 * tags_.size();
    KeyTable larger;
    larger.tags_.assign(slots, kEmpty);
    larger.pairs_.reset(
        static_cast<Pair*>(::operator new(slots * sizeof(Pair), std::align_val_t(alignof(Pair)))));
    for_each([&larger, seed = seed_, mask = slots - 1](Pair& pair) {
      const std::uint64_t hash = hash_of(pair.first, seed);
      std::size_t at = hash & mask;
      while (larger.tags_[at] != kEmpty) at = (at + 1) & mask;
      ::new (larger.pairs_.get() + at) Pair(std::move(pair));
      larger.tags_[at] = tag_of(hash);
    });
    std::swap(tags_, larger.tags_);
    std::swap(pairs_, larger.pairs_);
  }

  std::size_t size_ = 0;
  std::uint64_t seed_ = 0;
  std::vector<Tag> tags_;  // as many as a power of two, at most three quarters of them taken
  std::unique_ptr<Pair[], Free> pairs_;  // one for each tag; alive where that is not kEmpty
};

}  // namespace weir::detail
