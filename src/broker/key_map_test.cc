#include "broker/key_map.h"

#include <gtest/gtest.h>

#include <string>

namespace weir::broker {
namespace {

TEST(KeyMap, KnowsWhatIsNewer) {
  KeyMap keys(1 << 20);
  keys.note("a", {5});
  keys.note("b", {6});
  keys.note("a", {9});
  EXPECT_TRUE(keys.has_newer("a", {5}));
  EXPECT_FALSE(keys.has_newer("a", {9}));
  EXPECT_TRUE(keys.has_newer("b", {0}));
  EXPECT_FALSE(keys.has_newer("c", {0}));
}

TEST(KeyMap, TellsTheEmptyKeyFromOthers) {
  KeyMap keys(1 << 20);
  keys.note("", {3});
  EXPECT_TRUE(keys.has_newer("", {2}));
  EXPECT_FALSE(keys.has_newer(std::string(1, '\0'), {2}));
}

TEST(KeyMap, IsFullByTheKeysAndNotByTheRecords) {
  KeyMap keys(10'000);
  for (int i = 0; i < 1000; ++i) keys.note("again", {i});
  EXPECT_FALSE(keys.full());
  for (int i = 0; i < 1000 && !keys.full(); ++i) keys.note("key" + std::to_string(i), {1000 + i});
  EXPECT_TRUE(keys.full());
  EXPECT_FALSE(keys.has_newer("key999", {0}));
  keys.note("one more", {3000});
  EXPECT_TRUE(keys.has_newer("one more", {0}));
}

}  // namespace
}  // namespace weir::broker
