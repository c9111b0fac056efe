#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/append.h"
#include "weir/dataset.h"
#include "weir/exchange_operators.h"

/// What brings a batch together for a function that wants all of it: records are packed into chunks
/// where they are, chunks go to one task, and that makes a Dataset of them without copying records.
namespace weir::detail {

/// Records of one partition, on their way into a Dataset.
struct Chunk {
  std::size_t stream = 0;    ///< which of the operation's streams
  std::uint32_t branch = 0;  ///< by which way they came: unions keep partitions apart
  PartitionId partition{};
  std::string topic{};                    ///< of the partition, empty behind an exchange
  std::shared_ptr<const void> records{};  ///< a std::vector of the stream's type; retries share it
  std::size_t bytes = 0;                  ///< of memory, about
};

class ChunkBlock final : public Block {
 public:
  explicit ChunkBlock(Chunk chunk) : chunk_(std::move(chunk)) {}
  std::size_t memory_bytes() const override { return chunk_.bytes; }
  const Chunk& chunk() const { return chunk_; }

 private:
  Chunk chunk_;
};

/// Packs the records of a task into chunks, at least one: an empty partition is one too. Hands a
/// chunk on whenever many bytes have gathered, so that the batch's memory counts them in time.
template <class T>
class PackSink final : public Sink<T> {
 public:
  PackSink(std::size_t stream, SinkBase* next, TaskContext& context)
      : stream_(stream), next_(typed<Chunk>(next)), context_(context) {}
  void push(T&& record) override {
    bytes_ += memory_of(record);
    records_.push_back(std::move(record));
    if (bytes_ >= kMostBytes) hand_on();
  }
  void finish() override {
    if (!handed_on_ || !records_.empty()) hand_on();
  }

 private:
  static constexpr std::size_t kMostBytes = 256 * 1024;

  void hand_on() {
    const std::size_t spare = records_.capacity() - records_.size();
    const std::size_t bytes = std::exchange(bytes_, 0) + spare * sizeof(T);
    handed_on_ = true;
    next_.push({stream_, 0, context_.partition(), std::string(context_.topic()),
                std::make_shared<const std::vector<T>>(std::exchange(records_, {})), bytes});
  }

  std::size_t stream_;
  Sink<Chunk>& next_;
  TaskContext& context_;
  std::vector<T> records_;
  std::size_t bytes_ = 0;
  bool handed_on_ = false;
};

/// Adds an operator that packs the records of `parent`, as those of the operation's stream
/// `stream`.
template <class T>
plan::Node* append_pack(plan::Node* parent, const char* name, std::size_t stream = 0) {
  static_assert(!kIsView<T>,
                "this operation keeps records beyond their task, but the record type is a view "
                "into fetched bytes: map() to an owning type first (for Avro: Tweet instead of "
                "TweetView)");
  return append_sink<Chunk, PackSink<T>>(parent, {.name = name}, stream);
}

/// Adds an exchange that brings all chunks into one partition, in the order of streams, branches
/// and partitions.
plan::Node* append_gather_chunks(plan::Node* parent, const char* name);

/// One batch of an operation's streams.
class GatheredBatch {
 public:
  explicit GatheredBatch(const TaskContext& context)
      : origin_(std::make_shared<BatchOrigin>(
            BatchOrigin{context.batch_time(), context.offset_ranges()})) {}
  void add(Chunk&& chunk) { chunks_.push_back(std::move(chunk)); }

  BatchTime time() const { return origin_->time; }
  /// What the stream `stream`, which is of T, has in the batch.
  template <class T>
  Dataset<T> dataset(std::size_t stream = 0) const {
    std::vector<DatasetPartition<T>> partitions;
    for (std::size_t begin = 0; begin < chunks_.size();) {
      const std::size_t end = end_of_partition(begin);
      if (chunks_[begin].stream == stream) partitions.push_back(partition<T>(begin, end));
      begin = end;
    }
    return Dataset<T>(std::move(partitions), origin_);
  }

 private:
  /// Returns where the chunks that are of one partition with chunk `begin` end.
  std::size_t end_of_partition(std::size_t begin) const;

  template <class T>
  DatasetPartition<T> partition(std::size_t begin, std::size_t end) const {
    std::vector<DatasetPartition<T>> parts;
    for (std::size_t i = begin; i < end; ++i) {
      parts.emplace_back(std::static_pointer_cast<const std::vector<T>>(chunks_[i].records));
    }
    return joined(std::span<const DatasetPartition<T>>(parts));
  }

  std::shared_ptr<const BatchOrigin> origin_;  // shared with the datasets
  std::vector<Chunk> chunks_;
};

/// Whether `F` takes the datasets, or the batch's time and the datasets.
template <class F, class... Datasets>
inline constexpr bool kTakesBatch =
    std::disjunction_v<std::is_invocable<F&, const Datasets&...>,
                       std::is_invocable<F&, BatchTime, const Datasets&...>>;

template <class F, class... Datasets>
decltype(auto) call_with_batch(F& function, BatchTime time, const Datasets&... datasets) {
  if constexpr (std::is_invocable_v<F&, const Datasets&...>) {
    return function(datasets...);
  } else {
    return function(time, datasets...);
  }
}

/// Calls the user's function with a batch of a stream of T.
template <class T, class F>
struct WithDataset {
  F function;
  auto operator()(const GatheredBatch& batch) {
    return call_with_batch(function, batch.time(), batch.dataset<T>());
  }
};

/// Calls `Call` once with all of the batch.
template <class Call>
class BatchSink final : public Sink<Chunk> {
 public:
  BatchSink(Call call, SinkBase*, TaskContext& context) : call_(std::move(call)), batch_(context) {}
  void push(Chunk&& chunk) override { batch_.add(std::move(chunk)); }
  void finish() override { call_(batch_); }

 private:
  Call call_;
  GatheredBatch batch_;
};

}  // namespace weir::detail
