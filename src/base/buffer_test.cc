#include "base/buffer.h"

#include <gmock/gmock.h>

namespace weir {
namespace {

TEST(BufferPool, ReusesMemoryThatCameBack) {
  BufferPool pool(1 << 20);
  Buffer first = pool.take(10000);
  const char* memory = first.data();
  first = Buffer();
  EXPECT_EQ(pool.take(10000).data(), memory);
}

TEST(BufferPool, GivesNoMoreRoomThanAskedForWhenItReusesALargerBlock) {
  BufferPool pool(1 << 20);
  Buffer large = pool.take(30000);
  const char* memory = large.data();
  large = Buffer();
  const Buffer small = pool.take(10000);
  EXPECT_EQ(small.data(), memory);
  EXPECT_LE(small.capacity(), 10000u + 4096);
}

TEST(BufferPool, KeepsTheBytesWhileAnyReferenceLives) {
  BufferPool pool(1 << 20);
  Buffer first = pool.take(10000);
  Buffer second = first;
  first = Buffer();
  EXPECT_NE(pool.take(10000).data(), second.data());
}

TEST(BufferPool, KeepsNoMoreIdleBytesThanItsLimit) {
  BufferPool pool(0);
  pool.take(10000);
  EXPECT_GE(pool.take(10000).capacity(), 10000u);
}

}  // namespace
}  // namespace weir
