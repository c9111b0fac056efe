#include "kafka/assignor.h"

#include <gmock/gmock.h>

#include "base/log.h"

namespace weir::kafka {
namespace {

MemberSubscription member(std::string id, std::vector<std::string> topics) {
  return {std::move(id), std::nullopt, std::move(topics)};
}
MemberSubscription static_member(std::string id, std::string instance,
                                 std::vector<std::string> topics) {
  return {std::move(id), std::move(instance), std::move(topics)};
}

/// Returns "a: t-0 t-1 | b: u-0".
std::string print(const GroupAssignment& assignment) {
  std::string text;
  for (const auto& [id, partitions] : assignment) {
    text += concat(text.empty() ? "" : " | ", id, ":");
    for (const auto& partition : partitions) text += concat(" ", partition);
  }
  return text;
}

std::string range(std::vector<MemberSubscription> members, const PartitionCounts& partitions) {
  return print(assign_partitions(Assignor::kRange, std::move(members), partitions));
}
std::string round_robin(std::vector<MemberSubscription> members,
                        const PartitionCounts& partitions) {
  return print(assign_partitions(Assignor::kRoundRobin, std::move(members), partitions));
}

TEST(Assignor, GivesNothingOfATopicThatDoesNotExist) {
  EXPECT_EQ(range({member("a", {"t"})}, {}), "a:");
  EXPECT_EQ(round_robin({member("a", {"t"})}, {}), "a:");
}

TEST(Assignor, GivesOneMemberAllItWantsAndNothingElse) {
  EXPECT_EQ(range({member("a", {"t", "u"})}, {{"t", 1}, {"u", 2}, {"v", 3}}), "a: t-0 u-0 u-1");
  EXPECT_EQ(round_robin({member("a", {"t", "u"})}, {{"t", 1}, {"u", 2}, {"v", 3}}),
            "a: t-0 u-0 u-1");
}

TEST(Assignor, LeavesMembersIdleWhenPartitionsAreFew) {
  EXPECT_EQ(range({member("b", {"t"}), member("a", {"t"})}, {{"t", 1}}), "a: t-0 | b:");
  EXPECT_EQ(round_robin({member("b", {"t"}), member("a", {"t"})}, {{"t", 1}}), "a: t-0 | b:");
}

TEST(Assignor, RangeBeginsAgainWithEachTopic) {
  EXPECT_EQ(range({member("a", {"t", "u"}), member("b", {"t", "u"})}, {{"t", 3}, {"u", 3}}),
            "a: t-0 t-1 u-0 u-1 | b: t-2 u-2");
}

TEST(Assignor, RangeGivesTheFirstMembersTheLongerRuns) {
  EXPECT_EQ(range({member("a", {"t"}), member("b", {"t"}), member("c", {"t"})}, {{"t", 8}}),
            "a: t-0 t-1 t-2 | b: t-3 t-4 t-5 | c: t-6 t-7");
}

TEST(Assignor, RoundRobinGoesOnAcrossTopics) {
  EXPECT_EQ(round_robin({member("a", {"t", "u"}), member("b", {"t", "u"})}, {{"t", 3}, {"u", 3}}),
            "a: t-0 t-2 u-1 | b: t-1 u-0 u-2");
}

TEST(Assignor, HeedsWhatEachMemberWants) {
  const std::vector<MemberSubscription> members = {member("a", {"t"}), member("b", {"t", "u"}),
                                                   member("c", {"t"})};
  EXPECT_EQ(range(members, {{"t", 3}, {"u", 2}}), "a: t-0 | b: t-1 u-0 u-1 | c: t-2");
  EXPECT_EQ(round_robin(members, {{"t", 3}, {"u", 2}}), "a: t-0 | b: t-1 u-0 u-1 | c: t-2");
}

TEST(Assignor, RoundRobinSkipsTheMembersThatDoNotWantATopic) {
  EXPECT_EQ(round_robin({member("a", {"t"}), member("b", {"u"}), member("c", {"u"})},
                        {{"t", 2}, {"u", 3}}),
            "a: t-0 t-1 | b: u-0 u-2 | c: u-1");
}

TEST(Assignor, TakesStaticMembersByInstanceBeforeAllOthers) {
  const std::vector<MemberSubscription> members = {
      member("a", {"t"}), static_member("c", "one", {"t"}), static_member("b", "two", {"t"})};
  EXPECT_EQ(range(members, {{"t", 4}}), "a: t-3 | b: t-2 | c: t-0 t-1");
  EXPECT_EQ(round_robin(members, {{"t", 4}}), "a: t-2 | b: t-1 | c: t-0 t-3");
}

TEST(Assignor, HasTheNamesThatKafkaKnows) {
  EXPECT_EQ(protocol_name(Assignor::kRange), "range");
  EXPECT_EQ(protocol_name(Assignor::kRoundRobin), "roundrobin");
  EXPECT_EQ(protocol_name(Assignor::kCooperativeSticky), "cooperative-sticky");
  EXPECT_EQ(assignor_named("roundrobin"), Assignor::kRoundRobin);
  EXPECT_EQ(assignor_named("sticky"), std::nullopt);
}

TEST(Assignor, OffersTheCooperativeOneInAnyCase) {
  EXPECT_THAT(offered_assignors(Assignor::kRange),
              testing::ElementsAre(Assignor::kRange, Assignor::kCooperativeSticky));
  EXPECT_THAT(offered_assignors(Assignor::kCooperativeSticky),
              testing::ElementsAre(Assignor::kCooperativeSticky));
}

}  // namespace
}  // namespace weir::kafka
