#include "weir/memory_run.h"

#include <algorithm>
#include <tuple>

#include "exec/chain.h"
#include "exec/task.h"
#include "plan/graph.h"
#include "weir/task_error.h"

namespace weir::detail {

namespace {

/// What waits before an exchange, for each exchange.
using Waiting = std::vector<std::vector<exec::Delivery>>;

/// One partition of one stage.
class MemoryTask final : public TaskContext {
 public:
  MemoryTask(const BatchOrigin& origin, PartitionId partition, Waiting& waiting)
      : origin_(origin), partition_(partition), waiting_(waiting) {
    record_time = WallTime{origin.time.micros / 1000};
  }
  BatchTime batch_time() const override { return origin_.time; }
  const std::vector<OffsetRange>& offset_ranges() const override { return origin_.ranges; }
  PartitionId partition() const override { return partition_; }
  RecordWriter& writer(OutputIndex) override {
    throw TaskError(Error(ErrorCode::kInternal, "an operation on a dataset writes to an output"));
  }
  void deliver(ExchangePort port, PartitionId target, std::unique_ptr<const Block> block) override {
    waiting_[static_cast<std::size_t>(port.exchange)].push_back(
        {port, target, partition_, 0, false, std::move(block)});
  }
  void count_held(std::size_t) override {}
  PartitionState& state(StateIndex) override {
    throw TaskError(Error(ErrorCode::kInternal, "an operation on a dataset keeps state"));
  }
  void count_skipped() override {}

 private:
  const BatchOrigin& origin_;
  PartitionId partition_;
  Waiting& waiting_;
};

/// Runs one stage: its partitions one after the other, each with what came to it in the order of
/// branches, as tasks delivered it.
void run_stage(const plan::Node& head, const BatchOrigin& origin, Waiting& waiting) {
  std::vector<exec::Delivery> input = std::move(waiting[head.index]);
  const auto place = [](const exec::Delivery& delivery) {
    return std::tuple(delivery.target, delivery.port.branch);
  };
  std::stable_sort(input.begin(), input.end(),
                   [&](const auto& a, const auto& b) { return place(a) < place(b); });
  auto next = input.begin();
  for (PartitionId partition; partition.value < head.exchange->partitions(); ++partition.value) {
    MemoryTask task(origin, partition, waiting);
    exec::Chain chain(head, task);
    for (; next != input.end() && next->target == partition; ++next) {
      head.exchange->replay(*next->block, *chain.entry());
    }
    chain.finish();
  }
}

}  // namespace

plan::Node* MemoryRun::add(TeeFunction tee, Exchange* exchange, Blocks blocks) {
  std::unique_ptr<Exchange> owned(exchange);
  plan::Node* node = pipeline_.graph().add_given("dataset", std::move(owned));
  node->tee = tee;
  given_.resize(node->index + 1);
  given_[node->index] = std::move(blocks);
  return node;
}

void MemoryRun::run_pipeline() {
  const plan::Graph& graph = pipeline_.graph();
  if (Result<void> valid = graph.validate(); !valid.ok()) {
    throw TaskError(std::move(valid).error());
  }
  Waiting waiting(graph.exchange_nodes().size());
  for (std::size_t index = 0; index < given_.size(); ++index) {
    std::int32_t target = 0;
    for (auto& block : given_[index]) {
      waiting[index].push_back(
          {{ExchangeIndex(index)}, PartitionId{target++}, {}, 0, false, block});
    }
  }
  for (const plan::Stage& stage : plan::cut(graph)) run_stage(*stage.head, *origin_, waiting);
}

}  // namespace weir::detail
