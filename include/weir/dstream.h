#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/codec.h"
#include "weir/dataset.h"
#include "weir/exchange_operators.h"
#include "weir/narrow_operators.h"
#include "weir/pipeline.h"
#include "weir/text.h"

namespace weir {

namespace detail {
template <class T>
struct PairTraits {
  static constexpr bool kIsPair = false;
  using Key = void;
  using Value = void;
};
template <class K, class V>
struct PairTraits<std::pair<K, V>> {
  static constexpr bool kIsPair = true;
  using Key = K;
  using Value = V;
};

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
template <class T>
class DStream {
 public:
  using Element = T;

  explicit DStream(plan::Node* node) : node_(node) {}

  /// Applies `f` to each record.
  template <class F>
  auto map(F f) const {
    static_assert(std::is_invocable_v<F&, T>,
                  "map(): the function must take a record of this stream (T, T&& or const T&)");
    using Out = std::decay_t<std::invoke_result_t<F&, T>>;
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
    using Out = std::decay_t<decltype(*std::begin(std::declval<Range&>()))>;
    return append<Out, detail::FlatMapSink<T, Out, F>>("flat_map", std::move(f));
  }

  /// Applies `f` to all records of a partition of the batch at once: std::vector<T> to a range.
  template <class F>
  auto map_partitions(F f) const {
    static_assert(std::is_invocable_v<F&, std::vector<T>>,
                  "map_partitions(): the function must take std::vector<T>");
    using Range = std::invoke_result_t<F&, std::vector<T>>;
    using Out = std::decay_t<decltype(*std::begin(std::declval<Range&>()))>;
    return append<Out, detail::MapPartitionsSink<T, Out, F>>("map_partitions", std::move(f), true);
  }

  /// Deals the records out evenly over `partitions` partitions. Order is kept only within what one
  /// partition sends to another.
  DStream repartition(std::int32_t partitions) const {
    return exchange<T>("repartition", partitions, detail::RoundRobinTarget{});
  }

  /// Returns the records of both streams, each in its own partitions. Where an exchange, such as
  /// that of for_each_batch(), brings them into one order, this stream's come first.
  DStream union_with(const DStream& other) const { return union_with(std::vector{other}); }

  /// Returns the records of this stream and of all `others`, in this order.
  DStream union_with(const std::vector<DStream>& others) const {
    std::vector<plan::Node*> parents{node_};
    for (const DStream& other : others) parents.push_back(other.node_);
    return DStream(detail::append_union(parents, detail::make_tee<T>));
  }

  /// For a stream of pairs: folds the values of each key of a batch with `f(V, V) -> V`. Values are
  /// combined before they move; the result has `partitions` partitions, keys placed as Kafka does.
  template <class F>
  auto reduce_by_key(F f, std::int32_t partitions = 2) const {
    using Pair = detail::PairTraits<T>;
    static_assert(Pair::kIsPair,
                  "reduce_by_key(): needs a stream of std::pair<key, value>; map() to pairs first");
    using K = typename Pair::Key;
    using V = typename Pair::Value;
    static_assert(std::is_invocable_r_v<V, F&, V, V>,
                  "reduce_by_key(): the function must take two values and return one");
    static_assert(HasCodec<K>, "reduce_by_key(): the key needs a weir::Codec (see weir/codec.h)");
    using CombineSome = detail::CombineSink<K, V, F, detail::kMostCombined>;
    using CombineAll = detail::CombineSink<K, V, F, detail::kAllCombined>;
    return append<T, CombineSome>("combine", f)
        .template exchange<T>("by_key", partitions, detail::KeyTarget<K>{})
        .template append<T, CombineAll>("reduce_by_key", std::move(f), true);
  }

  /// Counts how often each value occurs in a batch: a stream of (value, count).
  auto count_by_value(std::int32_t partitions = 2) const {
    return map([](T&& value) { return std::pair<T, std::int64_t>(std::move(value), 1); })
        .reduce_by_key([](std::int64_t a, std::int64_t b) { return a + b; }, partitions);
  }

  /// Calls `f(const T&)` for each record: an output. At least once for each record.
  template <class F>
  void for_each(F f) const {
    static_assert(std::is_invocable_v<F&, const T&>, "for_each(): the function must take const T&");
    output<T, detail::ForEachSink<T, F>>(node_, "for_each", std::move(f));
  }

  /// Calls `f(const Dataset<T>&)` once for each batch, empty ones included: an output. The batch is
  /// committed after `f` has returned. The batch's records are held in memory for it.
  template <class F>
  void for_each_batch(F f) const {
    static_assert(std::is_invocable_v<F&, const Dataset<T>&>,
                  "for_each_batch(): the function must take const weir::Dataset<T>&");
    const DStream all = gather();
    output<T, detail::BatchSink<T, F>>(all.node_, "for_each_batch", std::move(f));
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
    return DStream<Out>(
        detail::append_narrow(node_, {name, detail::make_tee<Out>, whole_partition},
                              new detail::FunctionOperator<SinkType, F>(std::move(f))));
  }
  template <class Out, class Target>
  DStream<Out> exchange(const char* name, std::int32_t partitions, Target target) const {
    static_assert(!kIsView<Out>,
                  "this operation keeps records beyond their task, but the record type is a view "
                  "into fetched bytes: map() to an owning type first (for Avro: Tweet instead of "
                  "TweetView)");
    return DStream<Out>(
        detail::append_exchange(node_, name, detail::make_tee<Out>,
                                new detail::BlockExchange<Out, Target>(partitions, target)));
  }
  DStream gather() const { return exchange<T>("gather", 1, detail::RoundRobinTarget{}); }

  template <class In, class SinkType, class F>
  static void output(plan::Node* node, const char* name, F f) {
    detail::append_output(node, {name, nullptr, false},
                          new detail::FunctionOperator<SinkType, F>(std::move(f)));
  }

  plan::Node* node_;
};

}  // namespace weir
