#include "stream/instance_claim.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

namespace weir::stream {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

class InstanceClaimTest : public testing::Test {
 protected:
  InstanceClaimTest() { std::filesystem::create_directories(folder); }
  ~InstanceClaimTest() override { std::filesystem::remove_all(folder); }

  InstanceClaim take(const std::string& app = "app") const {
    auto claim = InstanceClaim::take(app, folder);
    EXPECT_TRUE(claim.ok());
    return std::move(claim).value();
  }

  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) /
      (std::string("claims-") + testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(InstanceClaimTest, EachProcessHasTheLowestNumberThatIsFree) {
  std::optional first = take();
  const InstanceClaim second = take();
  EXPECT_THAT(first->name(), EndsWith("-0"));
  EXPECT_THAT(second.name(), EndsWith("-1"));
  first.reset();
  EXPECT_THAT(take().name(), EndsWith("-0"));
}

TEST_F(InstanceClaimTest, ApplicationsDoNotShareNumbers) {
  const InstanceClaim first = take("a");
  EXPECT_THAT(take("b/../c").name(), EndsWith("-0"));
}

TEST_F(InstanceClaimTest, AClaimMoves) {
  InstanceClaim claim = take();
  const InstanceClaim moved = std::move(claim);
  EXPECT_THAT(take().name(), EndsWith("-1"));
  EXPECT_THAT(moved.name(), EndsWith("-0"));
}

TEST_F(InstanceClaimTest, SaysWhatToDoWhereThereIsNoPlaceForFiles) {
  const auto claim = InstanceClaim::take("app", folder / "missing");
  ASSERT_FALSE(claim.ok());
  EXPECT_THAT(claim.error().message(), HasSubstr("set .instance"));
}

}  // namespace
}  // namespace weir::stream
