#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/append.h"
#include "weir/batch_operators.h"
#include "weir/combine_operators.h"
#include "weir/dataset.h"
#include "weir/narrow_operators.h"
#include "weir/pair_operations.h"
#include "weir/pipeline.h"
#include "weir/record_type.h"
#include "weir/text.h"
#include "weir/transform_operators.h"
#include "weir/window_operators.h"

namespace weir {

namespace detail {
void print_lines(BatchTime time, const std::vector<std::string>& lines, bool more);

/// A type an output can be: it knows how to attach itself behind a node of the graph.
template <class Target, class T>
concept TargetOf =
    requires(const Target& target, plan::Node* node) { target.template attach<T>(node); };
}  // namespace detail

/// An endless stream of T, cut into batches. A cheap handle: what it describes belongs to the
/// Pipeline it was made from and must not be used after it. Operations describe; nothing runs
/// before the context is started. A stream that feeds several outputs is computed once per batch.
///
/// Functions given to operations are copied into every task and called by one thread at a time.
/// They may throw: the task is tried again, and after four attempts the batch fails.
///
/// A DStream of pairs also has the operations by key (weir/pair_operations.h).
template <class T>
class DStream : public PairOperations<T> {
 public:
  using Element = T;

  explicit DStream(plan::Node* node) : node_(node) {}

  /// Applies `f` to each record.
  template <class F>
  auto map(F f) const {
    static_assert(std::is_invocable_v<F&, T>,
                  "map(): the function must take a record of this stream (T, T&& or const T&)");
    using Out = detail::RecordOf<std::invoke_result_t<F&, T>>;
    static_assert(!std::is_void_v<Out>,
                  "map(): the function must return something; for an effect use for_each()");
    return append<Out, detail::MapSink<T, Out, F>>("map", std::move(f));
  }

  /// Keeps the records for which `f` is true.
  template <class F>
  DStream filter(F f) const {
    static_assert(std::is_invocable_r_v<bool, F&, const T&>,
                  "filter(): the function must take const T& and return bool");
    return append<T, detail::FilterSink<T, F>>("filter", std::move(f));
  }

  /// Applies `f`, which returns a range (such as a vector), and streams the range's items.
  template <class F>
  auto flat_map(F f) const {
    static_assert(std::is_invocable_v<F&, T>,
                  "flat_map(): the function must take a record of this stream");
    using Range = std::invoke_result_t<F&, T>;
    static_assert(detail::RangeOfRecords<Range>,
                  "flat_map(): the function must return a range, such as a std::vector");
    using Out = detail::RecordIn<Range>;
    return append<Out, detail::FlatMapSink<T, Out, F>>("flat_map", std::move(f));
  }

  /// Applies `f` to all records of a partition of the batch at once: std::vector<T> to a range.
  template <class F>
  auto map_partitions(F f) const {
    static_assert(std::is_invocable_v<F&, std::vector<T>>,
                  "map_partitions(): the function must take std::vector<T>");
    using Range = std::invoke_result_t<F&, std::vector<T>>;
    static_assert(detail::RangeOfRecords<Range>,
                  "map_partitions(): the function must return a range, such as a std::vector");
    using Out = detail::RecordIn<Range>;
    return append<Out, detail::MapPartitionsSink<T, Out, F>>("map_partitions", std::move(f), true);
  }

  /// Deals the records out evenly over `partitions` partitions. Order is kept only within what one
  /// partition sends to another.
  DStream repartition(std::int32_t partitions) const {
    return DStream(
        detail::append_move<T>(node_, "repartition", partitions, detail::RoundRobinTarget{}));
  }

  /// Returns the records of both streams, each in its own partitions. Where an exchange, such as
  /// that of for_each_batch(), brings them into one order, this stream's come first.
  DStream union_with(const DStream& other) const { return union_with(std::vector{other}); }

  /// Returns the records of this stream and of all `others`, in this order.
  DStream union_with(const std::vector<DStream>& others) const {
    std::vector<plan::Node*> parents{node_};
    for (const DStream& other : others) parents.push_back(other.node_);
    return DStream(detail::append_union(parents, detail::make_tee<T>, "union_with"));
  }

  /// Makes one std::vector of each partition of the batch, so far as the partition was run: of a
  /// source those that had records, behind an exchange all.
  auto glom() const {
    using All = std::vector<T>;
    return map_partitions([](All records) { return std::array<All, 1>{std::move(records)}; });
  }

  /// Folds all records of a batch into one with `f(T, T) -> T`, which must be associative and
  /// commutative; an empty batch makes none. The result has one partition.
  template <class F>
  DStream reduce(F f) const {
    static_assert(std::is_invocable_r_v<T, F&, T, T>,
                  "reduce(): the function must take two records of this stream and return one");
    const auto some = append<T, detail::ReduceSink<T, F>>("combine", f).gather("reduce");
    return some.template append<T, detail::ReduceSink<T, F>>("reduce", std::move(f), true);
  }

  /// Counts the records of each batch: one number, also for an empty batch.
  auto count() const {
    using Count = std::int64_t;
    const auto one = [](Count& count, const T&) { ++count; };
    const auto sum = [](Count& count, Count more) { count += more; };
    return append<Count, detail::FoldSink<T, Count, decltype(one)>>("combine", one)
        .gather("count")
        .template append<Count, detail::FoldSink<Count, Count, decltype(sum)>>("count", sum, true);
  }

  /// Counts how often each value occurs in a batch: a stream of (value, count). `by` says how it is
  /// divided, as for the operations by key.
  template <class By = HashPartitioner>
  auto count_by_value(By by = {}) const {
    using Count = std::int64_t;
    using Counts = detail::Keyed<std::pair<T, Count>, By>;
    const auto ones = map([](T&& value) { return std::pair<T, Count>(std::move(value), 1); });
    const auto sum = [](Count a, Count b) { return a + b; };
    return DStream<std::pair<T, Count>>(
        detail::append_combine_twice<typename Counts::Key, Count, Count>(
            ones.node(), "count_by_value",
            detail::Combining<detail::AsItIs, decltype(sum)>{{}, sum}, sum,
            detail::partitioner_from(std::move(by))));
  }

  /// Streams, once every `slide`, the records of the last `length` of time; see Window. Without a
  /// slide: with every batch. Of the last batches in their order, each in its partitions. Windows
  /// begin to fill when the stream starts. They are in memory, counted in
  /// StreamStatus::state_bytes.
  DStream window(Duration length, Duration slide = Duration::zero()) const {
    return DStream(detail::append_window_of<T>(node_, "window", {length, slide}));
  }

  /// Reduces the records of a window to one, if there are any; each batch is reduced by itself
  /// first.
  template <class F>
  DStream reduce_by_window(F f, Duration length, Duration slide = Duration::zero()) const {
    return DStream(
               detail::append_window_of<T>(reduce(f).node_, "reduce_by_window", {length, slide}))
        .template append<T, detail::ReduceSink<T, F>>("reduce_by_window", std::move(f), true);
  }

  /// The same in less work where windows overlap: from the window before by what has left it, with
  /// `inverse(f(a, b), b) == a`, and then by what has come. Once there was a record there is always
  /// one: what is left of those that have left.
  template <class F, class Inverse>
    requires std::is_invocable_r_v<T, Inverse&, T, T>
  DStream reduce_by_window(F f, Inverse inverse, Duration length,
                           Duration slide = Duration::zero()) const {
    const auto one_key = reduce(f).map([](T&& record) { return std::pair(0, std::move(record)); });
    return DStream<std::pair<int, T>>(
               detail::append_inverse_window<int, T>(
                   one_key.node(), "reduce_by_window", {length, slide}, HashPartitioner{1},
                   detail::InverseWindow<F, Inverse, KeepAll>{f, std::move(inverse), {}}))
        .map([](std::pair<int, T>&& record) { return std::move(record.second); });
  }

  /// Counts the records of a window: one number, also for an empty one.
  auto count_by_window(Duration length, Duration slide = Duration::zero()) const {
    using Count = std::int64_t;
    const auto sum = [](Count& count, Count more) { count += more; };
    return DStream<Count>(
               detail::append_window_of<Count>(count().node_, "count_by_window", {length, slide}))
        .template append<Count, detail::FoldSink<Count, Count, decltype(sum)>>("count_by_window",
                                                                               sum, true);
  }

  /// Counts how often each value occurs in a window: a stream of (value, count).
  template <class By = HashPartitioner>
  auto count_by_value_and_window(Duration length, Duration slide = Duration::zero(),
                                 By by = {}) const {
    using Count = std::int64_t;
    const auto sum = [](Count a, Count b) { return a + b; };
    return DStream<std::pair<T, Count>>(detail::append_combine_window<T, Count>(
        count_by_value(std::move(by)).node(), "count_by_value_and_window", {length, slide}, sum));
  }

  /// Makes a stream of what `f` makes of each batch, empty ones included: `f(const Dataset<T>&)`,
  /// or `f(BatchTime, const Dataset<T>&)`, returns a Dataset, a std::vector, or a Result of one; an
  /// error fails the batch. Operations on datasets are in weir/dataset_operations.h. `f` is called
  /// once for a batch, by one thread at a time, and again when the task or the batch is tried
  /// again. The result has so many `partitions`: those of the dataset, or where it has more,
  /// several of them one after the other in one; order is kept.
  template <class F>
  auto transform(F f, std::int32_t partitions = HashPartitioner{}.partitions) const {
    static_assert(detail::kTakesBatch<F, Dataset<T>>,
                  "transform(): the function must take const weir::Dataset<T>&, or a "
                  "weir::BatchTime before it");
    return detail::append_transform(detail::append_pack<T>(node_, "pack"), "transform",
                                    detail::WithDataset<T, F>{std::move(f)}, partitions);
  }

  /// As transform(), with the batches of two streams: `f(const Dataset<T>&, const Dataset<U>&)`, or
  /// a BatchTime before them.
  template <class U, class F>
  auto transform_with(const DStream<U>& other, F f,
                      std::int32_t partitions = HashPartitioner{}.partitions) const {
    static_assert(detail::kTakesBatch<F, Dataset<T>, Dataset<U>>,
                  "transform_with(): the function must take const weir::Dataset<T>& and the "
                  "other's const weir::Dataset<U>&, or a weir::BatchTime before them");
    plan::Node* both = detail::append_union(
        {detail::append_pack<T>(node_, "pack", 0), detail::append_pack<U>(other.node(), "pack", 1)},
        detail::make_tee<detail::Chunk>, "transform_with");
    return detail::append_transform(both, "transform_with",
                                    detail::WithTwoDatasets<T, U, F>{std::move(f)}, partitions);
  }

  /// As transform(), with the batches of this stream and all `others`, in this order:
  /// `f(const std::vector<Dataset<T>>&)`, or a BatchTime before it.
  template <class F>
  auto transform_with(const std::vector<DStream>& others, F f,
                      std::int32_t partitions = HashPartitioner{}.partitions) const {
    static_assert(detail::kTakesBatch<F, std::vector<Dataset<T>>>,
                  "transform_with(): the function must take const "
                  "std::vector<weir::Dataset<T>>&, or a weir::BatchTime before it");
    std::vector<plan::Node*> all{detail::append_pack<T>(node_, "pack")};
    for (const DStream& other : others) {
      all.push_back(detail::append_pack<T>(other.node_, "pack", all.size()));
    }
    const std::size_t streams = all.size();
    return detail::append_transform(
        detail::append_union(all, detail::make_tee<detail::Chunk>, "transform_with"),
        "transform_with", detail::WithDatasets<T, F>{std::move(f), streams}, partitions);
  }

  /// Calls `f(const T&)` for each record: an output. At least once for each record.
  template <class F>
  void for_each(F f) const {
    static_assert(std::is_invocable_v<F&, const T&>, "for_each(): the function must take const T&");
    output<T, detail::ForEachSink<T, F>>(node_, "for_each", std::move(f));
  }

  /// Calls `f(const Dataset<T>&)`, or `f(BatchTime, const Dataset<T>&)`, once for each batch, empty
  /// ones included: an output. The batch is committed after `f` has returned. The batch's records
  /// are held in memory for it.
  template <class F>
  void for_each_batch(F f) const {
    static_assert(detail::kTakesBatch<F, Dataset<T>>,
                  "for_each_batch(): the function must take const weir::Dataset<T>&, or a "
                  "weir::BatchTime before it");
    using Call = detail::WithDataset<T, F>;
    plan::Node* all = detail::append_gather_chunks(detail::append_pack<T>(node_, "pack"), "gather");
    output<detail::Chunk, detail::BatchSink<Call>>(all, "for_each_batch", Call{std::move(f)});
  }

  /// Prints the first `count` records of each batch to standard output: an output.
  void print(std::size_t count = 10) const {
    auto lines = append<T, detail::TakeSink<T>>("take", count + 1).map([](const T& value) {
      return to_text(value);
    });
    lines.for_each_batch([count](const Dataset<std::string>& batch) {
      std::vector<std::string> first = batch.records();
      const bool more = first.size() > count;
      if (more) first.resize(count);
      detail::print_lines(batch.time(), first, more);
    });
  }

  /// Writes each record to an output such as kafka::topic<T>(...).
  template <class Target>
  void to(const Target& target) const {
    static_assert(
        detail::TargetOf<Target, T>,
        "to(): the target does not take this stream's type; for Kafka write "
        "to(weir::kafka::topic<T>({...})) with the stream's own T, which needs a weir::Codec");
    target.template attach<T>(node_);
  }

  plan::Node* node() const { return node_; }

 private:
  template <class U>
  friend class DStream;

  template <class Out, class SinkType, class F>
  DStream<Out> append(const char* name, F f, bool whole_partition = false) const {
    return DStream<Out>(detail::append_sink<Out, SinkType>(
        node_, {.name = name, .whole_partition = whole_partition}, std::move(f)));
  }
  DStream gather(const char* name) const { return DStream(detail::append_gather<T>(node_, name)); }

  template <class In, class SinkType, class F>
  static void output(plan::Node* node, const char* name, F f) {
    detail::append_output(node, {name, nullptr, false},
                          new detail::FunctionOperator<SinkType, F>(std::move(f)));
  }

  plan::Node* node_;
};

}  // namespace weir

#include "weir/stateful_stream.h"  // IWYU pragma: export: what map_with_state() returns
