#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/chance.h"
#include "weir/dataset.h"
#include "weir/dstream.h"
#include "weir/key_hash.h"
#include "weir/memory_run.h"

/// The bodies of Dataset's operations that make values; what they do is said in weir/dataset.h.
namespace weir {

namespace detail {

/// Returns the dataset that `operation` makes of the stream of `dataset`.
template <class T, class Operation>
auto evaluate(const Dataset<T>& dataset, Operation operation) {
  MemoryRun run(dataset.origin());
  return run.run(operation(run.stream(dataset)));
}

/// The same of two datasets.
template <class T, class U, class Operation>
auto evaluate(const Dataset<T>& dataset, const Dataset<U>& other, Operation operation) {
  MemoryRun run(dataset.origin());
  const DStream<T> stream = run.stream(dataset);
  return run.run(operation(stream, run.stream(other)));
}

/// Returns the first `count` records in the order of `less`.
template <class T, class Less>
std::vector<T> first_of(std::vector<T> records, std::size_t count, Less less) {
  const auto end = records.begin() + static_cast<std::ptrdiff_t>(std::min(count, records.size()));
  std::partial_sort(records.begin(), end, records.end(), less);
  records.erase(end, records.end());
  return records;
}

template <class T>
std::vector<double> as_doubles(const Dataset<T>& dataset) {
  static_assert(std::is_arithmetic_v<T>,
                "stats(), mean(), variance(), stdev() and histogram() need a dataset of numbers");
  std::vector<double> numbers;
  numbers.reserve(dataset.size());
  for (const T record : dataset) numbers.push_back(static_cast<double>(record));
  return numbers;
}

}  // namespace detail

template <class T>
std::optional<T> Dataset<T>::first() const {
  return empty() ? std::nullopt : std::optional<T>(*begin());
}

template <class T>
std::vector<T> Dataset<T>::take(std::size_t count) const {
  std::vector<T> taken;
  for (auto at = begin(); at != end() && taken.size() < count; ++at) taken.push_back(*at);
  return taken;
}

template <class T>
std::vector<T> Dataset<T>::take_sample(std::size_t count, std::uint64_t seed) const {
  detail::Chance chance(seed, 0);
  std::vector<T> taken = records();
  count = std::min(count, taken.size());
  const auto place = [&](std::size_t at) {
    return taken.begin() + static_cast<std::ptrdiff_t>(at);
  };
  for (std::size_t i = 0; i < count; ++i) {  // shuffles (Fisher and Yates) what is taken
    std::iter_swap(place(i), place(i + chance.below(taken.size() - i)));
  }
  taken.erase(place(count), taken.end());
  return taken;
}

template <class T>
std::vector<T> Dataset<T>::take_sample_with_replacement(std::size_t count,
                                                        std::uint64_t seed) const {
  detail::Chance chance(seed, 0);
  const std::vector<T> all = records();
  std::vector<T> taken;
  if (all.empty()) return taken;
  taken.reserve(count);
  while (taken.size() < count) taken.push_back(all[chance.below(all.size())]);
  return taken;
}

template <class T>
template <class Less>
std::vector<T> Dataset<T>::top(std::size_t count, Less less) const {
  return detail::first_of(records(), count, [&](const T& a, const T& b) { return less(b, a); });
}

template <class T>
template <class Less>
std::vector<T> Dataset<T>::take_ordered(std::size_t count, Less less) const {
  return detail::first_of(records(), count, std::move(less));
}

template <class T>
template <class F>
std::optional<T> Dataset<T>::reduce(F f) const {
  return detail::evaluate(*this,
                          [&](const DStream<T>& stream) { return stream.reduce(std::move(f)); })
      .first();
}

template <class T>
template <class C, class F>
C Dataset<T>::fold(C zero, F f) const {
  static_assert(std::is_invocable_r_v<C, F&, C, const T&>,
                "fold(): the function must take what it began with and const T&, and return what "
                "it began with");
  for (const T& record : *this) zero = f(std::move(zero), record);
  return zero;
}

template <class T>
template <class Less>
std::optional<T> Dataset<T>::max(Less less) const {
  const auto greatest = std::max_element(begin(), end(), std::move(less));
  return greatest == end() ? std::nullopt : std::optional<T>(*greatest);
}

template <class T>
template <class Less>
std::optional<T> Dataset<T>::min(Less less) const {
  const auto least = std::min_element(begin(), end(), std::move(less));
  return least == end() ? std::nullopt : std::optional<T>(*least);
}

template <class T>
auto Dataset<T>::count_by_value() const {
  static_assert(detail::MapKey<T>,
                "count_by_value() needs records with operator== and a std::hash");
  detail::KeyMap<T, std::int64_t> counts;
  for (const T& record : *this) ++counts[record];
  return counts;
}

template <class T>
auto Dataset<T>::sum() const {
  static_assert(std::is_arithmetic_v<T>, "sum() needs a dataset of numbers");
  if constexpr (std::is_integral_v<T>) {
    std::uint64_t sum = 0;  // wraps around
    for (const T record : *this) sum += static_cast<std::uint64_t>(record);
    return static_cast<std::int64_t>(sum);
  } else {
    double sum = 0;
    for (const T record : *this) sum += static_cast<double>(record);
    return sum;
  }
}

template <class T>
Stats Dataset<T>::stats() const {
  Stats stats;
  for (const double number : detail::as_doubles(*this)) stats.add(number);
  return stats;
}

template <class T>
std::optional<double> Dataset<T>::mean() const {
  return stats().mean();
}

template <class T>
std::optional<double> Dataset<T>::variance() const {
  return stats().variance();
}

template <class T>
std::optional<double> Dataset<T>::stdev() const {
  return stats().stdev();
}

template <class T>
Result<Histogram> Dataset<T>::histogram(std::vector<double> bounds) const {
  return detail::count_in(detail::as_doubles(*this), std::move(bounds));
}

template <class T>
Result<Histogram> Dataset<T>::histogram(std::size_t buckets) const {
  return detail::count_evenly(detail::as_doubles(*this), buckets);
}

}  // namespace weir
