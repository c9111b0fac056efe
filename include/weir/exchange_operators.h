#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weir/memory_of.h"
#include "weir/narrow_operators.h"
#include "weir/pipeline.h"
#include "weir/state_entries.h"

/// What moves records between partitions: blocks, the exchanges that fill them, and the operators
/// around them.
namespace weir::detail {

template <class T>
class VectorBlock final : public Block {
 public:
  VectorBlock(std::vector<T> records, std::size_t bytes)
      : records_(std::move(records)), bytes_(bytes) {}
  std::size_t memory_bytes() const override { return bytes_; }
  const std::vector<T>& records() const { return records_; }

 private:
  std::vector<T> records_;
  std::size_t bytes_;
};

/// A block as bytes: each record's size and the record as its Codec writes it. Only of types that
/// have one; windows need it.
template <class T>
void store_block(const Block& block, std::string& into) {
  if constexpr (HasCodec<T>) {
    std::string record;
    for (const T& each : static_cast<const VectorBlock<T>&>(block).records()) {
      write_with_codec(each, record);
      append_entry(into, {.key = record});
    }
  }
}
template <class T>
std::unique_ptr<const Block> restore_block(std::string_view bytes) {
  if constexpr (HasCodec<T>) {
    std::vector<T> records;
    std::size_t memory = 0;
    while (!bytes.empty()) {
      const auto entry = take_entry(bytes);
      T record{};
      if (!entry || !Codec<T>::read(entry->key, record)) return nullptr;
      memory += memory_of(record);
      records.push_back(std::move(record));
    }
    return std::make_unique<VectorBlock<T>>(std::move(records), memory);
  } else {
    static_cast<void>(bytes);
    return nullptr;
  }
}

/// Gathers records for each target partition and delivers them as blocks: early whenever many bytes
/// have gathered, so that the batch's memory counts them in time, and the rest at finish().
template <class T>
class BlockBuilder {
 public:
  BlockBuilder(ExchangePort port, std::int32_t partitions, TaskContext& context)
      : port_(port), context_(context), open_(static_cast<std::size_t>(partitions)) {}

  void add(std::int32_t target, T&& record) {
    const std::size_t bytes = memory_of(record);
    OpenBlock& block = open_[static_cast<std::size_t>(target)];
    block.bytes += bytes;
    block.records.push_back(std::move(record));
    bytes_ += bytes;
    if (bytes_ >= kMostOpen && bytes_ >= kLeastBlock * open_.size()) deliver_all();
  }
  void finish() { deliver_all(); }

 private:
  void deliver_all() {
    bytes_ = 0;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      if (!open_[i].records.empty()) deliver(static_cast<std::int32_t>(i));
    }
  }

  static constexpr std::size_t kMostOpen = 256 * 1024;
  static constexpr std::size_t kLeastBlock = 4 * 1024;  // on average, so that blocks are worth it
  struct OpenBlock {
    std::vector<T> records;
    std::size_t bytes = 0;
  };
  void deliver(std::int32_t target) {
    OpenBlock block = std::exchange(open_[static_cast<std::size_t>(target)], {});
    block.bytes += (block.records.capacity() - block.records.size()) * sizeof(T);
    context_.deliver(port_, PartitionId{target},
                     std::make_unique<VectorBlock<T>>(std::move(block.records), block.bytes));
  }
  ExchangePort port_;
  TaskContext& context_;
  std::vector<OpenBlock> open_;
  std::size_t bytes_ = 0;  // of all open blocks
};

/// An Exchange of T. `Target` says where a record goes; each task has its own copy of it.
template <class T, class Target>
class BlockExchange final : public Exchange {
 public:
  BlockExchange(std::int32_t partitions, Target target)
      : partitions_(partitions), target_(std::move(target)) {}

  std::unique_ptr<SinkBase> open(ExchangePort port, TaskContext& context) const override {
    return std::unique_ptr<SinkBase>(new ExchangeSink(port, *this, context));
  }
  void replay(const Block& block, SinkBase& into) const override {
    const std::vector<T>& records = static_cast<const VectorBlock<T>&>(block).records();
    typed<T>(&into).push_copies_of(records.data(), records.size());
  }
  void store(const Block& block, std::string& into) const override { store_block<T>(block, into); }
  std::unique_ptr<const Block> restore(std::string_view bytes) const override {
    return restore_block<T>(bytes);
  }
  std::int32_t partitions() const override { return partitions_; }

 private:
  class ExchangeSink final : public Sink<T> {
   public:
    ExchangeSink(ExchangePort port, const BlockExchange& shape, TaskContext& context)
        : target_(shape.target_), blocks_(port, shape.partitions_, context) {
      target_.begin(context.partition(), shape.partitions_);
    }
    void push(T&& record) override {
      const std::int32_t target = target_(record);
      blocks_.add(target, std::move(record));
    }
    void finish() override { blocks_.finish(); }

   private:
    Target target_;
    BlockBuilder<T> blocks_;
  };
  std::int32_t partitions_;
  Target target_;
};

/// Deals records out in turn, beginning at the task's own partition.
struct RoundRobinTarget {
  void begin(PartitionId partition, std::int32_t partitions) {
    next_ = partition.value % partitions;
    partitions_ = partitions;
  }
  template <class T>
  std::int32_t operator()(const T&) {
    const std::int32_t target = next_;
    next_ = next_ + 1 == partitions_ ? 0 : next_ + 1;
    return target;
  }

 private:
  std::int32_t next_ = 0;
  std::int32_t partitions_ = 1;
};

/// Keeps the first records of a task, for print().
template <class T>
struct TakeSink final : public Sink<T> {
 public:
  TakeSink(std::size_t limit, SinkBase* next, TaskContext&) : left_(limit), next_(typed<T>(next)) {}
  void push(T&& record) override {
    if (left_ == 0) return;
    --left_;
    next_.push(std::move(record));
  }

 private:
  std::size_t left_;
  Sink<T>& next_;
};

}  // namespace weir::detail
