#include "weir/batch_operators.h"

#include "weir/transform_operators.h"

namespace weir::detail {

namespace {

/// Brings chunks into one partition.
class GatherExchange final : public Exchange {
 public:
  std::unique_ptr<SinkBase> open(ExchangePort port, TaskContext& context) const override {
    return std::make_unique<GatherSink>(port, context);
  }
  void replay(const Block& block, SinkBase& into) const override {
    typed<Chunk>(&into).push(Chunk(static_cast<const ChunkBlock&>(block).chunk()));
  }
  std::int32_t partitions() const override { return 1; }

 private:
  class GatherSink final : public Sink<Chunk> {
   public:
    GatherSink(ExchangePort port, TaskContext& context) : port_(port), context_(context) {}
    void push(Chunk&& chunk) override {
      chunk.branch = port_.branch;
      context_.deliver(port_, PartitionId{0}, std::make_unique<ChunkBlock>(std::move(chunk)));
    }

   private:
    ExchangePort port_;
    TaskContext& context_;
  };
};

}  // namespace

plan::Node* append_gather_chunks(plan::Node* parent, const char* name) {
  return append_exchange(parent, name, make_tee<Chunk>, new GatherExchange);
}

std::size_t GatheredBatch::end_of_partition(std::size_t begin) const {
  const Chunk& first = chunks_[begin];
  std::size_t end = begin + 1;
  while (end < chunks_.size() && chunks_[end].branch == first.branch &&
         chunks_[end].partition == first.partition && chunks_[end].topic == first.topic) {
    ++end;
  }
  return end;
}

PartitionId spread(std::size_t at, std::size_t from, std::int32_t partitions) {
  const auto to = static_cast<std::size_t>(partitions);
  return PartitionId{static_cast<std::int32_t>(from <= to ? at : at * to / from)};
}

}  // namespace weir::detail
