#include "wire/murmur2.h"

#include <gmock/gmock.h>

namespace weir::wire {
namespace {

// The expected values are those of Kafka's own UtilsTest.
TEST(Murmur2, HashesAsKafkasJavaClient) {
  EXPECT_EQ(murmur2("21"), -973932308);
  EXPECT_EQ(murmur2("foobar"), -790332482);
  EXPECT_EQ(murmur2("a-little-bit-long-string"), -985981536);
  EXPECT_EQ(murmur2("a-little-bit-longer-string"), -1486304829);
  EXPECT_EQ(murmur2("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"), -58897971);
  EXPECT_EQ(murmur2("abc"), 479470107);
}

TEST(Murmur2, PartitionsAreNeverNegative) {
  EXPECT_EQ(key_partition("21", 7), (-973932308 & 0x7fffffff) % 7);
}

}  // namespace
}  // namespace weir::wire
