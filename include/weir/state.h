#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/partitioner.h"
#include "weir/types.h"

namespace weir {

/// The state of one key, as the function of map_with_state() sees it; valid during the call. What
/// makes no sense throws std::logic_error.
template <class S>
class State {
 public:
  explicit State(const S* value, bool timing_out = false)
      : value_(value), timing_out_(timing_out) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  bool exists() const { return value_ != nullptr; }
  /// The key has no state: throws.
  const S& get() const {
    if (!exists()) throw std::logic_error("State::get(): the key has no state");
    return *value_;
  }
  std::optional<S> get_option() const {
    return exists() ? std::optional<S>(*value_) : std::nullopt;
  }
  /// Gives the key a state. Not after remove(), and not while it is timing out.
  void update(S value) {
    refuse_end("update");
    updated_ = std::move(value);
    value_ = &*updated_;
  }
  /// Takes the key's state away. Not twice, and not while it is timing out.
  void remove() {
    refuse_end("remove");
    removed_ = true;
    updated_.reset();
    value_ = nullptr;
  }
  /// The key had no data for longer than the time-out, and its state goes after this call.
  bool is_timing_out() const { return timing_out_; }

  bool is_removed() const { return removed_; }
  /// For weir: returns what the function has given the key, if it has.
  std::optional<S> take_update() { return std::move(updated_); }

 private:
  void refuse_end(const char* what) const {
    const std::string call = std::string("State::") + what + "(): the state ";
    if (removed_) throw std::logic_error(call + "was removed before");
    if (timing_out_) throw std::logic_error(call + "is timing out");
  }

  const S* value_;
  bool timing_out_;
  bool removed_ = false;
  std::optional<S> updated_;
};

namespace detail {

template <class T>
struct OptionalOf {
  using Type = void;
};
template <class S>
struct OptionalOf<std::optional<S>> {
  using Type = S;
};
template <class T>
struct StatePart {
  using Type = void;
};
template <class S>
struct StatePart<State<S>&> {
  using Type = S;
};

/// What a function says of itself, where it is not generic.
template <class F>
struct Signature {};
template <class F>
  requires requires { &F::operator(); }
struct Signature<F> : Signature<decltype(&F::operator())> {};
template <class R, class... Args>
struct Signature<R (*)(Args...)> {
  using Result = R;
  /// The argument that is the `kPlace`th from the end, 0 being the last; void where there is none.
  template <std::size_t kPlace>
  static auto from_end() {
    if constexpr (kPlace < sizeof...(Args)) {
      return std::type_identity<
          std::tuple_element_t<sizeof...(Args) - 1 - kPlace, std::tuple<Args...>>>{};
    } else {
      return std::type_identity<void>{};
    }
  }
  template <std::size_t kPlace>
  using FromEnd = typename decltype(from_end<kPlace>())::type;
};
template <class R, class C, class... Args>
struct Signature<R (C::*)(Args...)> : Signature<R (*)(Args...)> {};
template <class R, class C, class... Args>
struct Signature<R (C::*)(Args...) const> : Signature<R (*)(Args...)> {};

template <class F>
concept HasSignature = requires { typename Signature<F>::Result; };

}  // namespace detail

/// What map_with_state() does with each record, and with what it begins:
///
///   StateSpec([](const std::string& word, std::optional<int> one, State<int>& sum) {
///     sum.update(sum.get_option().value_or(0) + one.value_or(0));
///     return std::pair(word, sum.get());
///   }).timeout(10min)
///
/// `f(key, std::optional<V> value, State<S>& state)` returns what the record is mapped to;
/// `f(BatchTime, key, value, state)` a std::optional of that. There is no value where the key times
/// out. A value of its own; each option returns the spec with it.
template <class F, class By = HashPartitioner>
class StateSpec {
 public:
  static_assert(detail::HasSignature<F>,
                "StateSpec: the function must name its arguments' types; the last is State<S>&, "
                "where S is the type of the state");
  using K = std::decay_t<typename detail::Signature<F>::template FromEnd<2>>;
  using S = typename detail::StatePart<typename detail::Signature<F>::template FromEnd<0>>::Type;
  static_assert(!std::is_void_v<S>,
                "StateSpec: the function's last argument must be State<S>&, where S is the type of "
                "the state");

  explicit StateSpec(F f) : StateSpec(std::move(f), By{}) {}
  StateSpec(F f, By by) : function_(std::move(f)), by_(std::move(by)) {}

  /// A key that no record comes of for longer than `idle` loses its state, in the first batch after
  /// that; the function is called a last time then.
  StateSpec timeout(Duration idle) const {
    StateSpec with = *this;
    with.idle_ = idle;
    return with;
  }
  /// The states to begin with.
  StateSpec initial_state(std::vector<std::pair<K, S>> states) const {
    StateSpec with = *this;
    with.initial_ = std::move(states);
    return with;
  }
  /// How keys are divided: a number of partitions, or a partitioner (see weir/partitioner.h).
  template <class Other>
  auto partitions(Other by) const {
    using Partitioner = decltype(detail::partitioner_from(std::move(by)));
    StateSpec<F, Partitioner> with(function_, detail::partitioner_from(std::move(by)));
    return with.initial_state(initial_).timeout(idle_);
  }

  const F& function() const { return function_; }
  const By& by() const { return by_; }
  Duration idle() const { return idle_; }
  const std::vector<std::pair<K, S>>& initial() const { return initial_; }

 private:
  F function_;
  By by_;
  Duration idle_{0};
  std::vector<std::pair<K, S>> initial_;
};

}  // namespace weir
