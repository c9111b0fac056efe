#include "weir/batch_operators.h"

#include <gmock/gmock.h>

#include "plan/fake_task.h"
#include "weir/transform_operators.h"

namespace weir::detail {
namespace {

using testing::ElementsAre;

class Chunks final : public Sink<Chunk> {
 public:
  void push(Chunk&& chunk) override { batch.add(std::move(chunk)); }

  plan::FakeTask task;
  GatheredBatch batch{task};
};

void pack(Chunks& chunks, const std::string& topic, std::size_t stream, std::vector<int> records) {
  chunks.task.read = topic;
  PackSink<int> sink(stream, &chunks, chunks.task);
  for (int record : records) sink.push(std::move(record));
  sink.finish();
}

TEST(GatheredBatch, KeepsPartitionsOfSeveralTopicsApart) {
  Chunks chunks;
  pack(chunks, "a", 0, {1});
  pack(chunks, "a", 0, {2});
  pack(chunks, "b", 0, {});
  pack(chunks, "b", 0, {3});
  const Dataset<int> all = chunks.batch.dataset<int>();
  ASSERT_EQ(all.partitions().size(), 2u);
  EXPECT_THAT(all.partitions()[0], ElementsAre(1, 2));
  EXPECT_THAT(all.partitions()[1], ElementsAre(3));
  EXPECT_EQ(all.time(), BatchTime{7});
}

TEST(GatheredBatch, KeepsStreamsApart) {
  Chunks chunks;
  pack(chunks, "a", 0, {1});
  chunks.batch.add({.stream = 1, .branch = 1, .records = std::make_shared<std::vector<int>>(2, 9)});
  EXPECT_THAT(chunks.batch.dataset<int>(0), ElementsAre(1));
  EXPECT_THAT(chunks.batch.dataset<int>(1), ElementsAre(9, 9));
}

TEST(Spread, KeepsOrderAndUsesAllPartitions) {
  for (std::size_t from = 1; from < 20; ++from) {
    for (std::int32_t to = 1; to < 8; ++to) {
      EXPECT_EQ(spread(0, from, to), PartitionId{0});
      const auto last = std::min<std::int32_t>(static_cast<std::int32_t>(from), to) - 1;
      EXPECT_EQ(spread(from - 1, from, to), PartitionId{last});
      for (std::size_t at = 1; at < from; ++at) {
        const std::int32_t step = spread(at, from, to).value - spread(at - 1, from, to).value;
        EXPECT_TRUE(step == 0 || step == 1);
      }
    }
  }
}

}  // namespace
}  // namespace weir::detail
