#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "weir/append.h"
#include "weir/codecs.h"
#include "weir/combine_operators.h"
#include "weir/inverse_window.h"
#include "weir/join_operators.h"
#include "weir/key_hash.h"
#include "weir/partitioner.h"
#include "weir/record_type.h"
#include "weir/state.h"
#include "weir/state_operators.h"
#include "weir/window_operators.h"

namespace weir {

template <class T>
class DStream;
template <class M, class K, class S>
class StatefulStream;

/// Whether combine_by_key() combines the values of a task before they move, which moves less where
/// keys repeat, or moves all of them.
enum class MapSide : bool { kCombine, kMoveAll };

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

template <class K>
concept MapKey = std::equality_comparable<K> && has_hash<K>();

/// What an operation by key must know of its stream of T, and all that is asked of T and `By`.
template <class T, class By>
struct Keyed {
  using Traits = PairTraits<T>;
  using Key = typename Traits::Key;
  using Value = typename Traits::Value;
  using Partitioner = decltype(partitioner_from(std::declval<By>()));
  static constexpr bool kHashes = std::is_same_v<Partitioner, HashPartitioner>;

  static_assert(
      Traits::kIsPair,
      "an operation by key needs a stream of std::pair<key, value>; map() to pairs first");
  static_assert(!kIsView<T>,
                "an operation by key keeps records beyond their task, but their key or value is a "
                "view into fetched bytes: map() to owning types first (for Avro: Tweet instead of "
                "TweetView)");
  static_assert(
      !kIsUnordered<Key>,
      "an unordered container can be no key, nor a part of one: equal ones have different "
      "bytes; take std::set or std::map instead");
  static_assert(!Traits::kIsPair || MapKey<Key>,
                "an operation by key needs a key with operator== and a std::hash");
  static_assert(!Traits::kIsPair || !kHashes || HasCodec<Key>,
                "the key needs a weir::Codec (see weir/codec.h), or the operation a partitioner of "
                "your own (see weir/partitioner.h)");
  static_assert(!Traits::kIsPair || kHashes || PartitionerOf<Partitioner, Key>,
                "the last argument must be a number of partitions or a partitioner for the "
                "stream's keys: `partitions`, `partition_of(key)` and operator== (see "
                "weir/partitioner.h)");
};

template <class K, class V, class Partitioner>
plan::Node* append_move_by_key(plan::Node* parent, const char* name, Partitioner by) {
  const auto partitions = static_cast<std::int32_t>(by.partitions);
  return gathering_keys(append_move<std::pair<K, V>>(parent, name, partitions,
                                                     KeyTarget<K, Partitioner>(std::move(by))));
}

/// Brings the pairs of each key together and combines their values.
template <class K, class V, class C, class Functions, class Partitioner>
plan::Node* append_combine(plan::Node* parent, const char* name, Functions functions,
                           Partitioner by) {
  return append_sink<std::pair<K, C>, CombineSink<K, V, C, Functions, Combine::kAll>>(
      append_move_by_key<K, V>(parent, name, std::move(by)),
      {.name = name, .whole_partition = true, .counts_memory = kMayGrow<C>}, std::move(functions));
}

/// The same, with values combined before they move as well.
template <class K, class V, class C, class Functions, class Join, class Partitioner>
plan::Node* append_combine_twice(plan::Node* parent, const char* name, Functions functions,
                                 Join join, Partitioner by) {
  plan::Node* some = append_sink<std::pair<K, C>, CombineSink<K, V, C, Functions, Combine::kSome>>(
      parent, {.name = "combine"}, std::move(functions));
  return append_combine<K, C, C>(some, name, Combining<AsItIs, Join>{{}, std::move(join)},
                                 std::move(by));
}

}  // namespace detail

/// The operations of a DStream of pairs. Of each, the last argument says how the result is divided:
/// nothing for 2 partitions by the hash of the key, a number for so many, or a partitioner (see
/// weir/partitioner.h). They see one batch at a time. Equal keys are those that operator== says,
/// which must have equal bytes. Keys come in no order; the values of a key in that of their
/// partitions and, within a partition, as they were read.
template <class T>
class PairOperations {
  using Key = typename detail::PairTraits<T>::Key;
  using Val = typename detail::PairTraits<T>::Value;

 public:
  /// Applies `f` to each value; keys stay.
  template <class F>
  auto map_values(F f) const {
    static_assert(kIsPair, "map_values(): needs a stream of std::pair<key, value>");
    static_assert(std::is_invocable_v<F&, V>, "map_values(): the function must take a value");
    using Out = std::decay_t<std::invoke_result_t<F&, V>>;
    static_assert(!std::is_void_v<Out>, "map_values(): the function must return something");
    return DStream<std::pair<K, Out>>(
        detail::append_sink<std::pair<K, Out>, detail::MapValuesSink<K, V, Out, F>>(
            node(), {.name = "map_values"}, std::move(f)));
  }

  /// Applies `f`, which returns a range (such as a vector), to each value, and streams the key with
  /// each of the range's items.
  template <class F>
  auto flat_map_values(F f) const {
    static_assert(kIsPair, "flat_map_values(): needs a stream of std::pair<key, value>");
    static_assert(std::is_invocable_v<F&, V>, "flat_map_values(): the function must take a value");
    using Range = std::invoke_result_t<F&, V>;
    static_assert(detail::RangeOfRecords<Range>,
                  "flat_map_values(): the function must return a range, such as a std::vector");
    using Out = detail::RecordIn<Range>;
    return DStream<std::pair<K, Out>>(
        detail::append_sink<std::pair<K, Out>, detail::FlatMapValuesSink<K, V, Out, F>>(
            node(), {.name = "flat_map_values"}, std::move(f)));
  }

  /// Makes one combined value of all values of a key: `create(V) -> C` of the first,
  /// `merge_value(C, V) -> C` of each further one, and `merge_combined(C, C) -> C` of what several
  /// tasks have combined. The operations below are made of it. Combined values that may own memory
  /// are counted in the batch's, as growing by all that is merged into them.
  template <MapSide kMapSide = MapSide::kCombine, class Create, class MergeValue,
            class MergeCombined, class By = HashPartitioner>
  auto combine_by_key(Create create, MergeValue merge_value, MergeCombined merge_combined,
                      By by = {}) const {
    using Pairs = detail::Keyed<T, By>;
    using Value = typename Pairs::Value;
    static_assert(std::is_invocable_v<Create&, Value>,
                  "combine_by_key(): the first function must take a value");
    using C = std::decay_t<std::invoke_result_t<Create&, Value>>;
    static_assert(std::is_invocable_r_v<C, MergeValue&, C, Value>,
                  "combine_by_key(): the second function must take what the first one returns and "
                  "a value, and return what the first one returns");
    static_assert(std::is_invocable_r_v<C, MergeCombined&, C, C>,
                  "combine_by_key(): the third function must take two of what the first one "
                  "returns, and return one");
    detail::Combining<Create, MergeValue> functions{std::move(create), std::move(merge_value)};
    if constexpr (kMapSide == MapSide::kMoveAll) {
      return DStream<std::pair<K, C>>(detail::append_combine<K, V, C>(
          node(), "combine_by_key", std::move(functions), detail::partitioner_from(std::move(by))));
    } else {
      return DStream<std::pair<K, C>>(detail::append_combine_twice<K, V, C>(
          node(), "combine_by_key", std::move(functions), std::move(merge_combined),
          detail::partitioner_from(std::move(by))));
    }
  }

  /// Folds the values of each key with `f(V, V) -> V`, which must be associative and commutative.
  /// Values are combined before they move.
  template <class F, class By = HashPartitioner>
  auto reduce_by_key(F f, By by = {}) const {
    using Pairs = detail::Keyed<T, By>;
    using Value = typename Pairs::Value;
    static_assert(std::is_invocable_r_v<Value, F&, Value, Value>,
                  "reduce_by_key(): the function must take two values and return one");
    return DStream<T>(detail::append_combine_twice<K, V, V>(
        node(), "reduce_by_key", detail::Combining<detail::AsItIs, F>{{}, f}, f,
        detail::partitioner_from(std::move(by))));
  }

  /// Gathers the values of each key: a stream of (key, std::vector of values). All of them are in
  /// memory at once and counted in the batch's; where a fold will do, reduce_by_key() moves less.
  template <class By = HashPartitioner>
  auto group_by_key(By by = {}) const {
    using Pairs = detail::Keyed<T, By>;
    using Values = std::vector<typename Pairs::Value>;
    return DStream<std::pair<K, Values>>(detail::append_combine<K, V, Values>(
        node(), "group_by_key", detail::GroupValues<V>{}, detail::partitioner_from(std::move(by))));
  }

  /// As reduce_by_key(), of all batches of a window; each batch is reduced by itself first. See
  /// DStream::window().
  template <class F, class By = HashPartitioner>
  auto reduce_by_key_and_window(F f, Duration length, Duration slide = Duration::zero(),
                                By by = {}) const {
    return DStream<T>(detail::append_combine_window<K, V>(
        reduce_by_key(f, std::move(by)).node(), "reduce_by_key_and_window", {length, slide}, f));
  }

  /// The same result in less work where windows overlap: from the window before by what has left
  /// it, `inverse(f(a, b), b) == a`, and then by what has come. A key whose values have all left
  /// remains with what is left of them: `filter(const std::pair<key, value>&)` says which are kept,
  /// or WithoutDeadKeys{} has such keys go.
  template <class F, class Inverse, class By = HashPartitioner, class Filter = KeepAll>
    requires std::is_invocable_r_v<Val, Inverse&, Val, Val>
  auto reduce_by_key_and_window(F f, Inverse inverse, Duration length,
                                Duration slide = Duration::zero(), By by = {},
                                Filter filter = {}) const {
    auto partitioner = detail::partitioner_from(by);
    return DStream<T>(detail::append_inverse_window<K, V>(
        reduce_by_key(f, std::move(by)).node(), "reduce_by_key_and_window", {length, slide},
        std::move(partitioner),
        detail::InverseWindow<F, Inverse, Filter>{f, std::move(inverse), std::move(filter)}));
  }

  /// As group_by_key(), of all batches of a window, in their order.
  template <class By = HashPartitioner>
  auto group_by_key_and_window(Duration length, Duration slide = Duration::zero(),
                               By by = {}) const {
    using Values = std::vector<V>;
    return DStream<std::pair<K, Values>>(detail::append_combine_window<K, Values>(
        group_by_key(std::move(by)).node(), "group_by_key_and_window", {length, slide},
        detail::AppendValues{}));
  }

  /// Keeps a state of each key: in every batch, the state of each key that has one or that has new
  /// values becomes `f(const std::vector<V>& values, const std::optional<S>& before)`, a
  /// std::optional<S> where none takes the state away. `f` may take the key before these, and the
  /// BatchTime before that. Streams all pairs of key and state. `initial`: the states to begin
  /// with. Where only keys with new values matter, map_with_state() does less.
  template <class F, class By = HashPartitioner, class S = detail::StateMadeBy<F>>
  auto update_state_by_key(
      F f, By by = {}, std::vector<std::pair<Key, std::type_identity_t<S>>> initial = {}) const {
    using Pairs = detail::Keyed<T, By>;
    static_assert(detail::UpdatesState<F, typename Pairs::Key, typename Pairs::Value, S>,
                  "update_state_by_key(): the function must take const std::vector<value>& and "
                  "const std::optional<S>&, named so, and return std::optional<S>; it may take the "
                  "key before them, and the BatchTime before that");
    auto partitioner = detail::partitioner_from(std::move(by));
    using Op =
        detail::KeyedOperator<K, S, detail::UpdateStateSink<K, V, S, F>, F, decltype(partitioner)>;
    plan::Node* moved =
        detail::append_move_by_key<K, V>(node(), "update_state_by_key", partitioner);
    return DStream<std::pair<K, S>>(detail::append_stateful(
        moved,
        {.name = "update_state_by_key",
         .tee = detail::make_tee<std::pair<K, S>>,
         .counts_memory = true},
        new Op(std::move(f), {std::move(initial), std::move(partitioner)})));
  }

  /// Keeps a state of each key, and maps each record with it, in the order of their partitions and
  /// then as they were read: see StateSpec. Streams what the function returns; the state of all
  /// keys is had by state_snapshots() of the result.
  template <class F, class By>
  auto map_with_state(const StateSpec<F, By>& spec) const {
    using Pairs = detail::Keyed<T, By>;
    using S = typename StateSpec<F, By>::S;
    static_assert(std::is_same_v<typename Pairs::Key, typename StateSpec<F, By>::K>,
                  "map_with_state(): the function must take the stream's key");
    static_assert(detail::kMapsWithState<F, K, V, S>,
                  "map_with_state(): the function must take (key, std::optional<value>, State<S>&) "
                  "and return what the record is mapped to, or (BatchTime, key, "
                  "std::optional<value>, State<S>&) and return a std::optional");
    using M = detail::MappedTo<F, K, V, S>;
    using Out = detail::MappedOrState<K, S, M>;
    using Op = detail::KeyedOperator<K, S, detail::MapWithStateSink<K, V, S, M, F>,
                                     detail::Mapping<F>, By>;
    auto snapshots = std::make_shared<bool>(false);
    plan::Node* both = detail::append_stateful(
        detail::append_move_by_key<K, V>(node(), "map_with_state", spec.by()),
        {.name = "map_with_state", .tee = detail::make_tee<Out>},
        new Op({spec.function(), snapshots, spec.idle() > Duration::zero()},
               {spec.initial(), spec.by(), spec.idle()}));
    return StatefulStream<M, K, S>(both, std::move(snapshots));
  }
  template <class F>
    requires detail::HasSignature<F>
  auto map_with_state(F f) const {
    return map_with_state(StateSpec<F>(std::move(f)));
  }

  /// Gathers, for each key of either stream, its values in both:
  /// (key, (vector of this stream's, vector of the other's)).
  template <class Other, class By = HashPartitioner>
  auto cogroup(const DStream<Other>& other, By by = {}) const {
    return cogroup_as("cogroup", other, std::move(by));
  }

  /// Streams (key, (value, other value)) for each two values that the streams have of one key.
  template <class Other, class By = HashPartitioner>
  auto join(const DStream<Other>& other, By by = {}) const {
    return join_as<false, false>("join", other, std::move(by));
  }

  /// As join(), with the values of keys that the other stream does not have:
  /// (key, (value, std::optional of the other value)).
  template <class Other, class By = HashPartitioner>
  auto left_outer_join(const DStream<Other>& other, By by = {}) const {
    return join_as<true, false>("left_outer_join", other, std::move(by));
  }

  /// As join(), with the other stream's values of keys that this one does not have:
  /// (key, (std::optional of the value, other value)).
  template <class Other, class By = HashPartitioner>
  auto right_outer_join(const DStream<Other>& other, By by = {}) const {
    return join_as<false, true>("right_outer_join", other, std::move(by));
  }

  /// As join(), with the values of keys that only one of the streams has: both are std::optional.
  template <class Other, class By = HashPartitioner>
  auto full_outer_join(const DStream<Other>& other, By by = {}) const {
    return join_as<true, true>("full_outer_join", other, std::move(by));
  }

 private:
  static constexpr bool kIsPair = detail::PairTraits<T>::kIsPair;
  using K = typename detail::PairTraits<T>::Key;
  using V = typename detail::PairTraits<T>::Value;

  plan::Node* node() const { return static_cast<const DStream<T>&>(*this).node(); }

  template <class Other, class By>
  auto cogroup_as(const char* name, const DStream<Other>& other, By by) const {
    using Pairs = detail::Keyed<T, By>;
    using Others = detail::Keyed<Other, By>;
    static_assert(std::is_same_v<typename Pairs::Key, typename Others::Key>,
                  "cogroup() and the joins need two streams with the same type of key: map() one "
                  "of them");
    using W = typename Others::Value;
    using Either = std::variant<V, W>;
    using Both = std::pair<std::vector<V>, std::vector<W>>;
    plan::Node* sides =
        detail::append_union({detail::append_as_side<K, V, Either, 0>(node(), name),
                              detail::append_as_side<K, W, Either, 1>(other.node(), name)},
                             detail::make_tee<std::pair<K, Either>>, name);
    return DStream<std::pair<K, Both>>(detail::append_combine<K, Either, Both>(
        sides, name, detail::GroupSides<V, W>{}, detail::partitioner_from(std::move(by))));
  }

  template <bool kAllLefts, bool kAllRights, class Other, class By>
  auto join_as(const char* name, const DStream<Other>& other, By by) const {
    const auto both = cogroup_as(name, other, std::move(by));
    using W = typename detail::PairTraits<Other>::Value;
    using Joins = detail::JoinSink<K, V, W, kAllLefts, kAllRights>;
    using Out = typename Joins::Out;
    return DStream<Out>(
        detail::append_sink<Out, Joins>(both.node(), {.name = name}, detail::Nothing{}));
  }
};

}  // namespace weir
