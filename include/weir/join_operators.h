#pragma once

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "weir/append.h"
#include "weir/narrow_operators.h"

/// What grouping and joining by key is made of.
namespace weir::detail {

/// Combines values into a vector of them; see CombineSink.
template <class V>
struct GroupValues {
  std::vector<V> create(V&& value) const { return merge({}, std::move(value)); }
  std::vector<V> merge(std::vector<V>&& values, V&& value) const {
    values.push_back(std::move(value));
    return std::move(values);
  }
};

/// Combines values of two sides into a vector for each.
template <class V, class W>
struct GroupSides {
  using Both = std::pair<std::vector<V>, std::vector<W>>;
  using Either = std::variant<V, W>;
  Both create(Either&& value) const { return merge({}, std::move(value)); }
  Both merge(Both&& both, Either&& value) const {
    if (value.index() == 0) {
      both.first.push_back(std::move(*std::get_if<0>(&value)));
    } else {
      both.second.push_back(std::move(*std::get_if<1>(&value)));
    }
    return std::move(both);
  }
};

/// Makes a value one of side `kSide`.
template <std::size_t kSide, class Either>
struct AsSide {
  template <class V>
  Either operator()(V&& value) const {
    return Either(std::in_place_index<kSide>, std::move(value));
  }
};

template <class K, class V, class Either, std::size_t kSide>
plan::Node* append_as_side(plan::Node* parent, const char* name) {
  using Function = AsSide<kSide, Either>;
  return append_sink<std::pair<K, Either>, MapValuesSink<K, V, Either, Function>>(
      parent, {.name = name}, Function{});
}

/// Streams each value of the left side with each of the right side of the same key, and the values
/// that have no other where all of their side are wanted.
template <class K, class V, class W, bool kAllLefts, bool kAllRights>
class JoinSink final : public Sink<std::pair<K, std::pair<std::vector<V>, std::vector<W>>>> {
 public:
  using Left = std::conditional_t<kAllRights, std::optional<V>, V>;
  using Right = std::conditional_t<kAllLefts, std::optional<W>, W>;
  using Out = std::pair<K, std::pair<Left, Right>>;
  using In = std::pair<K, std::pair<std::vector<V>, std::vector<W>>>;

  JoinSink(Nothing, SinkBase* next, TaskContext&) : next_(typed<Out>(next)) {}
  void push(In&& record) override {
    const auto& [key, sides] = record;
    const auto& [lefts, rights] = sides;
    for (const auto& left : lefts) {
      for (const auto& right : rights) next_.push({key, {Left(left), Right(right)}});
    }
    if constexpr (kAllLefts) {
      if (rights.empty()) {
        for (const auto& left : lefts) next_.push({key, {Left(left), std::nullopt}});
      }
    }
    if constexpr (kAllRights) {
      if (lefts.empty()) {
        for (const auto& right : rights) next_.push({key, {std::nullopt, Right(right)}});
      }
    }
  }

 private:
  Sink<Out>& next_;
};

}  // namespace weir::detail
