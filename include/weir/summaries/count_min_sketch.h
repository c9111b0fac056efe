#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "weir/summaries/count_min_table.h"
#include "weir/summaries/counted_item.h"
#include "weir/summaries/hash.h"
#include "weir/summaries/held_items.h"
#include "weir/summaries/summary.h"

namespace weir {

/// Counts how often each item of type T (with a Codec) was added, too high at times and never too
/// low, and knows the heavy hitters: the items with at least `heavy_share` of all. Cormode and
/// Muthukrishnan 2005, "An Improved Data Stream Summary: The Count-Min Sketch and its
/// Applications".
///
/// The count of an item is too large by more than epsilon() * total() with a chance of at most
/// delta(), over the seeds. Every heavy hitter is found: an item is held from when its count first
/// makes it one, so at the latest when it is added last. What is found beside them has at least
/// heavy_share - epsilon() of all, each but with that chance. This holds in any tree of merges.
///
/// A value, used by one thread at a time.
template <class T>
class CountMinSketch {
 public:
  using Options = CountMinSketchOptions;

  /// Throws std::invalid_argument for options outside of what they say, or for more than 2^32
  /// counters.
  explicit CountMinSketch(const Options& options)
      : table_(options), heavy_share_(options.heavy_share) {}
  CountMinSketch() : CountMinSketch(Options{}) {}

  /// Adds an item `times` times.
  void add(const T& item, std::uint64_t times = 1) {
    if (times == 0) return;
    const std::uint64_t hash = detail::hash_of(item, table_.seed());
    if (!is_heavy(table_.add(hash, times))) return;
    items_.insert(hash, item, {});
    if (items_.size() > 2 * most_heavy()) drop_light();
  }

  /// Adds all that was added to `other`. The counts are exactly associative and commutative; the
  /// heavy hitters are, but for those within epsilon() of being one. An error where epsilon, delta,
  /// heavy_share or seed differ.
  Result<void> merge(const CountMinSketch& other) {
    if (heavy_share_ != other.heavy_share_) {
      return detail::cannot_merge("CountMinSketches", "heavy_share", std::to_string(heavy_share_),
                                  std::to_string(other.heavy_share_));
    }
    WEIR_RETURN_IF_ERROR(table_.merge(other.table_));
    if (&other == this) return {};
    for (const auto& [hash, held] : other.items_.in_order()) items_.insert(hash, held->item, {});
    if (items_.size() > 2 * most_heavy()) drop_light();
    return {};
  }

  /// Returns how often `item` was added at most; see max_error().
  std::uint64_t count_of(const T& item) const {
    return table_.count_of(detail::hash_of(item, table_.seed()));
  }
  /// Returns the items with at least `heavy_share` of all by their count, the largest count first.
  std::vector<CountedItem<T>> heavy_hitters() const {
    std::vector<CountedItem<T>> heavy;
    for (const auto& [hash, held] : items_.in_order()) {
      const std::uint64_t count = table_.count_of(hash);
      if (is_heavy(count)) heavy.push_back({held->item, count, std::min(count, max_error())});
    }
    std::stable_sort(heavy.begin(), heavy.end(),
                     [](const auto& a, const auto& b) { return a.count > b.count; });
    return heavy;
  }

  /// Returns epsilon() * total(): a count is too large by more with a chance of at most delta().
  std::uint64_t max_error() const {
    return static_cast<std::uint64_t>(std::ceil(epsilon() * static_cast<double>(total())));
  }
  double epsilon() const { return table_.epsilon(); }
  double delta() const { return table_.delta(); }
  double heavy_share() const { return heavy_share_; }
  /// Returns how many items were added.
  std::uint64_t total() const { return table_.total(); }

  /// Returns what it holds now: (e / epsilon) * ln(1 / delta) counters of 8 bytes, and at most
  /// 2 / (heavy_share - epsilon) + 2 items with about 60 bytes beside each.
  std::size_t memory_bytes() const {
    return sizeof *this + table_.memory_bytes_beside() + items_.memory_bytes_beside();
  }
  bool operator==(const CountMinSketch&) const = default;

  // For Codec.
  std::size_t part_size() const {
    std::size_t size = table_.part_size() + Share::kLeast + detail::count_size(items_.size());
    for (const auto& [hash, held] : items_.in_order()) size += detail::PartOf<T>::size(held->item);
    return size;
  }
  char* write_part(char* at) const {
    at = Share::write(heavy_share_, table_.write_part(at));
    at = detail::write_count(items_.size(), at);
    for (const auto& [hash, held] : items_.in_order()) {
      at = detail::PartOf<T>::write(held->item, at);
    }
    return at;
  }
  bool read_part(detail::PartReader& in) {
    CountMinSketch read({.epsilon = 0.5, .delta = 0.5, .heavy_share = 1});  // the smallest
    if (!read.table_.read_part(in) || !Share::read(in, read.heavy_share_)) return false;
    if (!(read.heavy_share_ > read.epsilon() && read.heavy_share_ <= 1)) {
      return in.fail("a CountMinSketch has no such share of heavy hitters", Share::kLeast);
    }
    if (!read.read_items(in)) return false;
    *this = std::move(read);
    return true;
  }

 private:
  using Share = detail::NumberPart<double>;
  struct NoNote {
    bool operator==(const NoNote&) const = default;
  };

  bool is_heavy(std::uint64_t count) const {
    return static_cast<double>(count) >= heavy_share_ * static_cast<double>(total());
  }
  // No more items can have a share of heavy_share - epsilon.
  std::size_t most_heavy() const {
    return static_cast<std::size_t>(std::min(1 / (heavy_share_ - epsilon()), 1e9)) + 1;
  }

  void drop_light() {
    items_.erase_if(
        [this](std::uint64_t hash, const auto&) { return !is_heavy(table_.count_of(hash)); });
    if (items_.size() > most_heavy()) keep_heaviest(most_heavy());
  }
  // Only where more counts than can be are too large.
  void keep_heaviest(std::size_t most) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> counts;  // and hashes, which break ties
    for (const auto& [hash, held] : items_) counts.emplace_back(table_.count_of(hash), hash);
    const auto first_dropped = counts.begin() + static_cast<std::ptrdiff_t>(most);
    std::nth_element(counts.begin(), first_dropped, counts.end(), std::greater<>());
    items_.erase_if([this, limit = *first_dropped](std::uint64_t hash, const auto&) {
      return std::pair(table_.count_of(hash), hash) <= limit;
    });
  }

  bool read_items(detail::PartReader& in) {
    const auto size = in.count(detail::PartOf<T>::kLeast);
    if (!size) return false;
    if (*size > 2 * most_heavy()) return in.fail("a CountMinSketch holds more items than it may");
    std::uint64_t before = 0;
    for (std::size_t i = 0; i < *size; ++i) {
      T item{};
      if (!detail::PartOf<T>::read(in, item)) return false;
      const std::uint64_t hash = detail::hash_of(item, table_.seed());
      if (i > 0 && hash <= before) return in.fail("the items of a CountMinSketch are out of order");
      items_.insert(hash, item, {});
      before = hash;
    }
    return true;
  }

  detail::CountMinTable table_;
  double heavy_share_;
  detail::HeldItems<T, NoNote> items_;  // every heavy hitter, and some that were one
};

}  // namespace weir
