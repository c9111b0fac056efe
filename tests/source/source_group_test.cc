// The Kafka source as members of a consumer group: who reads what, from where, and what becomes of
// it when others come, go and die.

#include <gmock/gmock.h>

#include "base/log.h"
#include "group_fixture.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using kafka::Assignor;
using kafka::Start;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// What holds whatever the group divides by.
struct GroupTest : GroupFixture, testing::WithParamInterface<Assignor> {
  GroupTest() { assignor = GetParam(); }
};

INSTANTIATE_TEST_SUITE_P(Assignors, GroupTest,
                         testing::Values(Assignor::kRange, Assignor::kCooperativeSticky));

TEST_P(GroupTest, TwoInputsReadEachPartitionOnce) {
  write_all("a");
  SourceJob& job = start("job", 2);
  ASSERT_TRUE(run_until_read({&job}));
  write_all("b");
  ASSERT_TRUE(run_until_read({&job}));
  for (const auto& [partition, values] : job.read) EXPECT_THAT(values, ElementsAre("0:a", "1:b"));
  EXPECT_THAT(job.failures, IsEmpty());
}

TEST_P(GroupTest, ARestartGoesOnAtCommittedOffsets) {
  write_all("a");
  SourceJob& first = start("first", 2);
  ASSERT_TRUE(run_until_read({&first}));
  town.run_for(1s);
  close(first);
  write_all("b");
  SourceJob& second = start("second");
  ASSERT_TRUE(run_until_read({&first, &second}));
  town.run_for(1s);
  for (const auto& [partition, values] : second.read) EXPECT_THAT(values, ElementsAre("1:b"));
}

TEST_P(GroupTest, CommittedOffsetsCanBeIgnoredAtTheStartOnly) {
  write_all("a");
  SourceJob& first = start("first");
  ASSERT_TRUE(run_until_read({&first}));
  town.run_for(1s);
  close(first);
  kafka::StreamOptions options = this->options();
  options.start = Start::earliest().ignoring_committed();
  SourceJob& second = town.start(options, {.name = "second"});
  ASSERT_TRUE(town.run_until([&] { return second.records() == written; }));
  town.run_for(1s);
  SourceJob& third = start("third");
  ASSERT_TRUE(town.run_until([&] { return third.opened.has_value(); }));
  town.run_for(10s);
  close(third);
  town.run_for(10s);
  EXPECT_EQ(second.records(), written);
}

TEST_P(GroupTest, FinishesAndCommitsWhatIsUnderWayBeforePartitionsGo) {
  write_all("a");
  SourceJob& first = start("first");
  ASSERT_TRUE(run_until_read({&first}));
  town.run_for(1s);
  first.hold(true);
  write_all("b");
  town.run_for(1s);
  first.hold_commits(true);
  first.hold(false);
  ASSERT_TRUE(run_until_read({&first}));
  SourceJob& second = start("second");
  town.run_for(20s);
  EXPECT_EQ(second.records(), 0u);
  first.hold_commits(false);
  ASSERT_TRUE(run_until_read({&first, &second}));
  write_all("c");
  ASSERT_TRUE(run_until_read({&first, &second}));
  EXPECT_EQ(first.records() + second.records(), written);
  EXPECT_GT(second.records(), 0u);
}

// One input's commit is slow; that of another, of a later batch, ends before it.
TEST_P(GroupTest, GivesUpWhatIsCommittedWhateverTheOrderInWhichCommitsEnd) {
  SourceJob& first = start("first", 2);
  town.run_for(10s);
  first.hold(true);
  write_all("a");
  town.run_for(1s);
  const std::vector<plan::Slice> all = first.read_ahead();
  ASSERT_THAT(all, SizeIs(4));
  town.inject("OffsetCommit delay 3000");
  std::vector<std::string> ended;
  first.run_batch(all, [&] { ended.emplace_back("all"); });
  town.run_for(100ms);
  write_all("b");
  town.run_for(100ms);
  for (const plan::Slice& slice : first.read_ahead()) {
    first.run_batch({slice}, [&] { ended.emplace_back("one"); });
    town.run_for(100ms);
  }
  town.run_for(10s);
  ASSERT_THAT(ended, ElementsAre("one", "one", "all", "one", "one"));
  first.hold(false);
  SourceJob& second = start("second", 2);
  town.run_for(20s);
  write_all("c");
  ASSERT_TRUE(run_until_read({&first, &second}, 1s));
  EXPECT_EQ(first.records() + second.records(), written);
  EXPECT_EQ(second.records(), 2u);
  EXPECT_THAT(first.warnings, IsEmpty());
}

TEST_P(GroupTest, ADeadProcessLosesNothing) {
  write_all("a");
  SourceJob& first = start("first");
  SourceJob& second = start("second", 2);
  ASSERT_TRUE(run_until_read({&first, &second}));
  write_all("b");
  first.die();
  write_all("c");
  EXPECT_TRUE(run_until_read({&first, &second}));
}

TEST_P(GroupTest, ALostMemberJoinsAgainAndWarns) {
  write_all("a");
  SourceJob& first = start("first");
  ASSERT_TRUE(run_until_read({&first}));
  town.run_for(1s);
  first.hold(true);
  write_all("b");
  town.network.set_silent("first", true);
  SourceJob& second = start("second");
  ASSERT_TRUE(run_until_read({&second, &first}, 30s));
  write_all("c");
  ASSERT_TRUE(run_until_read({&second, &first}, 30s));
  EXPECT_THAT(second.read["t-0"], ElementsAre("1:b", "2:c"));
  town.network.set_silent("first", false);
  town.run_for(30s);
  first.hold(false);
  town.run_for(30s);
  EXPECT_THAT(first.warnings, Contains(HasSubstr("input 0 lost its partitions")));
  write_all("d");
  EXPECT_TRUE(run_until_read({&first, &second}));
  EXPECT_THAT(first.commit_errors, IsEmpty());
  EXPECT_THAT(first.failures, IsEmpty());
}

TEST_P(GroupTest, DoesNotCommitWhatItHasLostAsAMemberOfALaterGeneration) {
  write_all("a");
  SourceJob& first = start("first");
  town.run_until([&] { return first.batch_under_way(); });
  first.hold(true);
  town.network.set_silent("first", true);
  SourceJob& second = start("second");
  ASSERT_TRUE(run_until_read({&second}, 60s));
  write_all("b");
  ASSERT_TRUE(run_until_read({&second}, 60s));
  town.network.set_silent("first", false);
  town.run_for(30s);
  first.hold(false);
  town.run_for(10s);
  close(first);
  close(second);
  SourceJob& third = start("third");
  town.run_for(10s);
  EXPECT_EQ(third.records(), 0u);
}

TEST_P(GroupTest, AllProcessesStopAtTheEndWhoeverReadsIt) {
  write_all("a");
  SourceJob& first = town.start(options({"t", "u"}), {.name = "first", .stop_at_end = true});
  SourceJob& second = town.start(options({"t", "u"}), {.name = "second", .stop_at_end = true});
  ASSERT_TRUE(town.run_until([&] { return first.opened && second.opened; }));
  town.write("u", 0, {"late"});
  ASSERT_TRUE(
      town.run_until([&] { return first.source().finished() && second.source().finished(); }));
  EXPECT_EQ(distinct({&first, &second}), written);
}

TEST_P(GroupTest, StopsAtOnceWhereAllIsCommitted) {
  write_all("a");
  SourceJob& first = town.start(options(), {.name = "first", .stop_at_end = true});
  ASSERT_TRUE(town.run_until([&] { return first.source().finished(); }));
  town.run_for(1s);
  close(first);
  SourceJob& second = town.start(options(), {.name = "second", .stop_at_end = true});
  EXPECT_TRUE(town.run_until([&] { return second.source().finished(); }));
  EXPECT_EQ(second.records(), 0u);
}

TEST_P(GroupTest, GoesOnByItsStartPolicyWhereCommittedOffsetsAreGone) {
  town.create_short_lived("s", 1);
  town.write("s", 0, {"a", "b"});
  SourceJob& first = town.start(options({"s"}), {.name = "first"});
  ASSERT_TRUE(town.run_until([&] { return first.records() == 2; }));
  town.run_for(1s);
  close(first);
  town.write("s", 0, {"lost", "too"});
  town.expire("s", 0);
  SourceJob& second = town.start(options({"s"}), {.name = "second"});
  ASSERT_TRUE(town.run_until([&] { return second.records() == 1; }));
  EXPECT_THAT(second.warnings, ElementsAre(AllOf(HasSubstr("offset 2 of s-0"), HasSubstr("at 4"),
                                                 HasSubstr("2 records are lost"))));
}

/// How a commit may say, before any heartbeat, that the group has moved on.
struct RefusedCommit : GroupFixture, testing::WithParamInterface<const char*> {};

TEST_P(RefusedCommit, MakesTheMemberJoinAgainAndReadWhatWasNotCommitted) {
  SourceJob& job = start("job");
  write_all("a");
  ASSERT_TRUE(run_until_read({&job}));
  town.run_for(1s);
  const std::size_t before = job.records();
  town.inject(concat("OffsetCommit error ", GetParam()));
  town.write("t", 0, {"b"});
  ++written;
  ASSERT_TRUE(town.run_until([&] { return job.records() == before + 2; }));
  EXPECT_THAT(job.read["t-0"], ElementsAre("0:a", "1:b", "1:b"));
  town.run_for(1s);
  close(job);
  EXPECT_THAT(job.failures, IsEmpty());
  SourceJob& next = start("next");
  town.run_for(5s);
  EXPECT_EQ(next.records(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Codes, RefusedCommit,
                         testing::Values("REBALANCE_IN_PROGRESS", "ILLEGAL_GENERATION",
                                         "UNKNOWN_MEMBER_ID"));

/// Processes that are static members.
struct StaticGroup : GroupTest {
  SourceJob& start(const std::string& process, const std::string& instance,
                   kafka::AtStop at_stop = kafka::AtStop::kDefault) {
    kafka::StreamOptions options = this->options({"t"}, 2);
    options.instance = instance;
    options.at_stop = at_stop;
    return town.start(options, {.name = process});
  }
  void settle(const std::vector<SourceJob*>& jobs) {
    write_all("settled");
    ASSERT_TRUE(run_until_read(jobs));
    town.run_for(5s);
  }
};

INSTANTIATE_TEST_SUITE_P(Assignors, StaticGroup,
                         testing::Values(Assignor::kRange, Assignor::kCooperativeSticky));

TEST_P(StaticGroup, AProcessThatStartsAgainHasItsPartitionsBackWithoutARebalance) {
  SourceJob& stays = start("stays", "one");
  SourceJob& first = start("first", "two");
  settle({&stays, &first});
  close(first);
  SourceJob& second = start("second", "two");
  write_all("a");
  ASSERT_TRUE(run_until_read({&stays, &first, &second}, 2s));
  EXPECT_EQ(second.records(), 2u);
}

TEST_P(StaticGroup, AProcessThatDiedIsReplacedAtOnce) {
  SourceJob& stays = start("stays", "one");
  SourceJob& first = start("first", "two");
  settle({&stays, &first});
  first.die();
  SourceJob& second = start("second", "two");
  write_all("a");
  ASSERT_TRUE(run_until_read({&stays, &first, &second}, 2s));
}

TEST_P(StaticGroup, AStopThatLeavesGivesThePartitionsToOthersAtOnce) {
  SourceJob& stays = start("stays", "one");
  SourceJob& leaves = start("leaves", "two", kafka::AtStop::kLeave);
  settle({&stays, &leaves});
  close(leaves);
  write_all("a");
  ASSERT_TRUE(run_until_read({&stays, &leaves}, 5s));
}

TEST_P(StaticGroup, OfTwoProcessesWithOneNameTheOlderFails) {
  SourceJob& older = start("older", "one");
  settle({&older});
  SourceJob& newer = start("newer", "one");
  // Each makes way once: it cannot know that no request of an earlier process has come late.
  ASSERT_TRUE(town.run_until([&] { return !older.failures.empty(); }, 20s));
  EXPECT_THAT(older.failures[0], AllOf(HasSubstr("another process"), HasSubstr("'one-"),
                                       HasSubstr("FENCED_INSTANCE_ID")));
  write_all("a");
  ASSERT_TRUE(run_until_read({&older, &newer}));
  EXPECT_THAT(newer.failures, IsEmpty());
}

TEST_P(StaticGroup, ACommitOfItsEarlierSelfComesTooLateAndStopsNothing) {
  SourceJob& job = start("job", "one");
  settle({&job});
  town.inject("OffsetCommit error COORDINATOR_LOAD_IN_PROGRESS times 30");
  town.inject("Heartbeat error UNKNOWN_MEMBER_ID times 2");
  write_all("a");
  ASSERT_TRUE(run_until_read({&job}));
  town.run_for(30s);
  EXPECT_THAT(job.warnings, Contains(HasSubstr("the member has joined again since then")));
  EXPECT_THAT(job.failures, IsEmpty());
  EXPECT_THAT(job.commit_errors, IsEmpty());
}

TEST_P(StaticGroup, ALateJoinOfTheProcessBeforeIsGivenWayTo) {
  SourceJob& job = start("job", "one");
  settle({&job});
  town.inject("OffsetCommit error FENCED_INSTANCE_ID");
  write_all("a");
  ASSERT_TRUE(run_until_read({&job}));
  town.run_for(5s);
  EXPECT_THAT(job.troubles, Contains(HasSubstr("FENCED_INSTANCE_ID")));
  EXPECT_THAT(job.failures, IsEmpty());
  EXPECT_THAT(job.commit_errors, IsEmpty());
}

TEST_P(StaticGroup, ACommitThatIsFencedSaysWhoHasTheName) {
  SourceJob& job = start("job", "one");
  settle({&job});
  town.run_for(30s);  // nothing of an earlier process comes any more
  town.inject("OffsetCommit error FENCED_INSTANCE_ID");
  write_all("a");
  ASSERT_TRUE(town.run_until([&] { return !job.failures.empty(); }, 1s));
  EXPECT_THAT(job.failures[0], HasSubstr("another process"));
}

TEST_P(GroupTest, CommitsAgainAfterABrokerThatWasAway) {
  write_all("a");
  SourceJob& first = start("first");
  ASSERT_TRUE(town.run_until([&] { return first.batch_under_way(); }));
  town.network.set_silent("broker", true);
  town.run_for(5s);
  EXPECT_TRUE(first.batch_under_way());
  town.network.set_silent("broker", false);
  ASSERT_TRUE(town.run_until([&] { return !first.batch_under_way(); }));
  EXPECT_THAT(first.commit_errors, IsEmpty());
  ASSERT_TRUE(run_until_read({&first}));
}

TEST_P(GroupTest, FailsACommitForATopicThatIsGone) {
  write_all("a");
  SourceJob& job = start("job");
  ASSERT_TRUE(town.run_until([&] { return job.batch_under_way(); }));
  job.hold(true);
  town.remove("t");
  job.hold(false);
  ASSERT_TRUE(town.run_until([&] { return !job.commit_errors.empty(); }));
  EXPECT_THAT(job.commit_errors[0], AllOf(HasSubstr("committing the offset of t-"),
                                          HasSubstr("group 'g'"), HasSubstr("UNKNOWN_TOPIC")));
}

TEST_P(GroupTest, TroubleOfAMemberDoesNotHideThatOfItsOffsets) {
  write_all("a");
  SourceJob& job = start("job");
  ASSERT_TRUE(town.run_until([&] { return job.batch_under_way(); }));
  job.hold(true);
  town.network.set_silent("job", true);
  town.remove("t");
  job.hold(false);
  town.run_for(8s);
  EXPECT_THAT(job.troubles.back(), HasSubstr("did not answer Heartbeat in time"));
  town.network.set_silent("job", false);
  town.run_for(5s);
  // The member is well again; the commit is tried on.
  EXPECT_THAT(job.troubles.back(), HasSubstr("committing the offset of t-"));
}

}  // namespace
}  // namespace weir
