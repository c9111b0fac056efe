#include "base/nearest_name.h"

#include <gmock/gmock.h>

#include <array>

namespace weir {
namespace {

constexpr std::array<std::string_view, 4> kKnown = {"int", "long", "string", "--rate-limit"};

TEST(NearestName, FindsAMisspelledName) {
  EXPECT_EQ(nearest_name("strin", kKnown), "string");
  EXPECT_EQ(nearest_name("lnog", kKnown), "long");
  EXPECT_EQ(nearest_name("--ratelimit", kKnown), "--rate-limit");
  EXPECT_EQ(nearest_name("Long", kKnown), "long");
}

TEST(NearestName, FindsNothingWhereNoneIsNear) {
  EXPECT_EQ(nearest_name("timestamp", kKnown), "");
  EXPECT_EQ(nearest_name("", kKnown), "");
  EXPECT_EQ(nearest_name(std::string(100000, 'x'), kKnown), "");
}

TEST(DidYouMean, IsTheEndOfASentence) {
  EXPECT_EQ(did_you_mean("strin", kKnown), "; did you mean \"string\"?");
  EXPECT_EQ(did_you_mean("timestamp", kKnown), "");
}

}  // namespace
}  // namespace weir
