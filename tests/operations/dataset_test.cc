// What a Dataset is: the partitions of a batch, as for_each_batch() hands them over.

#include <memory>

#include "operations_fixture.h"

namespace weir {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// The records of each partition of each batch.
template <class T>
using Divided = std::vector<std::vector<std::vector<T>>>;

class DatasetTest : public OperationsTest {
 protected:
  /// Makes the partitions that a stream had known after run().
  template <class T>
  std::shared_ptr<Divided<T>> divided(const DStream<T>& stream) {
    auto all = std::make_shared<Divided<T>>();
    stream.for_each_batch([all](const Dataset<T>& batch) {
      auto& partitions = all->emplace_back();
      for (const auto& partition : batch.partitions()) partitions.push_back(partition.records());
    });
    return all;
  }
  DStream<int> numbers() { return input<int>({{1, 2, 3, 4}, {5}, {}}); }
};

TEST_F(DatasetTest, HasThePartitionsOfASourceThatHadRecords) {
  const auto all = divided(numbers());
  ASSERT_TRUE(run().ok());
  expect_batches(*all, {{{1, 2}, {3, 4}}, {{5}}, {}});
}

TEST_F(DatasetTest, HasAPartitionThatAFilterEmptied) {
  const auto all = divided(numbers().filter([](int x) { return x > 2; }));
  ASSERT_TRUE(run().ok());
  expect_batches(all->front(), {{}, {3, 4}});
}

TEST_F(DatasetTest, HasAllPartitionsBehindAnExchange) {
  const auto all = divided(numbers().repartition(3));
  ASSERT_TRUE(run().ok());
  EXPECT_THAT(*all, testing::Each(SizeIs(3)));
  expect_batches(all->at(2), {{}, {}, {}});
}

TEST_F(DatasetTest, KeepsThePartitionsOfAUnionsStreamsApart) {
  const auto all = divided(numbers().union_with(input<int>({{6, 7}})));
  ASSERT_TRUE(run().ok());
  expect_batches(all->front(), {{1, 2}, {3, 4}, {6}, {7}});
}

TEST_F(DatasetTest, JoinsTheChunksOfALargePartition) {
  const auto large = input<int>({{1, 2}}).flat_map([](int number) {
    return std::vector<std::string>(5, std::string(100'000, static_cast<char>('a' + number)));
  });
  const auto all = divided(large);
  ASSERT_TRUE(run().ok());
  ASSERT_THAT(all->front(), ElementsAre(SizeIs(5), SizeIs(5)));
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_THAT(all->front()[i], testing::Each(std::string(100'000, static_cast<char>('b' + i))));
  }
}

TEST_F(DatasetTest, NamesItsBatchAndInput) {
  std::vector<std::int64_t> times;
  std::vector<std::size_t> ranges;
  numbers().for_each_batch([&](BatchTime time, const Dataset<int>& batch) {
    EXPECT_EQ(time, batch.time());
    times.push_back(time.micros);
    ranges.push_back(batch.offset_ranges().size());
  });
  ASSERT_TRUE(run().ok());
  EXPECT_THAT(ranges, ElementsAre(2, 1, 0));
  ASSERT_THAT(times, SizeIs(3));
  EXPECT_EQ(times[2] - times[1], 1'000'000);
}

TEST_F(DatasetTest, MayBeKeptBeyondItsBatch) {
  std::vector<Dataset<int>> kept;
  numbers().for_each_batch([&](const Dataset<int>& batch) { kept.push_back(batch); });
  ASSERT_TRUE(run().ok());
  ASSERT_THAT(kept, SizeIs(3));
  EXPECT_THAT(kept[0], ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(kept[0].offset_ranges(), SizeIs(2));
}

TEST_F(DatasetTest, IsSharedByItsCopies) {
  const auto some = Dataset<int>::of({{1, 2}, {}, {3}});
  const Dataset<int> copy = some;
  EXPECT_EQ(&copy.partitions()[0][0], &some.partitions()[0][0]);
  EXPECT_THAT(copy, ElementsAre(1, 2, 3));
  EXPECT_EQ(copy.size(), 3u);
}

TEST_F(DatasetTest, IsGoneThroughPastEmptyPartitions) {
  EXPECT_THAT(Dataset<int>::of({{}, {}, {1}, {}, {2}, {}}), ElementsAre(1, 2));
  EXPECT_THAT(Dataset<int>::of({{}, {}}), IsEmpty());
  EXPECT_THAT(Dataset<int>(), IsEmpty());
  EXPECT_EQ(Dataset<int>().time(), BatchTime{});
  EXPECT_THAT(Dataset<int>::of({{1}, {2}}).records(), ElementsAre(1, 2));
}

TEST_F(DatasetTest, HoldsWhatCannotBeCopied) {
  std::vector<std::vector<std::unique_ptr<int>>> partitions(2);
  partitions[1].push_back(std::make_unique<int>(7));
  const auto some = Dataset<std::unique_ptr<int>>::of(std::move(partitions));
  for (const std::unique_ptr<int>& number : some) EXPECT_EQ(*number, 7);
  EXPECT_EQ(some.size(), 1u);
}

}  // namespace
}  // namespace weir
