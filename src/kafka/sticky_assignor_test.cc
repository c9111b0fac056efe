#include "kafka/sticky_assignor.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <set>

#include "base/log.h"
#include "kafka/group_messages.h"
#include "wire/consumer_protocol.h"

namespace weir::kafka {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<TopicPartition> of_t(const std::vector<std::int32_t>& numbers) {
  std::vector<TopicPartition> partitions;
  for (const std::int32_t number : numbers) partitions.push_back({"t", {number}});
  return partitions;
}

/// A member that wants "t" and has some of it since a generation.
MemberSubscription has(std::string id, const std::vector<std::int32_t>& owned,
                       std::int32_t generation = 1) {
  return {std::move(id), std::nullopt, {"t"}, of_t(owned), generation};
}

/// Returns "a: t-0 t-1 | b: u-0".
std::string assigned(std::vector<MemberSubscription> members, const PartitionCounts& partitions) {
  std::string text;
  for (const auto& [id, mine] :
       assign_partitions(Assignor::kCooperativeSticky, std::move(members), partitions)) {
    text += concat(text.empty() ? "" : " | ", id, ":");
    for (const auto& partition : mine) text += concat(" ", partition);
  }
  return text;
}

TEST(StickyAssignor, IsCalledAsKafkaCallsIt) {
  EXPECT_EQ(protocol_name(Assignor::kCooperativeSticky), "cooperative-sticky");
}

TEST(StickyAssignor, DealsOutWhatNobodyHasOverAllTopics) {
  EXPECT_EQ(assigned({{"b", {}, {"t", "u"}}, {"a", {}, {"t", "u"}}}, {{"t", 3}, {"u", 1}}),
            "a: t-0 t-2 | b: t-1 u-0");
  EXPECT_EQ(assigned({{"a", {}, {"t"}}}, {}), "a:");
  EXPECT_EQ(assigned({{"a", {}, {"t"}}}, {{"t", 1}, {"u", 1}}), "a: t-0");
}

TEST(StickyAssignor, LeavesEverythingWhereItIs) {
  EXPECT_EQ(assigned({has("a", {1, 3}), has("b", {0, 2})}, {{"t", 4}}), "a: t-1 t-3 | b: t-0 t-2");
}

TEST(StickyAssignor, GivesWhatADeadMemberHadToTheOthers) {
  EXPECT_EQ(assigned({has("a", {1}), has("b", {0, 2})}, {{"t", 5}}), "a: t-1 t-3 t-4 | b: t-0 t-2");
}

TEST(StickyAssignor, GivesAPartitionThatMovesToNobodyAtFirst) {
  EXPECT_EQ(assigned({has("a", {0, 1, 2, 3}), has("b", {}, -1)}, {{"t", 4}}), "a: t-2 t-3 | b:");
  // The second round: a has given them up.
  EXPECT_EQ(assigned({has("a", {2, 3}, 2), has("b", {}, 2)}, {{"t", 4}}),
            "a: t-2 t-3 | b: t-0 t-1");
}

TEST(StickyAssignor, BelievesTheLaterOfTwoClaimsAndWaitsForTheOther) {
  // Nobody reads t-0 until the one who is behind has given it up too.
  EXPECT_EQ(assigned({has("a", {0, 1}, 5), has("b", {0, 2}, 4)}, {{"t", 4}}),
            "a: t-1 | b: t-2 t-3");
}

TEST(StickyAssignor, BelievesNobodyWhereTwoClaimTheSameInOneGeneration) {
  EXPECT_EQ(assigned({has("a", {0}), has("b", {0})}, {{"t", 2}}), "a: | b: t-1");
}

TEST(StickyAssignor, ForgetsPartitionsThatAreGoneOrNotWantedAnyMore) {
  EXPECT_EQ(assigned({has("a", {0, 7, -1})}, {{"t", 1}}), "a: t-0");
  const MemberSubscription changed{"a", {}, {"u"}, of_t({0}), 1};
  EXPECT_EQ(assigned({changed, has("b", {})}, {{"t", 1}, {"u", 1}}), "a: u-0 | b:");
}

TEST(StickyAssignor, MovesNoMoreThanItMust) {
  // Shares of 5, 3 and 1 become 3, 3 and 3 by two moves, both from the largest.
  EXPECT_EQ(assigned({has("a", {3, 4, 5, 6, 7}), has("b", {0, 1, 2}), has("c", {8})}, {{"t", 9}}),
            "a: t-5 t-6 t-7 | b: t-0 t-1 t-2 | c: t-8");
}

TEST(StickyAssignor, ServesMembersThatWantDifferentTopics) {
  EXPECT_EQ(assigned({{"a", {}, {"t"}}, {"b", {}, {"t", "u"}}}, {{"t", 2}, {"u", 2}}),
            "a: t-0 t-1 | b: u-0 u-1");
}

/// A group whose members come and go, and give up at once what they must.
class RandomStickyGroup : public testing::TestWithParam<std::uint32_t> {
 protected:
  std::size_t from(std::size_t least, std::size_t most) {
    return least + random_() % (most - least + 1);
  }
  void change() {
    if (members_.size() > 1 && from(0, 1) == 0) {
      members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(from(0, members_.size() - 1)));
    } else {
      members_.push_back({concat("m", ++last_), std::nullopt, {"t", "u"}, {}, -1});
    }
  }
  /// Returns how many partitions were given up for others.
  std::size_t play_round() {
    ++generation_;
    const auto assignment =
        assign_partitions(Assignor::kCooperativeSticky, members_, {{"t", 7}, {"u", 4}});
    std::set<TopicPartition> assigned;
    std::size_t given_up = 0;
    for (auto& member : members_) {
      const auto& mine = assignment.at(member.member_id);
      for (const auto& partition : mine) EXPECT_TRUE(assigned.insert(partition).second);
      given_up += static_cast<std::size_t>(
          std::count_if(member.owned.begin(), member.owned.end(), [&](const auto& partition) {
            return std::find(mine.begin(), mine.end(), partition) == mine.end();
          }));
      member.owned = mine;
      member.generation = generation_;
    }
    return given_up;
  }

  std::minstd_rand random_{GetParam()};
  std::int32_t generation_ = 0;
  int last_ = 0;
  std::vector<MemberSubscription> members_;
};

TEST_P(RandomStickyGroup, IsInBalanceAfterTwoRoundsAndThenStaysAsItIs) {
  for (int i = 0; i < 30; ++i) {
    change();
    play_round();
    play_round();
    std::size_t all = 0;
    std::size_t least = 11;
    std::size_t most = 0;
    for (const auto& member : members_) {
      all += member.owned.size();
      least = std::min(least, member.owned.size());
      most = std::max(most, member.owned.size());
    }
    EXPECT_EQ(all, 11u);
    EXPECT_LE(most - least, 1u);
    EXPECT_EQ(play_round(), 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomStickyGroup, testing::Range(1u, 21u));

/// What the leader reads of a member's subscription.
MemberSubscription read_back(const std::string& subscription) {
  wire::JoinGroupResponse answer;
  answer.members.push_back({"m", std::nullopt, {subscription}});
  return read_members(answer).value().at(0);
}

TEST(GroupMessages, TellWhatAForeignMemberHasAndSinceWhen) {
  wire::ConsumerProtocolSubscription told;
  told.topics = {"t"};
  told.owned_partitions = {{"t", {1, 2}}};
  told.generation_id = 4;
  const auto read = read_back(wire::with_version(told, 3));
  EXPECT_EQ(read.owned, of_t({1, 2}));
  EXPECT_EQ(read.generation, 4);
}

TEST(GroupMessages, ReadTheGenerationFromUserDataWhereThereIsNoOtherPlace) {
  wire::ConsumerProtocolSubscription told;
  const std::string user_data("\0\0\0\7", 4);
  told.user_data = wire::Bytes{user_data};
  EXPECT_EQ(read_back(wire::with_version(told, 1)).generation, 7);
  told.user_data = wire::Bytes{"no"};
  EXPECT_EQ(read_back(wire::with_version(told, 1)).generation, -1);
}

TEST(GroupMessages, TellWhatAMemberHasAndSinceWhen) {
  const std::vector<TopicPartition> owned = {{"s", {3}}, {"t", {1}}, {"t", {2}}};
  const auto read = read_back(encode_subscription(Assignor::kCooperativeSticky, {"t"}, owned, 7));
  EXPECT_EQ(read.owned, owned);
  EXPECT_EQ(read.generation, 7);
}

TEST(GroupMessages, CarryTheGenerationAsUserDataForTheStickyAssignorOnly) {
  const std::string sticky = encode_subscription(Assignor::kCooperativeSticky, {"t"}, {}, 7);
  const auto told = wire::read_subscription(sticky).value();
  ASSERT_TRUE(told.user_data);
  EXPECT_EQ(told.user_data->view, std::string_view("\0\0\0\7", 4));
  EXPECT_EQ(told.generation_id, 7);
  EXPECT_THAT(told.owned_partitions, IsEmpty());
  const std::string range = encode_subscription(Assignor::kRange, {"t"}, {}, 7);
  EXPECT_FALSE(wire::read_subscription(range).value().user_data);
}

}  // namespace
}  // namespace weir::kafka
