#include "kafka/partitioner.h"

#include <gmock/gmock.h>

namespace weir::kafka {
namespace {

TEST(Partitioner, PutsAKeyWhereTheJavaClientDoes) {
  const Partitioner partitioner(10);
  EXPECT_EQ(partitioner.partition("21").value, (-973932308 & 0x7fffffff) % 10);
  EXPECT_EQ(partitioner.partition("foobar").value, (-790332482 & 0x7fffffff) % 10);
}

TEST(Partitioner, FillsOnePartitionWithRecordsWithoutKeyUntilItTurns) {
  Partitioner partitioner(3, 5);
  EXPECT_EQ(partitioner.partition(std::nullopt), PartitionId{2});
  EXPECT_EQ(partitioner.partition(std::nullopt), PartitionId{2});
  partitioner.turn();
  EXPECT_EQ(partitioner.partition(std::nullopt), PartitionId{0});
}

}  // namespace
}  // namespace weir::kafka
