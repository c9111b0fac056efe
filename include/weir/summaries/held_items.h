#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "weir/codec.h"
#include "weir/memory_of.h"

namespace weir::detail {

/// The few items that a summary keeps itself, each with a note, by their hashes. Items of the same
/// hash are one item, as they are for the summary.
template <class T, class Note>
class HeldItems {
  static_assert(!kIsView<T>,
                "this summary keeps items, but their type is a view into fetched bytes: take an "
                "owning type (std::string instead of std::string_view)");

 public:
  struct Held {
    T item{};
    Note note{};
    bool operator==(const Held&) const = default;
  };

  Held* find(std::uint64_t hash) {
    const auto at = held_.find(hash);
    return at == held_.end() ? nullptr : &at->second;
  }
  const Held* find(std::uint64_t hash) const { return const_cast<HeldItems*>(this)->find(hash); }
  /// Takes an item that is not held yet; of one that is, nothing changes.
  void insert(std::uint64_t hash, const T& item, const Note& note) {
    const auto [at, is_new] = held_.try_emplace(hash, Held{item, note});
    if (is_new) beside_ += memory_beside(at->second.item);
  }
  /// Drops all items for which `drops(hash, held)` is true.
  template <class Drops>
  void erase_if(Drops drops) {
    for (auto at = held_.begin(); at != held_.end();) {
      if (!drops(at->first, std::as_const(at->second))) {
        ++at;
        continue;
      }
      beside_ -= memory_beside(at->second.item);
      at = held_.erase(at);
    }
  }

  /// All items, in the order of their hashes, which is the same wherever and however they came.
  /// Valid until an item is dropped.
  std::vector<std::pair<std::uint64_t, const Held*>> in_order() const {
    std::vector<std::pair<std::uint64_t, const Held*>> all;
    all.reserve(held_.size());
    for (const auto& [hash, held] : held_) all.emplace_back(hash, &held);
    std::sort(all.begin(), all.end());
    return all;
  }
  auto begin() { return held_.begin(); }
  auto end() { return held_.end(); }
  std::size_t size() const { return held_.size(); }
  bool operator==(const HeldItems& other) const { return held_ == other.held_; }

  /// Returns about how much memory the items take, beside the object itself.
  std::size_t memory_bytes_beside() const {
    return beside_ + held_.size() * (sizeof(Held) + kNode) + held_.bucket_count() * sizeof(void*);
  }

 private:
  static constexpr std::size_t kNode = 32;  // hash, link, and what the allocator takes
  struct AsItIs {
    std::size_t operator()(std::uint64_t hash) const { return hash; }
  };
  std::unordered_map<std::uint64_t, Held, AsItIs> held_;
  std::size_t beside_ = 0;  // that the items own
};

}  // namespace weir::detail
