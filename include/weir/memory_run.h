#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "weir/dstream.h"

namespace weir::detail {

/// Runs operations of streams over datasets: each dataset becomes a stream with its partitions, and
/// what is described of such streams runs at once, in the calling thread, as a batch would run it.
/// So an operation on a dataset is that on a stream. Owned by the operation it is made for, and
/// used once. What functions of the user's throw comes out of run(), and what makes no sense comes
/// out as a TaskError. The memory that it needs is not counted in the batch's.
class MemoryRun {
 public:
  explicit MemoryRun(std::shared_ptr<const BatchOrigin> origin) : origin_(std::move(origin)) {}

  template <class T>
  DStream<T> stream(const Dataset<T>& dataset) {
    std::vector<std::shared_ptr<const Block>> blocks;
    for (const DatasetPartition<T>& partition : dataset.partitions()) {
      blocks.push_back(std::make_shared<ChunkBlock>(Chunk{.records = partition.shared()}));
    }
    const auto partitions = static_cast<std::int32_t>(blocks.size());
    return DStream<T>(add(make_tee<T>, new UnpackExchange<T>(partitions), std::move(blocks)));
  }

  /// Returns what `stream`, made of those of this run, has.
  template <class T>
  Dataset<T> run(const DStream<T>& stream) {
    std::vector<DatasetPartition<T>> partitions;
    stream.for_each_batch([&partitions](const Dataset<T>& all) { partitions = all.partitions(); });
    run_pipeline();
    return Dataset<T>(std::move(partitions), origin_);
  }

 private:
  using Blocks = std::vector<std::shared_ptr<const Block>>;  // shared with no one in fact

  plan::Node* add(TeeFunction tee, Exchange* exchange, Blocks blocks);
  void run_pipeline();

  std::shared_ptr<const BatchOrigin> origin_;  // shared with the datasets
  Pipeline pipeline_;
  std::vector<Blocks> given_;  // by index of the exchange
};

}  // namespace weir::detail
