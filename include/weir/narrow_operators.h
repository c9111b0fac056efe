#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/codec.h"
#include "weir/operator.h"
#include "weir/record_type.h"

/// The operators that need no records but the one at hand, as the typed face makes them. One small
/// class pair for each; every task works on its own copy of the user's function.
namespace weir::detail {

template <class T>
Sink<T>& typed(SinkBase* sink) {
  return static_cast<Sink<T>&>(*sink);
}

/// Some records, made in place, which go on together: `::new (run.place()) T(...), run.added();`
template <class T>
class RecordRun {
 public:
  explicit RecordRun(Sink<T>& next) : next_(next) {}
  RecordRun(const RecordRun&) = delete;
  RecordRun& operator=(const RecordRun&) = delete;
  ~RecordRun() { clear(); }

  void* place() { return first() + count_; }
  void added() {
    if (++count_ == kMost) hand_on();
  }
  void hand_on() {
    if (count_ > 0) next_.push_all(first(), count_);
    clear();
  }

 private:
  static constexpr std::size_t kMost = sizeof(T) <= 128 ? 32 : sizeof(T) <= 1024 ? 4 : 1;
  T* first() { return reinterpret_cast<T*>(room_); }
  void clear() {
    while (count_ > 0) first()[--count_].~T();
  }

  Sink<T>& next_;
  std::size_t count_ = 0;
  alignas(T) std::byte room_[kMost * sizeof(T)];
};

/// Holds for a function that may be given what it must not change. A generic one is not asked:
/// where its body changes what it is given, asking would be an error.
template <class F, class In>
concept TakesConst =
    (std::is_pointer_v<F> || requires { &F::operator(); }) && std::is_invocable_v<F&, const In&>;

template <class T>
class TeeSink final : public Sink<T> {
 public:
  explicit TeeSink(std::vector<SinkBase*> sinks) : sinks_(std::move(sinks)) {}
  void push(T&& value) override { push_all(&value, 1); }
  void push_all(T* first, std::size_t count) override {
    for (std::size_t i = 0; i + 1 < sinks_.size(); ++i) {
      typed<T>(sinks_[i]).push_copies_of(first, count);
    }
    typed<T>(sinks_.back()).push_all(first, count);
  }
  void push_copies_of(const T* first, std::size_t count) override {
    for (SinkBase* sink : sinks_) typed<T>(sink).push_copies_of(first, count);
  }

 private:
  std::vector<SinkBase*> sinks_;
};

template <class T>
std::unique_ptr<SinkBase> make_tee(std::vector<SinkBase*> sinks) {
  return std::unique_ptr<SinkBase>(new TeeSink<T>(std::move(sinks)));
}

/// For a sink without a function of the user's.
struct Nothing {};

/// An Operator whose sink is `SinkType(function copy, next)`.
template <class SinkType, class F>
class FunctionOperator final : public Operator {
 public:
  explicit FunctionOperator(F function) : function_(std::move(function)) {}
  std::unique_ptr<SinkBase> open(SinkBase* next, TaskContext& context) const override {
    return std::unique_ptr<SinkBase>(new SinkType(function_, next, context));
  }

 private:
  F function_;
};

template <class In, class Out, class F>
class MapSink final : public Sink<In> {
 public:
  MapSink(F function, SinkBase* next, TaskContext&)
      : function_(std::move(function)), next_(typed<Out>(next)) {}
  void push(In&& value) override { next_.push(Out(function_(std::move(value)))); }
  void push_all(In* first, std::size_t count) override {
    RecordRun<Out> run(next_);
    for (; count > 0; --count, ++first, run.added()) {
      ::new (run.place()) Out(function_(std::move(*first)));
    }
    run.hand_on();
  }
  void push_copies_of(const In* first, std::size_t count) override {
    if constexpr (TakesConst<F, In>) {
      RecordRun<Out> run(next_);
      for (; count > 0; --count, ++first, run.added()) ::new (run.place()) Out(function_(*first));
      run.hand_on();
    } else {
      Sink<In>::push_copies_of(first, count);
    }
  }

 private:
  F function_;
  Sink<Out>& next_;
};

template <class T, class F>
class FilterSink final : public Sink<T> {
 public:
  FilterSink(F function, SinkBase* next, TaskContext&)
      : function_(std::move(function)), next_(typed<T>(next)) {}
  void push(T&& value) override {
    if (function_(std::as_const(value))) next_.push(std::move(value));
  }
  void push_all(T* first, std::size_t count) override {
    for (std::size_t from = 0, until = 0; from < count; from = until + 1) {
      until = end_of_kept(first, from, count);
      if (from < until) next_.push_all(first + from, until - from);
    }
  }
  void push_copies_of(const T* first, std::size_t count) override {
    for (std::size_t from = 0, until = 0; from < count; from = until + 1) {
      until = end_of_kept(first, from, count);
      if (from < until) next_.push_copies_of(first + from, until - from);
    }
  }

 private:
  /// Of those from there on which stay, up to the first that does not.
  std::size_t end_of_kept(const T* first, std::size_t from, std::size_t count) {
    while (from < count && function_(first[from])) ++from;
    return from;
  }

  F function_;
  Sink<T>& next_;
};

template <class In, class Out, class F>
class FlatMapSink final : public Sink<In> {
  using Range = std::invoke_result_t<F&, In>;

 public:
  FlatMapSink(F function, SinkBase* next, TaskContext&)
      : function_(std::move(function)), next_(typed<Out>(next)) {}
  void push(In&& value) override {
    RecordRun<Out> run(next_);
    auto&& items = function_(std::move(value));  // until they are handed on, who may be views of it
    for (auto&& item : items) {
      ::new (run.place()) Out(record_from<Out, Range>(item));
      run.added();
      if constexpr (kIsView<Out>) run.hand_on();  // what it shows may change with the next
    }
    run.hand_on();
  }

 private:
  F function_;
  Sink<Out>& next_;
};

template <class K, class V, class Out, class F>
class MapValuesSink final : public Sink<std::pair<K, V>> {
 public:
  MapValuesSink(F function, SinkBase* next, TaskContext&)
      : function_(std::move(function)), next_(typed<std::pair<K, Out>>(next)) {}
  void push(std::pair<K, V>&& record) override {
    next_.push({std::move(record.first), function_(std::move(record.second))});
  }

 private:
  F function_;
  Sink<std::pair<K, Out>>& next_;
};

template <class K, class V, class Out, class F>
class FlatMapValuesSink final : public Sink<std::pair<K, V>> {
 public:
  FlatMapValuesSink(F function, SinkBase* next, TaskContext&)
      : function_(std::move(function)), next_(typed<std::pair<K, Out>>(next)) {}
  void push(std::pair<K, V>&& record) override {
    for (auto&& item : function_(std::move(record.second))) {
      next_.push({record.first, record_from<Out, std::invoke_result_t<F&, V>>(item)});
    }
  }

 private:
  F function_;
  Sink<std::pair<K, Out>>& next_;
};

template <class In, class Out, class F>
class MapPartitionsSink final : public Sink<In> {
 public:
  MapPartitionsSink(F function, SinkBase* next, TaskContext&)
      : function_(std::move(function)), next_(typed<Out>(next)) {}
  void push(In&& value) override { records_.push_back(std::move(value)); }
  void finish() override {
    using Range = std::invoke_result_t<F&, std::vector<In>>;
    for (auto&& item : function_(std::move(records_))) next_.push(record_from<Out, Range>(item));
  }

 private:
  F function_;
  Sink<Out>& next_;
  std::vector<In> records_;
};

template <class T, class F>
class ForEachSink final : public Sink<T> {
 public:
  ForEachSink(F function, SinkBase*, TaskContext&) : function_(std::move(function)) {}
  void push(T&& value) override { function_(std::as_const(value)); }
  void push_all(T* first, std::size_t count) override { push_copies_of(first, count); }
  void push_copies_of(const T* first, std::size_t count) override {
    for (const T* const end = first + count; first != end; ++first) function_(*first);
  }

 private:
  F function_;
};

}  // namespace weir::detail
