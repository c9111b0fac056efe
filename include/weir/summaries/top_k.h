#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "weir/summaries/counted_item.h"
#include "weir/summaries/hash.h"
#include "weir/summaries/held_items.h"
#include "weir/summaries/summary.h"

namespace weir {

struct TopKOptions {
  /// Counts are off by at most the total / capacity; at least 1. Up to twice as many items are
  /// held.
  std::uint64_t capacity = 1000;
  std::uint64_t seed = 0;
  bool operator==(const TopKOptions&) const = default;
};

namespace detail {

/// What TopK does whatever its items are.
struct TopKCore {
  static constexpr std::uint64_t kMostCapacity = std::uint64_t{1} << 32;
  static constexpr const char* kWrongCapacity = "the capacity of a TopK is 1 to 2^32";
  static void check(const TopKOptions& options);
  static Result<void> can_merge(const TopKOptions& ours, const TopKOptions& theirs);
  /// The counter of an item: its count is from `most - error` to `most`.
  struct Counter {
    std::uint64_t most = 0;
    std::uint64_t error = 0;
    bool operator==(const Counter&) const = default;
  };
};

}  // namespace detail

/// Finds the items that were added most often, of items of type T with a Codec. It holds the
/// counters of at most 2 * capacity of them, after Space-Saving (Metwally, Agrawal, El Abbadi 2005,
/// "Efficient Computation of Frequent and Top-k Elements in Data Streams"): an item that is new
/// takes over the largest count that was dropped, as its error. Counters are dropped in groups, all
/// but the `capacity` largest at a time, and merged as by Agarwal and others 2012, "Mergeable
/// Summaries".
///
/// Always, in any tree of merges: no count is off by more than max_error(), which is at most
/// total() / capacity, and every item added more often than that is held. (But for items with the
/// same 64-bit hash, which are taken for one.)
///
/// A value, used by one thread at a time.
template <class T>
class TopK {
 public:
  using Options = TopKOptions;

  /// Throws std::invalid_argument for a capacity of 0 or more than 2^32.
  explicit TopK(const Options& options) : options_(options) { detail::TopKCore::check(options); }
  TopK() : TopK(Options{}) {}

  /// Adds an item `times` times.
  void add(const T& item, std::uint64_t times = 1) {
    if (times == 0) return;
    total_ += times;
    count(detail::hash_of(item, options_.seed), item, {.most = times, .error = 0}, dropped_);
    drop_smallest();
  }

  /// Adds all that was added to `other`. Associative and commutative within max_error(). An error
  /// where capacity or seed differ.
  Result<void> merge(const TopK& other) {
    WEIR_RETURN_IF_ERROR(detail::TopKCore::can_merge(options_, other.options_));
    if (&other == this) return merge(TopK(other));
    // An item that only one side holds was added to the other as often as one that was dropped
    // there, at most.
    for (auto& [hash, held] : items_) {
      if (other.items_.find(hash) == nullptr) held.note = sum(held.note, other.unseen());
    }
    for (const auto& [hash, held] : other.items_.in_order()) {
      count(hash, held->item, held->note, dropped_);
    }
    total_ += other.total_;
    dropped_ += other.dropped_;
    drop_smallest();
    return {};
  }

  /// Returns the `most` items with the largest counts, the largest first.
  std::vector<CountedItem<T>> top(std::size_t most) const {
    std::vector<CountedItem<T>> all;
    for (const auto& [hash, held] : items_.in_order()) {
      all.push_back({held->item, held->note.most, held->note.error});
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return a.count > b.count; });
    if (all.size() > most) all.resize(most);
    return all;
  }
  /// Returns how often `item` was added at most; see max_error().
  std::uint64_t count_of(const T& item) const {
    const auto* held = items_.find(detail::hash_of(item, options_.seed));
    return held == nullptr ? dropped_ : held->note.most;
  }
  /// Returns by how much a count may be too large at most; none is too small. 0 while no more than
  /// 2 * capacity different items were added.
  std::uint64_t max_error() const { return dropped_; }
  /// Returns how many items were added.
  std::uint64_t total() const { return total_; }

  /// Returns what it holds now: at most 2 * capacity items, with about 80 bytes beside each.
  std::size_t memory_bytes() const { return sizeof *this + items_.memory_bytes_beside(); }
  const Options& options() const { return options_; }
  bool operator==(const TopK&) const = default;

  // For Codec.
  std::size_t part_size() const {
    std::size_t size = detail::count_size(options_.capacity) + Bits::kLeast +
                       detail::count_size(total_) + detail::count_size(dropped_) +
                       detail::count_size(items_.size());
    for (const auto& [hash, held] : items_.in_order()) {
      size += detail::PartOf<T>::size(held->item) + detail::count_size(held->note.most) +
              detail::count_size(held->note.error);
    }
    return size;
  }
  char* write_part(char* at) const {
    at = Bits::write(options_.seed, detail::write_count(options_.capacity, at));
    at = detail::write_count(dropped_, detail::write_count(total_, at));
    at = detail::write_count(items_.size(), at);
    for (const auto& [hash, held] : items_.in_order()) {
      at = detail::PartOf<T>::write(held->item, at);
      at = detail::write_count(held->note.error, detail::write_count(held->note.most, at));
    }
    return at;
  }
  bool read_part(detail::PartReader& in) {
    TopK read;
    if (!read.read_options(in) || !read.read_items(in)) return false;
    *this = std::move(read);
    return true;
  }

 private:
  using Core = detail::TopKCore;
  using Counter = Core::Counter;
  using Bits = detail::NumberPart<std::uint64_t>;

  static Counter sum(const Counter& a, const Counter& b) {
    return {.most = a.most + b.most, .error = a.error + b.error};
  }
  // The counter of an item that is not held.
  Counter unseen() const { return {.most = dropped_, .error = dropped_}; }

  // Counts an item as `counter` says; one that is new may have been dropped with `dropped` before.
  void count(std::uint64_t hash, const T& item, const Counter& counter, std::uint64_t dropped) {
    if (auto* held = items_.find(hash)) {
      held->note = sum(held->note, counter);
    } else {
      items_.insert(hash, item, sum(counter, {.most = dropped, .error = dropped}));
    }
  }

  // With D for dropped_ and c for each held count less D, total - sum of c >= capacity * D holds
  // from the start, and stays: a drop raises D by the largest c dropped, and so lowers the c of
  // `capacity` items by as much each. As no c is negative, D <= total / capacity.
  void drop_smallest() {
    if (items_.size() <= 2 * options_.capacity) return;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> counts;  // and hashes, which break ties
    counts.reserve(items_.size());
    for (const auto& [hash, held] : items_) counts.emplace_back(held.note.most, hash);
    const auto first_dropped = counts.begin() + static_cast<std::ptrdiff_t>(options_.capacity);
    std::nth_element(counts.begin(), first_dropped, counts.end(), std::greater<>());
    const auto limit = *first_dropped;
    items_.erase_if([&limit](std::uint64_t hash, const auto& held) {
      return std::pair(held.note.most, hash) <= limit;
    });
    dropped_ = std::max(dropped_, limit.first);
  }

  bool read_options(detail::PartReader& in) {
    const auto capacity = in.number();
    if (!capacity) return false;
    if (*capacity == 0 || *capacity > Core::kMostCapacity) return in.fail(Core::kWrongCapacity);
    options_.capacity = *capacity;
    return Bits::read(in, options_.seed);
  }
  bool read_items(detail::PartReader& in) {
    const auto total = in.number();
    const auto dropped = total ? in.number() : total;
    if (!dropped) return false;
    if (*total > detail::kMostStored) return in.fail("a TopK has no such total");
    total_ = *total;
    dropped_ = *dropped;
    if (dropped_ > total_ / options_.capacity) return in.fail("more was dropped than was added");
    const auto size = in.count(detail::PartOf<T>::kLeast + 2);
    if (!size) return false;
    if (*size > 2 * options_.capacity) return in.fail("a TopK holds more items than it may");
    std::uint64_t before = 0;
    for (std::size_t i = 0; i < *size; ++i) {
      if (!read_item(in, before)) return false;
    }
    return true;
  }
  bool read_item(detail::PartReader& in, std::uint64_t& before) {
    T item{};
    if (!detail::PartOf<T>::read(in, item)) return false;
    const auto most = in.number();
    const auto error = most ? in.number() : most;
    if (!error) return false;
    const std::uint64_t hash = detail::hash_of(item, options_.seed);
    if (items_.size() > 0 && hash <= before) return in.fail("the items of a TopK are out of order");
    if (*most > total_ || *most < dropped_ || *error > dropped_ || *error > *most) {
      return in.fail("a TopK has no such count");
    }
    items_.insert(hash, item, {.most = *most, .error = *error});
    before = hash;
    return true;
  }

  Options options_;
  std::uint64_t total_ = 0;
  std::uint64_t dropped_ = 0;  // the largest count that was dropped, or could have been
  detail::HeldItems<T, Counter> items_;
};

}  // namespace weir
