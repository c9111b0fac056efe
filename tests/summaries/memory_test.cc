// What operations by key count of summaries: what they hold, however often they are merged.

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "weir/combine_operators.h"
#include "weir/summaries.h"

namespace weir::detail {
namespace {

/// A task that counts, and takes pairs.
template <class C>
class CountingTask : public TaskContext, public Sink<std::pair<std::string, C>> {
 public:
  BatchTime batch_time() const override { return {}; }
  const std::vector<OffsetRange>& offset_ranges() const override { return ranges_; }
  PartitionId partition() const override { return {}; }
  RecordWriter& writer(OutputIndex) override { std::abort(); }
  void deliver(ExchangePort, PartitionId, std::unique_ptr<const Block>) override {}
  void count_held(std::size_t bytes) override { held += bytes; }
  PartitionState& state(StateIndex) override { std::abort(); }
  void count_skipped() override {}
  void push(std::pair<std::string, C>&& pair) override { pairs.push_back(std::move(pair)); }

  std::size_t held = 0;
  std::vector<std::pair<std::string, C>> pairs;

 private:
  std::vector<OffsetRange> ranges_;
};

template <class S, Combine kCombine>
using MergingSink = CombineSink<std::string, S, S, Combining<AsItIs, MergeSummaries>, kCombine>;

TEST(MemoryOfSummaries, DoesNotGrowWithWhatIsMerged) {
  CountingTask<HyperLogLog> task;
  MergingSink<HyperLogLog, Combine::kAll> sink({}, &task, task);
  for (int i = 0; i < 500; ++i) sink.push({"key", HyperLogLog()});
  EXPECT_EQ(task.held, 0);  // below the step in which it is counted
  for (int i = 0; i < 50; ++i) sink.push({std::to_string(i), HyperLogLog()});
  EXPECT_GE(task.held, 3 * 64 * 1024);
  EXPECT_LE(task.held, 51 * (4096 + 200));
}

TEST(MemoryOfSummaries, GrowsWithTheItemsTheyHold) {
  CountingTask<TopK<std::string>> task;
  MergingSink<TopK<std::string>, Combine::kAll> sink({}, &task, task);
  for (int i = 0; i < 200; ++i) {
    TopK<std::string> top;
    top.add(std::to_string(i) + std::string(1000, 'x'));
    sink.push({"key", std::move(top)});
  }
  EXPECT_GE(task.held, 128 * 1024);
  EXPECT_LE(task.held, 200 * 1200 + 20'000);
}

TEST(MemoryOfSummaries, LetsManyMergeBeforeTheyMove) {
  CountingTask<HyperLogLog> task;
  MergingSink<HyperLogLog, Combine::kSome> sink({}, &task, task);
  for (int i = 0; i < 500; ++i) sink.push({"key", HyperLogLog()});
  sink.finish();
  EXPECT_EQ(task.pairs.size(), 1);
}

}  // namespace
}  // namespace weir::detail
