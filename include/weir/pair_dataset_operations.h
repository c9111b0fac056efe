#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/chance.h"
#include "weir/dataset_actions.h"
#include "weir/key_hash.h"
#include "weir/pair_dataset.h"

/// The bodies of PairDataset's operations; what they do is said in weir/pair_dataset.h.
namespace weir {

template <class T>
auto PairDataset<T>::keys() const {
  static_assert(detail::PairTraits<T>::kIsPair, "keys() needs a dataset of std::pair<key, value>");
  return self().map([](T&& pair) { return std::move(pair.first); });
}

template <class T>
auto PairDataset<T>::values() const {
  static_assert(detail::PairTraits<T>::kIsPair,
                "values() needs a dataset of std::pair<key, value>");
  return self().map([](T&& pair) { return std::move(pair.second); });
}

template <class T>
template <class F>
auto PairDataset<T>::map_values(F f) const {
  return detail::evaluate(
      self(), [&](const DStream<T>& stream) { return stream.map_values(std::move(f)); });
}

template <class T>
template <class F>
auto PairDataset<T>::flat_map_values(F f) const {
  return detail::evaluate(
      self(), [&](const DStream<T>& stream) { return stream.flat_map_values(std::move(f)); });
}

template <class T>
template <class By>
auto PairDataset<T>::partition_by(By by) const {
  return detail::evaluate(self(), [&](const DStream<T>& stream) {
    using Key = typename detail::Keyed<T, By>::Key;
    return DStream<T>(detail::append_move_by_key<Key, V>(stream.node(), "partition_by",
                                                         detail::partitioner_from(std::move(by))));
  });
}

template <class T>
template <class By, class Less>
auto PairDataset<T>::repartition_and_sort_within_partitions(By by, Less less) const {
  const auto by_key = [less](const T& a, const T& b) { return less(a.first, b.first); };
  return partition_by(std::move(by)).map_partitions([by_key](std::vector<T> pairs) {
    std::stable_sort(pairs.begin(), pairs.end(), by_key);
    return pairs;
  });
}

template <class T>
template <class Low, class High, class Less>
Dataset<T> PairDataset<T>::filter_by_range(Low low, High high, Less less) const {
  static_assert(detail::PairTraits<T>::kIsPair,
                "filter_by_range() needs a dataset of std::pair<key, value>");
  return self().filter(
      [=](const T& pair) { return !less(pair.first, low) && !less(high, pair.first); });
}

template <class T>
template <class F>
Dataset<T> PairDataset<T>::sample_by_key(F f, std::uint64_t seed) const {
  static_assert(detail::PairTraits<T>::kIsPair,
                "sample_by_key() needs a dataset of std::pair<key, value>");
  static_assert(std::is_invocable_r_v<double, F&, const K&>,
                "sample_by_key(): the function must take const key& and return a probability");
  return self().map_partitions([&](std::size_t partition, const std::vector<T>& pairs) {
    return detail::sampled(pairs, {seed, partition}, [&](const T& pair) { return f(pair.first); });
  });
}

template <class T>
template <class Create, class MergeValue, class MergeCombined, class By>
auto PairDataset<T>::combine_by_key(Create create, MergeValue merge_value,
                                    MergeCombined merge_combined, By by) const {
  return detail::evaluate(self(), [&](const DStream<T>& stream) {
    return stream.combine_by_key(std::move(create), std::move(merge_value),
                                 std::move(merge_combined), std::move(by));
  });
}

template <class T>
template <class F, class By>
auto PairDataset<T>::reduce_by_key(F f, By by) const {
  return detail::evaluate(self(), [&](const DStream<T>& stream) {
    return stream.reduce_by_key(std::move(f), std::move(by));
  });
}

template <class T>
template <class Zero, class F, class By>
auto PairDataset<T>::fold_by_key(Zero zero, F f, By by) const {
  static_assert(std::is_convertible_v<Zero, V> && std::is_invocable_r_v<V, F&, V, V>,
                "fold_by_key(): it begins with a value, and the function must take two values and "
                "return one");
  const auto create = [from = V(std::move(zero)), f](V value) mutable {
    return V(f(V(from), std::move(value)));
  };
  return combine_by_key(create, f, f, std::move(by));
}

template <class T>
template <class C, class MergeValue, class MergeCombined, class By>
auto PairDataset<T>::aggregate_by_key(C zero, MergeValue merge_value, MergeCombined merge_combined,
                                      By by) const {
  static_assert(std::is_invocable_r_v<C, MergeValue&, C, V>,
                "aggregate_by_key(): the first function must take what it begins with and a value, "
                "and return what it begins with");
  const auto create = [from = std::move(zero), merge_value](V value) mutable {
    return C(merge_value(C(from), std::move(value)));
  };
  return combine_by_key(create, merge_value, std::move(merge_combined), std::move(by));
}

template <class T>
template <class By>
auto PairDataset<T>::group_by_key(By by) const {
  return detail::evaluate(
      self(), [&](const DStream<T>& stream) { return stream.group_by_key(std::move(by)); });
}

template <class T>
template <class Other, class By>
auto PairDataset<T>::cogroup(const Dataset<Other>& other, By by) const {
  return detail::evaluate(self(), other, [&](const auto& stream, const auto& others) {
    return stream.cogroup(others, std::move(by));
  });
}

template <class T>
template <class Other, class By>
auto PairDataset<T>::join(const Dataset<Other>& other, By by) const {
  return detail::evaluate(self(), other, [&](const auto& stream, const auto& others) {
    return stream.join(others, std::move(by));
  });
}

template <class T>
template <class Other, class By>
auto PairDataset<T>::left_outer_join(const Dataset<Other>& other, By by) const {
  return detail::evaluate(self(), other, [&](const auto& stream, const auto& others) {
    return stream.left_outer_join(others, std::move(by));
  });
}

template <class T>
template <class Other, class By>
auto PairDataset<T>::right_outer_join(const Dataset<Other>& other, By by) const {
  return detail::evaluate(self(), other, [&](const auto& stream, const auto& others) {
    return stream.right_outer_join(others, std::move(by));
  });
}

template <class T>
template <class Other, class By>
auto PairDataset<T>::full_outer_join(const Dataset<Other>& other, By by) const {
  return detail::evaluate(self(), other, [&](const auto& stream, const auto& others) {
    return stream.full_outer_join(others, std::move(by));
  });
}

template <class T>
template <class Other, class By>
auto PairDataset<T>::subtract_by_key(const Dataset<Other>& other, By by) const {
  return detail::evaluate(self(), other, [&](const auto& stream, const auto& others) {
    using W = typename detail::PairTraits<Other>::Value;
    return stream.cogroup(others, std::move(by))
        .flat_map_values([](std::pair<std::vector<V>, std::vector<W>>&& sides) {
          return sides.second.empty() ? std::move(sides.first) : std::vector<V>();
        });
  });
}

template <class T>
auto PairDataset<T>::count_by_key() const {
  static_assert(detail::PairTraits<T>::kIsPair,
                "count_by_key() needs a dataset of std::pair<key, value>");
  static_assert(detail::MapKey<K>, "count_by_key() needs keys with operator== and a std::hash");
  detail::KeyMap<K, std::int64_t> counts;
  for (const T& pair : self()) ++counts[pair.first];
  return counts;
}

template <class T>
template <class Key>
auto PairDataset<T>::lookup(const Key& key) const {
  static_assert(detail::PairTraits<T>::kIsPair,
                "lookup() needs a dataset of std::pair<key, value>");
  std::vector<V> found;
  for (const T& pair : self()) {
    if (pair.first == key) found.push_back(pair.second);
  }
  return found;
}

}  // namespace weir
