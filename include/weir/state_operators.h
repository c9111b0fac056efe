#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "weir/append.h"
#include "weir/codecs.h"
#include "weir/combine_operators.h"
#include "weir/key_table.h"
#include "weir/keyed_state.h"
#include "weir/operator.h"
#include "weir/state.h"

/// The operators that remember something of each key. They run behind an exchange by key.
namespace weir::detail {

/// Fails the task, because what is stored of a state cannot be read.
[[noreturn]] void refuse_stored(const std::string& why);

/// A StatefulOperator whose state is KeyedState<K, S>, and whose sink is
/// `SinkType(function copy, state, next, context)`.
template <class K, class S, class SinkType, class F, class Partitioner>
class KeyedOperator final : public StatefulOperator {
 public:
  struct Start {
    std::vector<std::pair<K, S>> values;
    Partitioner by;
    Duration idle{0};
  };
  static_assert(
      !kIsView<S>,
      "state outlives the batch, but its type is a view into fetched bytes: keep an owning "
      "type (std::string instead of std::string_view; for Avro: Tweet instead of "
      "TweetView)");
  static_assert(HasCodec<K> && HasCodec<S>,
                "what is remembered of keys is written down: the key and the state need a "
                "weir::Codec each (see weir/codec.h)");

  KeyedOperator(F function, Start start)
      : function_(std::move(function)), start_(std::move(start)) {}

  std::unique_ptr<PartitionState> make_state(PartitionId partition, BatchTime now,
                                             const StoredState* stored) const override {
    auto state = std::make_unique<KeyedState<K, S>>(start_.idle);
    state->begin({now, {}, {}});
    stored != nullptr ? restore(*state, partition, *stored) : begin(*state, partition);
    state->settle();
    return state;
  }
  std::int32_t partitions() const override {
    return static_cast<std::int32_t>(start_.by.partitions);
  }
  std::unique_ptr<SinkBase> open(SinkBase* next, TaskContext& context) const override {
    auto& state = static_cast<KeyedState<K, S>&>(context.state(index));
    return std::unique_ptr<SinkBase>(new SinkType(function_, state, next, context));
  }

 private:
  void restore(KeyedState<K, S>& state, PartitionId partition, const StoredState& stored) const {
    const auto is_here = [&](const K& key) {
      return start_.by.partition_of(key) == partition.value;
    };
    for (const auto& [key, value] : stored) {
      if (!state.restore(key, value, is_here)) refuse_stored(Codec<S>::explain(value.value));
    }
  }
  void begin(KeyedState<K, S>& state, PartitionId partition) const {
    for (const auto& [key, value] : start_.values) {
      if (start_.by.partition_of(key) != partition.value) continue;
      if (auto* entry = state.find(key)) {
        state.set(*entry, value);
      } else {
        state.insert(key, value);
      }
    }
  }

  F function_;
  Start start_;
};

/// Calls the update function of each key that has state or new values, and hands all state on.
template <class K, class V, class S, class F>
class UpdateStateSink final : public Sink<std::pair<K, V>> {
 public:
  using State = KeyedState<K, S>;

  UpdateStateSink(F function, State& state, SinkBase* next, TaskContext& context)
      : function_(std::move(function)),
        state_(state),
        next_(typed<std::pair<K, S>>(next)),
        time_(context.batch_time()),
        held_(context) {}

  void push(std::pair<K, V>&& record) override {
    const std::size_t bytes = memory_of(record.second);
    const auto [pair, is_new] =
        values_.find_or_add(std::move(record.first), [] { return std::vector<V>(); });
    held_.add(bytes + (is_new ? values_.bytes_of(*pair) : 0));
    pair->second.push_back(std::move(record.second));
  }
  void finish() override {
    state_.for_each([this](typename State::Entry& entry) { update(entry); });
    values_.for_each([this](const auto& pair) {
      const auto& [key, values] = pair;
      if (values.empty()) return;  // they went to the key's update()
      std::optional<S> made = call(key, values, std::nullopt);
      if (made) state_.insert(key, std::move(*made));
    });
    state_.for_each([this](typename State::Entry& entry) {
      next_.push({entry.first, entry.second.value});
    });
  }

 private:
  using Values = KeyTable<K, std::vector<V>>;

  void update(typename State::Entry& entry) {
    auto* const found = values_.find(entry.first);
    const std::vector<V> values = found ? std::exchange(found->second, {}) : std::vector<V>();
    state_.update(
        entry, [&](const std::optional<S>& before) { return call(entry.first, values, before); });
  }
  std::optional<S> call(const K& key, const std::vector<V>& values,
                        const std::optional<S>& before) {
    if constexpr (std::is_invocable_v<F&, const std::vector<V>&, const std::optional<S>&>) {
      return function_(values, before);
    } else if constexpr (std::is_invocable_v<F&, const K&, const std::vector<V>&,
                                             const std::optional<S>&>) {
      return function_(key, values, before);
    } else {
      return function_(time_, key, values, before);
    }
  }

  F function_;
  State& state_;
  Sink<std::pair<K, S>>& next_;
  BatchTime time_;
  HeldMemory held_;
  Values values_;
};

/// The type of state that an update function makes; void where it does not say.
template <class F>
struct StateMade {
  using Type = void;
};
template <HasSignature F>
struct StateMade<F> : OptionalOf<typename Signature<F>::Result> {};
template <class F>
using StateMadeBy = typename StateMade<F>::Type;

/// A function that update_state_by_key() can call.
template <class F, class K, class V, class S>
concept UpdatesState =
    !std::is_void_v<S> &&
    (std::is_invocable_r_v<std::optional<S>, F&, const std::vector<V>&, const std::optional<S>&> ||
     std::is_invocable_r_v<std::optional<S>, F&, const K&, const std::vector<V>&,
                           const std::optional<S>&> ||
     std::is_invocable_r_v<std::optional<S>, F&, BatchTime, const K&, const std::vector<V>&,
                           const std::optional<S>&>);

template <class F, class K, class V, class S>
inline constexpr bool kMapsPlainly = std::is_invocable_v<F&, const K&, std::optional<V>, State<S>&>;
template <class F, class K, class V, class S>
inline constexpr bool kMapsWithTime =
    std::is_invocable_v<F&, BatchTime, const K&, std::optional<V>, State<S>&>;
template <class F, class K, class V, class S>
inline constexpr bool kMapsWithState = kMapsPlainly<F, K, V, S> || kMapsWithTime<F, K, V, S>;

/// What the function of map_with_state() maps a record to.
template <class F, class K, class V, class S>
auto mapped_to() {
  if constexpr (kMapsWithTime<F, K, V, S>) {
    using Maybe = std::invoke_result_t<F&, BatchTime, const K&, std::optional<V>, State<S>&>;
    return std::type_identity<typename OptionalOf<Maybe>::Type>();
  } else {
    using Mapped = std::invoke_result_t<F&, const K&, std::optional<V>, State<S>&>;
    return std::type_identity<std::decay_t<Mapped>>();
  }
}
template <class F, class K, class V, class S>
using MappedTo = typename decltype(mapped_to<F, K, V, S>())::type;

/// What map_with_state() makes: what the function maps records to, and snapshots of the state.
template <class K, class S, class M>
using MappedOrState = std::variant<M, std::pair<K, S>>;

/// Hands one kind of record on, of a variant.
template <class Either, class Part, std::size_t kPart>
class PartSink final : public Sink<Either> {
 public:
  PartSink(Nothing, SinkBase* next, TaskContext&) : next_(typed<Part>(next)) {}
  void push(Either&& record) override {
    if (auto* part = std::get_if<kPart>(&record)) next_.push(std::move(*part));
  }

 private:
  Sink<Part>& next_;
};

/// The function of map_with_state() and what its operator must know.
template <class F>
struct Mapping {
  F function;
  std::shared_ptr<const bool> snapshots;  // whether they are asked for; set until the start
  bool times_out = false;
};

/// Calls the mapping function of each record with its key's state.
template <class K, class V, class S, class M, class F>
class MapWithStateSink final : public Sink<std::pair<K, V>> {
 public:
  using Keyed = KeyedState<K, S>;
  using Out = MappedOrState<K, S, M>;

  MapWithStateSink(Mapping<F> mapping, Keyed& state, SinkBase* next, TaskContext& context)
      : mapping_(std::move(mapping)),
        state_(state),
        next_(typed<Out>(next)),
        time_(context.batch_time()) {}

  void push(std::pair<K, V>&& record) override {
    typename Keyed::Entry* entry = state_.find(record.first);
    State<S> handle(entry == nullptr ? nullptr : &entry->second.value);
    hand_on(record.first, std::optional<V>(std::move(record.second)), handle);
    keep(std::move(record.first), entry, handle);
  }
  void finish() override {
    if (mapping_.times_out) {
      state_.expire([this](typename Keyed::Entry& entry) {
        State<S> handle(&entry.second.value, /*timing_out=*/true);
        hand_on(entry.first, std::nullopt, handle);
      });
    }
    if (!*mapping_.snapshots) return;
    state_.for_each([this](typename Keyed::Entry& entry) {
      next_.push(Out(std::in_place_index<1>, entry.first, entry.second.value));
    });
  }

 private:
  static constexpr bool kTakesTime =
      std::is_invocable_v<F&, BatchTime, const K&, std::optional<V>, State<S>&>;

  void hand_on(const K& key, std::optional<V> value, State<S>& handle) {
    if constexpr (kTakesTime) {
      std::optional<M> mapped = mapping_.function(time_, key, std::move(value), handle);
      if (mapped) next_.push(Out(std::in_place_index<0>, std::move(*mapped)));
    } else {
      next_.push(Out(std::in_place_index<0>, mapping_.function(key, std::move(value), handle)));
    }
  }
  void keep(K key, typename Keyed::Entry* entry, State<S>& handle) {
    if (handle.is_removed()) {
      if (entry != nullptr) state_.erase(*entry);
    } else if (std::optional<S> value = handle.take_update()) {
      entry == nullptr ? static_cast<void>(state_.insert(std::move(key), std::move(*value)))
                       : state_.set(*entry, std::move(*value));
    } else if (entry != nullptr && mapping_.times_out) {
      state_.touch(*entry);
    }
  }

  Mapping<F> mapping_;
  Keyed& state_;
  Sink<Out>& next_;
  BatchTime time_;
};

}  // namespace weir::detail
