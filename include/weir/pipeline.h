#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "weir/accumulator.h"
#include "weir/broadcast.h"
#include "weir/operator.h"
#include "weir/result.h"
#include "weir/types.h"

namespace weir {

/// Which batches an operation on windows sees: those of the last `length` of time, that of the
/// window's end included, once every `slide`. Ends are at the multiples of `slide` on the wall
/// clock. A slide of 0 is that of the stream that the window is made of: every batch, at first.
struct Window {
  Duration length{0};
  Duration slide{0};
};

namespace plan {
class Graph;
struct Node;
class Output;
class Source;
}  // namespace plan

/// The description of what is to be computed: streams, operations, outputs and shared variables.
/// StreamingContext is a Pipeline that can run. Not thread-safe; fixed once it has started.
class Pipeline {
 public:
  Pipeline();
  ~Pipeline();
  Pipeline(Pipeline&&) noexcept;
  Pipeline& operator=(Pipeline&&) noexcept;

  /// Returns the accumulator of this name, made with value 0 at the first call.
  template <class T = std::int64_t>
  Accumulator<T> accumulator(std::string_view name) {
    return Accumulator<T>(accumulator_cell(name, std::same_as<T, std::int64_t>));
  }

  /// Shares a read-only value with all tasks.
  template <class T>
  Broadcast<T> broadcast(T value) {
    return Broadcast<T>(std::move(value));
  }

  /// The erased graph behind the typed streams; for weir's own headers and sources.
  plan::Graph& graph() { return *graph_; }
  const plan::Graph& graph() const { return *graph_; }

  const std::vector<std::shared_ptr<detail::AccumulatorCell>>& accumulators() const {
    return accumulators_;
  }

 private:
  std::shared_ptr<detail::AccumulatorCell> accumulator_cell(std::string_view name, bool is_integer);

  std::unique_ptr<plan::Graph> graph_;
  std::vector<std::shared_ptr<detail::AccumulatorCell>> accumulators_;
};

namespace detail {

/// Makes one Sink that pushes into several of the same type.
using TeeFunction = std::unique_ptr<SinkBase> (*)(std::vector<SinkBase*> sinks);

/// How an operation is added to the graph; all take ownership of what they are given.
plan::Node* append_source(Pipeline& pipeline, std::unique_ptr<plan::Source> source);
OutputIndex append_target(plan::Node* anywhere, std::unique_ptr<plan::Output> output);

struct NarrowTraits {
  const char* name;
  TeeFunction tee = nullptr;
  /// The operator must see a whole partition of the batch in one task.
  bool whole_partition = false;
  /// The operator calls TaskContext::count_held(): its stage runs while the batch can be given up.
  bool counts_memory = false;
};
plan::Node* append_narrow(plan::Node* parent, NarrowTraits traits, Operator* op);
/// Behind an exchange, so that a partition is always the same worker's.
plan::Node* append_stateful(plan::Node* parent, NarrowTraits traits, StatefulOperator* op);
/// `operation` is what the user called, for messages.
plan::Node* append_union(const std::vector<plan::Node*>& parents, TeeFunction tee,
                         const char* operation);
plan::Node* append_exchange(plan::Node* parent, const char* name, TeeFunction tee,
                            Exchange* exchange);
/// Says of an exchange that it brings the records of each key together, and returns it.
plan::Node* gathering_keys(plan::Node* exchange);
/// An exchange that keeps its records, and hands on those of a window.
plan::Node* append_window(plan::Node* parent, const char* name, Window window, TeeFunction tee,
                          Exchange* exchange);
/// Into how many partitions an operation divides a stream that it could leave as it is: as many as
/// it has, or 2 where its source decides.
std::int32_t partitions_of(const plan::Node* node);
/// An operator that ends its stage and has an effect.
void append_output(plan::Node* parent, NarrowTraits traits, Operator* op);
/// Says at start() that the pipeline cannot be run, and why.
void append_mistake(plan::Node* where, Error mistake);

/// Returns the partition, of `partitions`, that a key with these bytes belongs to: as Kafka's Java
/// client has it (murmur2).
std::int32_t key_partition(std::string_view key, std::int32_t partitions);

}  // namespace detail
}  // namespace weir
