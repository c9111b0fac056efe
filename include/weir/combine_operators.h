#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/exchange_operators.h"
#include "weir/key_table.h"
#include "weir/memory_of.h"
#include "weir/sink.h"
#include "weir/task_context.h"

/// The operators that make one record of many: all of a task, or those with the same key.
namespace weir::detail {

/// Folds all records of a task into one and hands that on at its end, also when there were none.
template <class In, class Out, class F>
class FoldSink final : public Sink<In> {
 public:
  FoldSink(F function, SinkBase* next, TaskContext&)
      : function_(std::move(function)), next_(typed<Out>(next)) {}
  void push(In&& record) override { function_(folded_, std::move(record)); }
  void finish() override { next_.push(std::move(folded_)); }

 private:
  F function_;
  Sink<Out>& next_;
  Out folded_{};
};

/// Reduces all records of a task to one and hands that on at its end, if there were any.
template <class T, class F>
class ReduceSink final : public Sink<T> {
 public:
  ReduceSink(F function, SinkBase* next, TaskContext&)
      : function_(std::move(function)), next_(typed<T>(next)) {}
  void push(T&& record) override {
    if (reduced_) {
      *reduced_ = function_(std::move(*reduced_), std::move(record));
    } else {
      reduced_.emplace(std::move(record));
    }
  }
  void finish() override {
    if (reduced_) next_.push(std::move(*reduced_));
  }

 private:
  F function_;
  Sink<T>& next_;
  std::optional<T> reduced_;
};

/// How the values of a key become one: the first by `create`, each further one by `merge`.
template <class Create, class Merge>
struct Combining {
  Create create;
  Merge merge;
};

/// Creates from a value that value.
struct AsItIs {
  template <class T>
  T operator()(T&& value) const {
    return std::move(value);
  }
};

/// Types whose values may own memory, so that they may grow as values are merged into them.
template <class C>
inline constexpr bool kMayGrow = !std::is_trivially_destructible_v<C>;

/// Counts what an operator holds in the batch's memory, in steps: it is asked for each record.
class HeldMemory {
 public:
  explicit HeldMemory(TaskContext& context) : context_(context) {}
  void add(std::size_t bytes) {
    uncounted_ += bytes;
    if (uncounted_ < kStep) return;
    context_.count_held(std::exchange(uncounted_, 0));
  }

 private:
  static constexpr std::size_t kStep = 64 * 1024;
  TaskContext& context_;
  std::size_t uncounted_ = 0;
};

/// Combines pairs of the same key. Before an exchange, kSome: what is held is handed on whenever it
/// would outgrow the exchange behind. Behind one, kAll: handed on at the end, and counted in the
/// batch's memory where combined values may grow.
enum class Combine : bool { kSome, kAll };

template <class K, class V, class C, class Functions, Combine kCombine>
class CombineSink final : public Sink<std::pair<K, V>> {
 public:
  CombineSink(Functions functions, SinkBase* next, TaskContext& context)
      : functions_(std::move(functions)), next_(typed<std::pair<K, C>>(next)), held_(context) {}

  void push(std::pair<K, V>&& record) override { combine(std::move(record)); }
  void push_all(std::pair<K, V>* first, std::size_t count) override {
    for (; count > 0; --count, ++first) combine(std::move(*first));
  }
  void push_copies_of(const std::pair<K, V>* first, std::size_t count) override {
    for (; count > 0; --count, ++first) combine(*first);
  }
  void finish() override { hand_on(); }

 private:
  static constexpr std::size_t kMostSome = std::size_t{4} << 20;

  template <class Record>
  void combine(Record&& record) {
    const auto value = [&]() -> V { return std::forward<Record>(record).second; };
    const auto [pair, is_new] = combined_.find_or_add(std::forward<Record>(record).first,
                                                      [&] { return functions_.create(value()); });
    is_new ? hold(combined_.bytes_of(*pair)) : merge(pair->second, value());
  }
  void merge(C& into, V&& value) {
    if constexpr (SaysItsMemory<C>) {
      const std::size_t before = memory_of(into);
      into = functions_.merge(std::move(into), std::move(value));
      const std::size_t after = memory_of(into);
      hold(after > before ? after - before : 0);
    } else {
      // What a value is merged into keeps at most all of it, and perhaps as much room to grow.
      const std::size_t bytes = kMayGrow<C> ? memory_of(value) + sizeof(V) : 0;
      into = functions_.merge(std::move(into), std::move(value));
      hold(bytes);
    }
  }
  void hold(std::size_t bytes) {
    if constexpr (kCombine == Combine::kAll) {
      if constexpr (kMayGrow<C>) held_.add(bytes);
    } else {
      bytes_ += bytes;
      if (bytes_ >= kMostSome) hand_on();
    }
  }
  void hand_on() {
    bytes_ = 0;
    combined_.for_each([this](std::pair<K, C>& pair) { next_.push(std::move(pair)); });
    combined_.clear();
  }

  Functions functions_;
  Sink<std::pair<K, C>>& next_;
  KeyTable<K, C> combined_;
  HeldMemory held_;
  std::size_t bytes_ = 0;  // of kSome: about what combined_ holds
};

}  // namespace weir::detail
