#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "weir/keyed_state.h"
#include "weir/state_operators.h"
#include "weir/window_operators.h"

namespace weir {

/// Given to reduce_by_key_and_window() with an inverse instead of a filter: a key goes when no
/// batch in the window has it, as it does without an inverse.
struct WithoutDeadKeys {};

/// The filter that keeps every key.
struct KeepAll {
  template <class T>
  bool operator()(const T&) const {
    return true;
  }
};

/// What windows with an inverse are made of.
namespace detail {

/// A record that enters a window, or leaves it.
template <class T>
struct Change {
  T value;
  bool leaves;
};

/// An exchange that hands on how a window changes.
template <class T>
class ChangesExchange final : public Exchange {
 public:
  explicit ChangesExchange(std::int32_t partitions) : blocks_(partitions, StayTarget{}) {}
  std::unique_ptr<SinkBase> open(ExchangePort port, TaskContext& context) const override {
    return blocks_.open(port, context);
  }
  void replay(const Block& block, SinkBase& into) const override { hand_on(block, into, false); }
  bool hands_changes() const override { return true; }
  void replay_leaving(const Block& block, SinkBase& into) const override {
    hand_on(block, into, true);
  }
  void store(const Block& block, std::string& into) const override { blocks_.store(block, into); }
  std::unique_ptr<const Block> restore(std::string_view bytes) const override {
    return blocks_.restore(bytes);
  }
  std::int32_t partitions() const override { return blocks_.partitions(); }

 private:
  static void hand_on(const Block& block, SinkBase& into, bool leaves) {
    for (const T& record : static_cast<const VectorBlock<T>&>(block).records()) {
      typed<Change<T>>(&into).push({record, leaves});
    }
  }
  BlockExchange<T, StayTarget> blocks_;
};

/// What a window by key with an inverse remembers of a key: the value, and how many values of
/// batches in the window it is made of.
template <class V>
using Windowed = std::pair<V, std::int64_t>;

template <class F, class Inverse, class Filter>
struct InverseWindow {
  F f;
  Inverse inverse;
  Filter filter;
};

[[noreturn]] void refuse_leaving_key();

/// Keeps the reduced values of a window by what enters and what leaves it, and hands all on.
template <class K, class V, class Functions, bool kDropsDead>
class InverseWindowSink final : public Sink<Change<std::pair<K, V>>> {
 public:
  using State = KeyedState<K, Windowed<V>>;

  InverseWindowSink(Functions functions, State& state, SinkBase* next, TaskContext&)
      : functions_(std::move(functions)), state_(state), next_(typed<std::pair<K, V>>(next)) {}

  void push(Change<std::pair<K, V>>&& change) override {
    auto& [key, value] = change.value;
    typename State::Entry* entry = state_.find(key);
    if (change.leaves) {
      if (entry == nullptr) refuse_leaving_key();
      const auto& [now, parts] = entry->second.value;
      state_.set(*entry, {functions_.inverse(now, std::move(value)), parts - 1});
    } else if (entry == nullptr) {
      state_.insert(std::move(key), {std::move(value), 1});
    } else {
      const auto& [now, parts] = entry->second.value;
      state_.set(*entry, {functions_.f(now, std::move(value)), parts + 1});
    }
  }
  void finish() override {
    state_.for_each([this](typename State::Entry& entry) {
      const auto& [value, parts] = entry.second.value;
      if constexpr (kDropsDead) {
        if (parts == 0) return state_.erase(entry);
        next_.push({entry.first, value});
      } else {
        const std::pair<K, V> record(entry.first, value);
        if (!functions_.filter(record)) return state_.erase(entry);
        next_.push_copies_of(&record, 1);
      }
    });
  }

 private:
  Functions functions_;
  State& state_;
  Sink<std::pair<K, V>>& next_;
};

/// Keeps the reduced values of a window of what `combined` streams, which has the values of a key
/// in one partition.
template <class K, class V, class F, class Inverse, class By, class Filter>
plan::Node* append_inverse_window(plan::Node* combined, const char* name, Window window, By by,
                                  InverseWindow<F, Inverse, Filter> functions) {
  constexpr bool kDropsDead = std::is_same_v<Filter, WithoutDeadKeys>;
  using Functions = InverseWindow<F, Inverse, Filter>;
  using Op =
      KeyedOperator<K, Windowed<V>, InverseWindowSink<K, V, Functions, kDropsDead>, Functions, By>;
  using Pair = std::pair<K, V>;
  plan::Node* changes = append_window(combined, name, window, make_tee<Change<Pair>>,
                                      new ChangesExchange<Pair>(partitions_of(combined)));
  return append_stateful(changes, {.name = name, .tee = make_tee<Pair>},
                         new Op(std::move(functions), {{}, std::move(by)}));
}

}  // namespace detail
}  // namespace weir
