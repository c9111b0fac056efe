#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/chance.h"
#include "weir/dataset.h"
#include "weir/dataset_actions.h"
#include "weir/dstream.h"
#include "weir/memory_run.h"
#include "weir/pair_dataset_operations.h"
#include "weir/record_type.h"

/// The bodies of Dataset's operations that make datasets; what they do is said in weir/dataset.h.
namespace weir {

namespace detail {

/// Throws where a number of partitions makes no sense.
void refuse_unless_partitions(const char* operation, std::int32_t partitions);
/// Says what keeps `operation`, zip() or zip_partitions(), from pairing.
Error not_alike(const char* operation, const std::string& these, const std::string& others);

/// Divides records over `partitions` partitions of about the same size, in order.
template <class T>
std::vector<DatasetPartition<T>> divided(std::vector<T> records, std::size_t partitions) {
  std::vector<DatasetPartition<T>> made;
  for (std::size_t i = 0; i < partitions; ++i) {
    const auto place = [&](std::size_t part) {
      return std::make_move_iterator(records.begin()) +
             static_cast<std::ptrdiff_t>(records.size() * part / partitions);
    };
    made.emplace_back(std::vector<T>(place(i), place(i + 1)));
  }
  return made;
}

/// Makes a pair of a record's key and the record.
template <class T, class F>
struct WithKey {
  static_assert(std::is_invocable_v<F&, const T&>,
                "key_by() and group_by(): the function must take const T& and return the key");
  F function;
  auto operator()(T&& record) {
    using K = std::decay_t<std::invoke_result_t<F&, const T&>>;
    K key = function(std::as_const(record));
    return std::pair<K, T>(std::move(key), std::move(record));
  }
};

/// Makes a record the key of nothing.
template <class T>
struct AsKey {
  std::pair<T, char> operator()(T&& record) const { return {std::move(record), char{}}; }
};

/// What cogroup() makes of two datasets of keys of nothing.
template <class T>
using InBoth = std::pair<T, std::pair<std::vector<char>, std::vector<char>>>;

}  // namespace detail

template <class T>
template <class F>
auto Dataset<T>::map(F f) const {
  return detail::evaluate(*this,
                          [&](const DStream<T>& stream) { return stream.map(std::move(f)); });
}

template <class T>
template <class F>
Dataset<T> Dataset<T>::filter(F f) const {
  return detail::evaluate(*this,
                          [&](const DStream<T>& stream) { return stream.filter(std::move(f)); });
}

template <class T>
template <class F>
auto Dataset<T>::flat_map(F f) const {
  return detail::evaluate(*this,
                          [&](const DStream<T>& stream) { return stream.flat_map(std::move(f)); });
}

template <class T>
template <class F>
auto Dataset<T>::map_partitions(F f) const {
  if constexpr (std::is_invocable_v<F&, std::size_t, std::vector<T>>) {
    using Range = std::invoke_result_t<F&, std::size_t, std::vector<T>>;
    using Out = detail::RecordIn<Range>;
    std::vector<DatasetPartition<Out>> made;
    for (std::size_t i = 0; i < partitions_.size(); ++i) {
      std::vector<Out> records;
      for (auto&& item : f(i, std::vector<T>(partitions_[i].records()))) {
        records.push_back(detail::record_from<Out, Range>(item));
      }
      made.emplace_back(std::move(records));
    }
    return Dataset<Out>(std::move(made), origin_);
  } else {
    return detail::evaluate(
        *this, [&](const DStream<T>& stream) { return stream.map_partitions(std::move(f)); });
  }
}

template <class T>
auto Dataset<T>::glom() const {
  return detail::evaluate(*this, [](const DStream<T>& stream) { return stream.glom(); });
}

template <class T>
template <class F>
auto Dataset<T>::key_by(F f) const {
  return map(detail::WithKey<T, F>{std::move(f)});
}

template <class T>
auto Dataset<T>::zip_with_index() const {
  std::int64_t next = 0;
  std::vector<DatasetPartition<std::pair<T, std::int64_t>>> made;
  for (const DatasetPartition<T>& partition : partitions_) {
    std::vector<std::pair<T, std::int64_t>> records;
    records.reserve(partition.size());
    for (const T& record : partition) records.emplace_back(record, next++);
    made.emplace_back(std::move(records));
  }
  return Dataset<std::pair<T, std::int64_t>>(std::move(made), origin_);
}

template <class T>
auto Dataset<T>::zip_with_unique_id() const {
  return map_partitions([this](std::size_t partition, std::vector<T> records) {
    std::vector<std::pair<T, std::int64_t>> made;
    made.reserve(records.size());
    std::size_t id = partition;
    for (auto&& record : records) {
      made.emplace_back(std::move(record), static_cast<std::int64_t>(id));
      id += partitions_.size();
    }
    return made;
  });
}

template <class T>
Dataset<T> Dataset<T>::sample(double probability, std::uint64_t seed) const {
  return map_partitions([&](std::size_t partition, const std::vector<T>& records) {
    return detail::sampled(records, {seed, partition}, [&](const T&) { return probability; });
  });
}

template <class T>
Dataset<T> Dataset<T>::sample_with_replacement(double mean, std::uint64_t seed) const {
  return map_partitions([&](std::size_t partition, const std::vector<T>& records) {
    detail::Chance chance(seed, partition);
    std::vector<T> taken;
    for (const T& record : records) taken.insert(taken.end(), chance.times(mean), record);
    return taken;
  });
}

template <class T>
std::vector<Dataset<T>> Dataset<T>::random_split(const std::vector<double>& weights,
                                                 std::uint64_t seed) const {
  const std::vector<double> shares = detail::shares_of(weights);
  std::vector<Dataset> made(weights.size(), Dataset({}, origin_));
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    detail::Chance chance(seed, i);
    std::vector<std::vector<T>> parts(weights.size());
    for (const T& record : partitions_[i]) {
      const auto share = std::upper_bound(shares.begin(), shares.end(), chance.uniform());
      parts[static_cast<std::size_t>(share - shares.begin())].push_back(record);
    }
    for (std::size_t part = 0; part < parts.size(); ++part) {
      made[part].add(DatasetPartition<T>(std::move(parts[part])));
    }
  }
  return made;
}

template <class T>
Dataset<T> Dataset<T>::union_with(const Dataset& other) const {
  std::vector<DatasetPartition<T>> all = partitions_;
  all.insert(all.end(), other.partitions_.begin(), other.partitions_.end());
  return Dataset(std::move(all), origin_);
}

template <class T>
template <class U>
Result<Dataset<std::pair<T, U>>> Dataset<T>::zip(const Dataset<U>& other) const {
  if (partitions_.size() != other.partitions().size()) {
    return detail::not_alike("zip", std::to_string(partitions_.size()) + " partitions",
                             std::to_string(other.partitions().size()));
  }
  std::vector<DatasetPartition<std::pair<T, U>>> made;
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    const auto& these = partitions_[i];
    const auto& others = other.partitions()[i];
    if (these.size() != others.size()) {
      return detail::not_alike(
          "zip", std::to_string(these.size()) + " records in partition " + std::to_string(i),
          std::to_string(others.size()));
    }
    std::vector<std::pair<T, U>> pairs;
    pairs.reserve(these.size());
    for (std::size_t at = 0; at < these.size(); ++at) pairs.emplace_back(these[at], others[at]);
    made.emplace_back(std::move(pairs));
  }
  return Dataset<std::pair<T, U>>(std::move(made), origin_);
}

template <class T>
template <class U, class F>
auto Dataset<T>::zip_partitions(const Dataset<U>& other, F f) const {
  static_assert(std::is_invocable_v<F&, std::vector<T>, std::vector<U>>,
                "zip_partitions(): the function must take a std::vector of each dataset's records "
                "and return a range");
  using Range = std::invoke_result_t<F&, std::vector<T>, std::vector<U>>;
  using Out = detail::RecordIn<Range>;
  using Made = Result<Dataset<Out>>;
  if (partitions_.size() != other.partitions().size()) {
    return Made(detail::not_alike("zip_partitions",
                                  std::to_string(partitions_.size()) + " partitions",
                                  std::to_string(other.partitions().size())));
  }
  return Made(map_partitions([&](std::size_t partition, std::vector<T> records) {
    return f(std::move(records), std::vector<U>(other.partitions()[partition].records()));
  }));
}

template <class T>
template <class U>
auto Dataset<T>::cartesian(const Dataset<U>& other) const {
  std::vector<DatasetPartition<std::pair<T, U>>> made;
  for (const DatasetPartition<T>& these : partitions_) {
    for (const DatasetPartition<U>& others : other.partitions()) {
      std::vector<std::pair<T, U>> pairs;
      pairs.reserve(these.size() * others.size());
      for (const T& record : these) {
        for (const U& with : others) pairs.emplace_back(record, with);
      }
      made.emplace_back(std::move(pairs));
    }
  }
  return Dataset<std::pair<T, U>>(std::move(made), origin_);
}

template <class T>
template <class By>
Dataset<T> Dataset<T>::distinct(By by) const {
  return detail::evaluate(*this, [&](const DStream<T>& stream) {
    return stream.map(detail::AsKey<T>{})
        .reduce_by_key([](char one, char) { return one; }, std::move(by))
        .map([](std::pair<T, char>&& once) { return std::move(once.first); });
  });
}

template <class T>
template <class By>
Dataset<T> Dataset<T>::intersection(const Dataset& other, By by) const {
  return detail::evaluate(*this, other, [&](const DStream<T>& stream, const DStream<T>& others) {
    return stream.map(detail::AsKey<T>{})
        .cogroup(others.map(detail::AsKey<T>{}), std::move(by))
        .filter([](const detail::InBoth<T>& record) {
          return !record.second.first.empty() && !record.second.second.empty();
        })
        .map([](detail::InBoth<T>&& record) { return std::move(record.first); });
  });
}

template <class T>
template <class By>
Dataset<T> Dataset<T>::subtract(const Dataset& other, By by) const {
  return detail::evaluate(*this, other, [&](const DStream<T>& stream, const DStream<T>& others) {
    return stream.map(detail::AsKey<T>{})
        .cogroup(others.map(detail::AsKey<T>{}), std::move(by))
        .flat_map([](const detail::InBoth<T>& record) {
          const auto& [here, there] = record.second;
          return std::vector<T>(there.empty() ? here.size() : 0, record.first);
        });
  });
}

template <class T>
template <class F, class By>
auto Dataset<T>::group_by(F f, By by) const {
  return detail::evaluate(*this, [&](const DStream<T>& stream) {
    return stream.map(detail::WithKey<T, F>{std::move(f)}).group_by_key(std::move(by));
  });
}

template <class T>
template <class F, class Less>
Dataset<T> Dataset<T>::sort_by(F f, Less less) const {
  static_assert(std::is_invocable_v<F&, const T&>,
                "sort_by(): the function must take const T& and return what to sort by");
  std::vector<T> all = records();
  std::stable_sort(all.begin(), all.end(),
                   [&](const T& a, const T& b) { return less(f(a), f(b)); });
  return Dataset(detail::divided(std::move(all), partitions_.size()), origin_);
}

template <class T>
template <class Less>
Dataset<T> Dataset<T>::sort(Less less) const {
  static_assert(std::is_invocable_r_v<bool, Less&, const T&, const T&>,
                "sort(): the records need operator<, or the function must take two const T& and "
                "return whether the first comes first");
  return sort_by([](const T& record) -> const T& { return record; }, std::move(less));
}

template <class T>
Dataset<T> Dataset<T>::repartition(std::int32_t partitions) const {
  return detail::evaluate(*this,
                          [&](const DStream<T>& stream) { return stream.repartition(partitions); });
}

template <class T>
Dataset<T> Dataset<T>::coalesce(std::int32_t partitions) const {
  detail::refuse_unless_partitions("coalesce", partitions);
  const std::size_t from = partitions_.size();
  const auto to = static_cast<std::size_t>(partitions);
  if (from <= to) return *this;
  const std::span<const DatasetPartition<T>> all(partitions_);
  std::vector<DatasetPartition<T>> made;
  for (std::size_t i = 0; i < to; ++i) {
    const std::size_t begin = i * from / to;
    made.push_back(detail::joined(all.subspan(begin, (i + 1) * from / to - begin)));
  }
  return Dataset(std::move(made), origin_);
}

}  // namespace weir
