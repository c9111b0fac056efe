#include "weir/summaries/hash.h"

#include <gtest/gtest.h>

#include <bit>
#include <string>

namespace weir::detail {
namespace {

TEST(SummaryHash, StaysAsItIsBecauseSummariesAreStored) {
  EXPECT_EQ(hash_bytes("", 0), 0x33fe8bd4f9c57863);
  EXPECT_EQ(hash_bytes("a", 0), 0x2929cdb05be80bfc);
  EXPECT_EQ(hash_bytes("a", 1), 0xc6258299121c8fc6);
  EXPECT_EQ(hash_bytes("a text of 24 bytes, yes.", 0), 0x55b7eb9b51f30e31);
  EXPECT_EQ(hash_bytes("13 bytes here", 7), 0x535177036758f44e);
}

TEST(SummaryHash, IsOfTheBytesOfTheCodec) {
  EXPECT_EQ(hash_of(std::string("a"), 0), hash_bytes("a", 0));
  EXPECT_EQ(hash_of("a", 0), hash_bytes("a", 0));
  EXPECT_EQ(hash_of(0x01020304, 0), hash_bytes("\1\2\3\4", 0));
  EXPECT_EQ(hash_of(std::pair(std::string(100, 'x'), true), 5),
            hash_bytes("\x64" + std::string(100, 'x') + "\1", 5));
}

TEST(SummaryHash, TellsZerosAtTheEndApart) {
  EXPECT_NE(hash_bytes(std::string(3, '\0'), 0), hash_bytes(std::string(4, '\0'), 0));
  EXPECT_NE(hash_bytes(std::string(8, '\0'), 0), hash_bytes(std::string(16, '\0'), 0));
}

TEST(SummaryHash, ChangesHalfOfItsBitsWithAnyBit) {
  for (const std::size_t size : {1, 8, 11, 24}) {
    const std::string bytes(size, 'x');
    for (std::size_t bit = 0; bit < size * 8; ++bit) {
      std::uint64_t changed = 0;
      for (std::uint64_t seed = 0; seed < 50; ++seed) {
        std::string other = bytes;
        other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
        changed += static_cast<std::uint64_t>(
            std::popcount(hash_bytes(bytes, seed) ^ hash_bytes(other, seed)));
      }
      EXPECT_NEAR(static_cast<double>(changed) / 50, 32, 3.5);  // six standard deviations
    }
  }
}

}  // namespace
}  // namespace weir::detail
