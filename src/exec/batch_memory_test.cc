#include "exec/batch_memory.h"

#include <gtest/gtest.h>

namespace weir::exec {
namespace {

TEST(BatchMemory, HasOverrunOnceMoreThanTheLimitWasHeld) {
  BatchMemory memory(100);
  EXPECT_TRUE(memory.add(100));
  EXPECT_FALSE(memory.overran());
  EXPECT_FALSE(memory.add(1));
  memory.remove(101);
  EXPECT_TRUE(memory.overran());
}

TEST(BatchMemory, CountsWhatIsHeldAtOnce) {
  BatchMemory memory(100);
  EXPECT_TRUE(memory.add(60));
  memory.remove(60);
  EXPECT_TRUE(memory.add(70));
  EXPECT_EQ(memory.peak(), 70u);
  EXPECT_FALSE(memory.overran());
}

}  // namespace
}  // namespace weir::exec
