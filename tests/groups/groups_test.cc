#include <gmock/gmock.h>

#include <random>

#include "group_town.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using kafka::Assignor;
using testing::ElementsAre;
using testing::IsEmpty;

kafka::MemberOptions options(Assignor assignor, std::vector<std::string> topics = {"tweets"}) {
  kafka::MemberOptions options;
  options.topics = std::move(topics);
  options.assignor = assignor;
  options.session_timeout = 10s;
  return options;
}

/// How many partitions members have when the shares are as equal as can be.
std::vector<std::size_t> equal_shares(std::size_t members, std::size_t partitions) {
  std::vector<std::size_t> shares(members, partitions / members);
  for (std::size_t i = 0; i < partitions % members; ++i) ++shares[members - 1 - i];
  return shares;
}

class Groups : public testing::TestWithParam<Assignor> {};

TEST_P(Groups, DivideTenPartitionsAmongOneToFourteenMembers) {
  GroupTown town(1, options(GetParam()), 10);
  for (std::size_t members = 1; members <= 14; ++members) {
    town.join();
    ASSERT_TRUE(town.settle(2min)) << members;
    EXPECT_EQ(town.shares(), equal_shares(members, 10));
  }
  EXPECT_THAT(town.wrongs(), IsEmpty());
}

TEST_P(Groups, GoBackToOneMember) {
  GroupTown town(2, options(GetParam()), 10);
  for (int i = 0; i < 14; ++i) town.join();
  ASSERT_TRUE(town.settle(2min));
  for (std::size_t left = 13; left > 0; --left) {
    town.leave(left);
    ASSERT_TRUE(town.settle(2min)) << left;
    EXPECT_EQ(town.shares(), equal_shares(left, 10));
  }
  EXPECT_THAT(town.wrongs(), IsEmpty());
}

TEST_P(Groups, KeepWhatWasCommittedBeforePartitionsWentToOthers) {
  GroupTown town(3, options(GetParam(), {"clicks", "tweets"}), 5);
  for (int i = 0; i < 4; ++i) {
    town.join();
    ASSERT_TRUE(town.settle(2min));
  }
  ASSERT_GE(town.acknowledged().size(), 5u);  // who cooperates keeps some for good
  kafka::LogPositions stored;
  for (const auto& [partition, offset] : town.committed()) stored[partition] = offset.position;
  EXPECT_EQ(stored, town.acknowledged());
  EXPECT_THAT(town.wrongs(), IsEmpty());
}

TEST_P(Groups, GiveTheDeadMembersPartitionsToOthers) {
  GroupTown town(4, options(GetParam()), 10);
  for (int i = 0; i < 3; ++i) town.join();
  ASSERT_TRUE(town.settle(2min));
  town.crash(0);
  ASSERT_TRUE(town.settle(2min));
  EXPECT_THAT(town.shares(), ElementsAre(5u, 5u));
  EXPECT_THAT(town.wrongs(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Assignors, Groups,
                         testing::Values(Assignor::kRange, Assignor::kRoundRobin,
                                         Assignor::kCooperativeSticky));

/// Members come, go and die at random moments, and connections break.
class RandomGroups : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RandomGroups, NeverGiveAPartitionToTwoAndSettle) {
  std::minstd_rand random(static_cast<std::minstd_rand::result_type>(GetParam()));
  GroupTown town(GetParam(), options(static_cast<Assignor>(GetParam() % 3)), 10);
  town.join();
  for (int i = 0; i < 40; ++i) {
    const auto present = town.residents();
    const std::size_t some = present[random() % present.size()];
    const auto what = random() % 10;
    if (what < 4 && present.size() < 14) town.join();
    if (what == 5 && present.size() > 1) town.leave(some);
    if (what == 6 && present.size() > 1) town.crash(some);
    if (what == 7) town.break_connections();
    town.run_for(std::chrono::milliseconds(random() % 8000));
  }
  EXPECT_TRUE(town.settle(5min));
  EXPECT_EQ(town.shares(), equal_shares(town.residents().size(), 10));
  EXPECT_THAT(town.wrongs(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomGroups, testing::Range(std::uint64_t{1}, std::uint64_t{21}));

}  // namespace
}  // namespace weir
