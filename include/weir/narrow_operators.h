#pragma once

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/operator.h"

/// The operators that need no records but the one at hand, as the typed face makes them. One small
/// class pair for each; every task works on its own copy of the user's function.
namespace weir::detail {

template <class T>
Sink<T>& typed(SinkBase* sink) {
  return static_cast<Sink<T>&>(*sink);
}

template <class T>
class TeeSink final : public Sink<T> {
 public:
  explicit TeeSink(std::vector<SinkBase*> sinks) : sinks_(std::move(sinks)) {}
  void push(T&& value) override {
    for (std::size_t i = 0; i + 1 < sinks_.size(); ++i) typed<T>(sinks_[i]).push(T(value));
    typed<T>(sinks_.back()).push(std::move(value));
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
  void push(In&& value) override { next_.push(function_(std::move(value))); }

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

 private:
  F function_;
  Sink<T>& next_;
};

template <class In, class Out, class F>
class FlatMapSink final : public Sink<In> {
 public:
  FlatMapSink(F function, SinkBase* next, TaskContext&)
      : function_(std::move(function)), next_(typed<Out>(next)) {}
  void push(In&& value) override {
    for (auto&& item : function_(std::move(value))) next_.push(Out(std::move(item)));
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
      next_.push({record.first, Out(std::move(item))});
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
    for (auto&& item : function_(std::move(records_))) next_.push(Out(std::move(item)));
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

 private:
  F function_;
};

}  // namespace weir::detail
