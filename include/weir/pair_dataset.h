#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "weir/pair_operations.h"

namespace weir {

template <class T>
class Dataset;

/// The operations of a Dataset of pairs, which are those of a DStream of pairs (see
/// weir/pair_operations.h), and some more. Their bodies are in weir/dataset_operations.h, which who
/// calls them includes. Of each that divides anew, the last argument says how: nothing for 2
/// partitions by the hash of the key, a number for so many, or a partitioner. Keys come in no
/// order, the values of a key in that of the dataset.
template <class T>
class PairDataset {
 public:
  auto keys() const;
  auto values() const;
  /// Applies `f` to each value; keys stay.
  template <class F>
  auto map_values(F f) const;
  /// Makes the key with each of the items of `f(value)`, a range.
  template <class F>
  auto flat_map_values(F f) const;
  /// Brings each key to the partition that is its own.
  template <class By = HashPartitioner>
  auto partition_by(By by = {}) const;

  /// As partition_by(), each partition sorted by key; pairs of equal keys keep their order.
  template <class By = HashPartitioner, class Less = std::less<>>
  auto repartition_and_sort_within_partitions(By by = {}, Less less = {}) const;

  /// Keeps the pairs whose key is not below `low` and not above `high`.
  template <class Low, class High, class Less = std::less<>>
  Dataset<T> filter_by_range(Low low, High high, Less less = {}) const;
  /// Takes each pair with the probability `f(key)`, the same ones for the same `seed`.
  template <class F>
  Dataset<T> sample_by_key(F f, std::uint64_t seed) const;

  template <class Create, class MergeValue, class MergeCombined, class By = HashPartitioner>
  auto combine_by_key(Create create, MergeValue merge_value, MergeCombined merge_combined,
                      By by = {}) const;
  template <class F, class By = HashPartitioner>
  auto reduce_by_key(F f, By by = {}) const;
  /// As reduce_by_key(), each key's values beginning with `zero`, in each partition anew: adding it
  /// must change nothing.
  template <class Zero, class F, class By = HashPartitioner>
  auto fold_by_key(Zero zero, F f, By by = {}) const;
  /// Makes one value of another type of each key's: `merge_value(C, V) -> C`, beginning with `zero`
  /// in each partition anew, and `merge_combined(C, C) -> C` of those of several.
  template <class C, class MergeValue, class MergeCombined, class By = HashPartitioner>
  auto aggregate_by_key(C zero, MergeValue merge_value, MergeCombined merge_combined,
                        By by = {}) const;
  template <class By = HashPartitioner>
  auto group_by_key(By by = {}) const;

  template <class Other, class By = HashPartitioner>
  auto cogroup(const Dataset<Other>& other, By by = {}) const;
  template <class Other, class By = HashPartitioner>
  auto join(const Dataset<Other>& other, By by = {}) const;
  template <class Other, class By = HashPartitioner>
  auto left_outer_join(const Dataset<Other>& other, By by = {}) const;
  template <class Other, class By = HashPartitioner>
  auto right_outer_join(const Dataset<Other>& other, By by = {}) const;
  template <class Other, class By = HashPartitioner>
  auto full_outer_join(const Dataset<Other>& other, By by = {}) const;
  /// Keeps the pairs whose key the other does not have.
  template <class Other, class By = HashPartitioner>
  auto subtract_by_key(const Dataset<Other>& other, By by = {}) const;

  /// Counts the pairs of each key.
  auto count_by_key() const;
  /// Returns the values of `key`, in order; empty where there is no such key.
  template <class Key>
  auto lookup(const Key& key) const;

 private:
  using K = typename detail::PairTraits<T>::Key;
  using V = typename detail::PairTraits<T>::Value;

  const Dataset<T>& self() const { return static_cast<const Dataset<T>&>(*this); }
};

}  // namespace weir
