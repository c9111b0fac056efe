#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "weir/dataset_partition.h"
#include "weir/pair_dataset.h"
#include "weir/result.h"
#include "weir/stats.h"
#include "weir/types.h"

namespace weir {

namespace detail {

/// The batch that a dataset comes from.
struct BatchOrigin {
  BatchTime time;
  std::vector<OffsetRange> ranges;
};

struct Ascending {
  template <class A, class B>
    requires requires(const A& a, const B& b) {
      { a < b } -> std::convertible_to<bool>;
    }
  bool operator()(const A& a, const B& b) const {
    return a < b;
  }
};

}  // namespace detail

/// What one batch of a stream holds, in memory and divided into partitions: handed to
/// for_each_batch() and transform(), or made of another. A cheap value: copies share the records,
/// which never change. It may be kept beyond the call and read by any thread. Records are in the
/// order of their partitions, and within a partition in the order they were read.
///
/// The partitions are those of the stream: of a source those that had records in the batch, behind
/// an exchange all, also the empty ones; of a union those of each of its streams.
///
/// Operations run at once, in the calling thread, and leave the dataset as it is. They are those of
/// a DStream where it has one of that name, with its rules: functions get copies of records and are
/// copied for each partition. What they throw comes out of the operation; so does, as a
/// std::exception, what makes no sense, such as 0 partitions. The memory that datasets made of a
/// batch need is not counted in the batch's. The bodies are in weir/dataset_operations.h, which who
/// calls them includes. A Dataset of pairs also has the operations of weir/pair_dataset.h.
template <class T>
class Dataset : public PairDataset<T> {
 public:
  using Element = T;
  using value_type = T;
  using const_iterator = detail::DatasetIterator<T>;

  /// Has no partitions and comes from no batch.
  Dataset()
      : Dataset(std::vector<DatasetPartition<T>>{}, std::make_shared<detail::BatchOrigin>()) {}
  /// Makes a dataset with a partition for each of `partitions`, which comes from no batch.
  static Dataset of(std::vector<std::vector<T>> partitions) {
    Dataset made;
    for (std::vector<T>& records : partitions) made.add(DatasetPartition<T>(std::move(records)));
    return made;
  }
  /// For weir's own headers: `origin` must be there.
  Dataset(std::vector<DatasetPartition<T>> partitions,
          std::shared_ptr<const detail::BatchOrigin> origin)
      : origin_(std::move(origin)) {
    for (DatasetPartition<T>& partition : partitions) add(std::move(partition));
  }

  /// The batch; the epoch where it comes from none.
  BatchTime time() const { return origin_->time; }
  /// The batch's input: all sources and partitions, empty ranges left out.
  const std::vector<OffsetRange>& offset_ranges() const { return origin_->ranges; }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const std::vector<DatasetPartition<T>>& partitions() const { return partitions_; }
  const_iterator begin() const {
    return {partitions_.data(), partitions_.data() + partitions_.size()};
  }
  const_iterator end() const {
    const auto* last = partitions_.data() + partitions_.size();
    return {last, last};
  }
  /// Returns copies of all records.
  std::vector<T> records() const {
    std::vector<T> all;
    all.reserve(size_);
    for (const auto& partition : partitions_) {
      all.insert(all.end(), partition.begin(), partition.end());
    }
    return all;
  }

  // Of each record, and of each partition.

  template <class F>
  auto map(F f) const;
  template <class F>
  Dataset filter(F f) const;
  /// Makes the items of `f(record)`, a range.
  template <class F>
  auto flat_map(F f) const;
  /// Makes the items of `f(std::vector<T>)`, a range, of each partition; or of
  /// `f(std::size_t, std::vector<T>)`, which is told the partition's place.
  template <class F>
  auto map_partitions(F f) const;
  /// Makes one std::vector of each partition.
  auto glom() const;
  /// Makes pairs of `f(record)` and the record.
  template <class F>
  auto key_by(F f) const;
  /// Makes pairs of the record and its place in the dataset, from 0.
  auto zip_with_index() const;
  /// Makes pairs of the record and a number that no other has, found without counting: of the
  /// record at `place` in a partition, place * partitions + the partition's place.
  auto zip_with_unique_id() const;
  /// Takes each record with this probability, the same ones for the same `seed`.
  Dataset sample(double probability, std::uint64_t seed) const;
  /// Takes each record as often as chance has it, `mean` times in the mean (Poisson).
  Dataset sample_with_replacement(double mean, std::uint64_t seed) const;
  /// Deals the records out by chance, each to one of as many datasets as there are weights, with
  /// probabilities in proportion to these. Order is kept; the same `seed` deals the same way.
  std::vector<Dataset> random_split(const std::vector<double>& weights, std::uint64_t seed) const;

  // Of several datasets.

  /// Has the partitions of this one, then those of the other, without copying records.
  Dataset union_with(const Dataset& other) const;
  /// Makes pairs of the records at the same places. An error where the datasets have not the same
  /// number of partitions, with the same number of records each.
  template <class U>
  Result<Dataset<std::pair<T, U>>> zip(const Dataset<U>& other) const;
  /// Makes the items of `f(std::vector<T>, std::vector<U>)`, a range, of each two partitions at the
  /// same place. An error where the datasets have not the same number of partitions.
  template <class U, class F>
  auto zip_partitions(const Dataset<U>& other, F f) const;
  /// Makes all pairs of a record of this one and a record of the other; a partition for each two
  /// partitions.
  template <class U>
  auto cartesian(const Dataset<U>& other) const;

  // By value. `by` says how the result is divided, as of the operations by key.

  /// Keeps one of equal records.
  template <class By = HashPartitioner>
  Dataset distinct(By by = {}) const;
  /// Has one of each records that are in both.
  template <class By = HashPartitioner>
  Dataset intersection(const Dataset& other, By by = {}) const;
  /// Has the records that are not in the other, as often as they are here.
  template <class By = HashPartitioner>
  Dataset subtract(const Dataset& other, By by = {}) const;
  /// Makes pairs of a key, `f(record)`, and a std::vector of all its records.
  template <class F, class By = HashPartitioner>
  auto group_by(F f, By by = {}) const;

  // Order and shape.

  /// Sorts by `f(record)`; equal ones keep their order. Has as many partitions as before, of about
  /// the same size.
  template <class F, class Less = detail::Ascending>
  Dataset sort_by(F f, Less less = {}) const;
  template <class Less = detail::Ascending>
  Dataset sort(Less less = {}) const;
  /// Deals the records out evenly.
  Dataset repartition(std::int32_t partitions) const;
  /// Puts partitions that follow each other together, so that there are at most so many; order is
  /// kept.
  Dataset coalesce(std::int32_t partitions) const;

  // Of all records. What does not exist of an empty dataset is absent.

  std::optional<T> first() const;
  /// Returns the first records, at most `count`.
  std::vector<T> take(std::size_t count) const;
  /// Returns records by chance, at most `count` and each at most once, in an order by chance.
  std::vector<T> take_sample(std::size_t count, std::uint64_t seed) const;
  /// Returns `count` records by chance, each as often as chance has it; none of an empty dataset.
  std::vector<T> take_sample_with_replacement(std::size_t count, std::uint64_t seed) const;
  /// Returns the greatest records, at most `count`, the greatest first.
  template <class Less = detail::Ascending>
  std::vector<T> top(std::size_t count, Less less = {}) const;
  /// Returns the least records, at most `count`, the least first.
  template <class Less = detail::Ascending>
  std::vector<T> take_ordered(std::size_t count, Less less = {}) const;
  /// Folds all records into one with `f(T, T) -> T`, which must be associative and commutative.
  template <class F>
  std::optional<T> reduce(F f) const;
  /// Folds all records, in order, into a value of any type: `f(C, const T&) -> C`, from `zero` on.
  template <class C, class F>
  C fold(C zero, F f) const;
  template <class Less = detail::Ascending>
  std::optional<T> max(Less less = {}) const;
  template <class Less = detail::Ascending>
  std::optional<T> min(Less less = {}) const;
  /// Counts how often each value occurs.
  auto count_by_value() const;

  // Of numbers.

  /// Returns the sum: a std::int64_t of integers, which wraps around where it is too large, or a
  /// double.
  auto sum() const;
  std::optional<double> mean() const;
  std::optional<double> variance() const;
  std::optional<double> stdev() const;
  Stats stats() const;
  /// Counts records in the buckets between `bounds`; what lies outside is left out. An error where
  /// there are less than 2, or they do not ascend.
  Result<Histogram> histogram(std::vector<double> bounds) const;
  /// Counts records in so many buckets of equal width from the least to the greatest, or in one
  /// where these are equal. An error of no buckets, no records, or where one is not finite.
  Result<Histogram> histogram(std::size_t buckets) const;

  /// For weir's own headers.
  const std::shared_ptr<const detail::BatchOrigin>& origin() const { return origin_; }

 private:
  void add(DatasetPartition<T> partition) {
    size_ += partition.size();
    partitions_.push_back(std::move(partition));
  }

  std::shared_ptr<const detail::BatchOrigin> origin_;  // shared by all made of one batch
  std::vector<DatasetPartition<T>> partitions_;
  std::size_t size_ = 0;
};

}  // namespace weir
