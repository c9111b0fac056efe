#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/append.h"
#include "weir/batch_operators.h"
#include "weir/result.h"
#include "weir/task_error.h"

/// What makes a stream again of the dataset that a function has made of a batch.
namespace weir {

template <class T>
class DStream;

namespace detail {

/// What a function that makes a dataset may return, and how that becomes one.
template <class R>
struct DatasetFrom {
  static constexpr bool kIsDataset = false;
  using Element = void;
};
template <class U>
struct DatasetFrom<Dataset<U>> {
  static constexpr bool kIsDataset = true;
  using Element = U;
  static Dataset<U> take(Dataset<U>&& returned) { return std::move(returned); }
};
template <class U>
struct DatasetFrom<std::vector<U>> {
  static constexpr bool kIsDataset = true;
  using Element = U;
  static Dataset<U> take(std::vector<U>&& returned) {
    std::vector<std::vector<U>> one;
    one.push_back(std::move(returned));
    return Dataset<U>::of(std::move(one));
  }
};
template <class R>
struct DatasetFrom<Result<R>> : DatasetFrom<R> {
  static auto take(Result<R>&& returned) {
    if (!returned.ok()) throw TaskError(std::move(returned).error());
    return DatasetFrom<R>::take(std::move(returned).value());
  }
};

/// Returns where partition `at` of the `from` of a dataset goes, so that order is kept.
PartitionId spread(std::size_t at, std::size_t from, std::int32_t partitions);

/// Takes a dataset apart: its partitions go to those of the stream, and records come out. They are
/// shared with the dataset, not copied, until they are handed on.
template <class T>
class UnpackExchange final : public Exchange {
 public:
  explicit UnpackExchange(std::int32_t partitions) : partitions_(partitions) {}

  std::unique_ptr<SinkBase> open(ExchangePort port, TaskContext& context) const override {
    return std::unique_ptr<SinkBase>(new UnpackSink(port, partitions_, context));
  }
  void replay(const Block& block, SinkBase& into) const override {
    const Chunk& chunk = static_cast<const ChunkBlock&>(block).chunk();
    const auto& records = *static_cast<const std::vector<T>*>(chunk.records.get());
    typed<T>(&into).push_copies_of(records.data(), records.size());
  }
  std::int32_t partitions() const override { return partitions_; }

 private:
  class UnpackSink final : public Sink<Dataset<T>> {
   public:
    UnpackSink(ExchangePort port, std::int32_t partitions, TaskContext& context)
        : port_(port), partitions_(partitions), context_(context) {}
    void push(Dataset<T>&& dataset) override {
      const auto& from = dataset.partitions();
      for (std::size_t i = 0; i < from.size(); ++i) {
        if (!from[i].empty()) deliver(from[i], spread(i, from.size(), partitions_));
      }
    }

   private:
    void deliver(const DatasetPartition<T>& partition, PartitionId target) {
      Chunk chunk{.records = partition.shared()};
      for (const T& record : partition) chunk.bytes += memory_of(record);
      context_.deliver(port_, target, std::make_unique<ChunkBlock>(std::move(chunk)));
    }
    ExchangePort port_;
    std::int32_t partitions_;
    TaskContext& context_;
  };
  std::int32_t partitions_;
};

/// Calls `Call` once with all of the batch and hands the dataset on that it returns.
template <class Call, class U>
class TransformSink final : public Sink<Chunk> {
 public:
  TransformSink(Call call, SinkBase* next, TaskContext& context)
      : call_(std::move(call)), batch_(context), next_(typed<Dataset<U>>(next)) {}
  void push(Chunk&& chunk) override { batch_.add(std::move(chunk)); }
  void finish() override {
    using Returned = decltype(call_(std::as_const(batch_)));
    next_.push(DatasetFrom<Returned>::take(call_(std::as_const(batch_))));
  }

 private:
  Call call_;
  GatheredBatch batch_;
  Sink<Dataset<U>>& next_;
};

/// Calls the user's function with the batches of a stream of T and of one of U.
template <class T, class U, class F>
struct WithTwoDatasets {
  F function;
  auto operator()(const GatheredBatch& batch) {
    return call_with_batch(function, batch.time(), batch.dataset<T>(0), batch.dataset<U>(1));
  }
};

/// Calls the user's function with the batches of `streams` streams of T.
template <class T, class F>
struct WithDatasets {
  F function;
  std::size_t streams;
  auto operator()(const GatheredBatch& batch) {
    std::vector<Dataset<T>> datasets;
    for (std::size_t i = 0; i < streams; ++i) datasets.push_back(batch.dataset<T>(i));
    return call_with_batch(function, batch.time(), std::as_const(datasets));
  }
};

/// Adds what calls `call` once a batch with the packed records of `parent`; returns the stream of
/// what it returns.
template <class Call>
auto append_transform(plan::Node* parent, const char* name, Call call, std::int32_t partitions) {
  using Returned = decltype(call(std::declval<const GatheredBatch&>()));
  static_assert(DatasetFrom<Returned>::kIsDataset,
                "transform() and transform_with(): the function must return a weir::Dataset, a "
                "std::vector, or a weir::Result of one of them");
  using U = typename DatasetFrom<Returned>::Element;
  static_assert(!kIsView<U>,
                "transform() and transform_with(): the dataset that the function returns has views "
                "of records that do not outlive it: map() to an owning type first");
  plan::Node* made =
      append_narrow(append_gather_chunks(parent, "gather"),
                    {.name = name, .tee = make_tee<Dataset<U>>, .whole_partition = true},
                    new FunctionOperator<TransformSink<Call, U>, Call>(std::move(call)));
  return DStream<U>(append_exchange(made, name, make_tee<U>, new UnpackExchange<U>(partitions)));
}

}  // namespace detail
}  // namespace weir
