#include "wire/crc32c.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace weir::wire {
namespace {

// The check value of the CRC's definition and the examples of RFC 3720, B.4.
TEST(Crc32c, MatchesPublishedValues) {
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
}

TEST(Crc32c, IsTheSameInEveryWayForEverySizeAndAlignment) {
  std::string bytes(40000, '\0');
  std::mt19937 random(1);
  for (char& byte : bytes) byte = static_cast<char>(random());
  for (std::size_t size = 0; size < bytes.size(); size = size < 2000 ? size + 1 : size * 9 / 8) {
    const std::string_view part(bytes.data() + size % 8, std::min(size, bytes.size() - 8));
    const std::uint32_t by_tables = detail::crc32c_by_tables(part);
    EXPECT_EQ(crc32c(part), by_tables) << size;
    EXPECT_EQ(detail::crc32c_by_instruction(part).value_or(by_tables), by_tables) << size;
  }
}

}  // namespace
}  // namespace weir::wire
