// The Kafka source in a group whose members cooperate: what goes on during a rebalance, and what
// becomes of commits.

#include <gmock/gmock.h>

#include "base/log.h"
#include "group_fixture.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using kafka::Assignor;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct CooperativeGroup : GroupFixture {
  CooperativeGroup() { assignor = Assignor::kCooperativeSticky; }

  void write(std::int32_t partition, const std::string& value) {
    town.write("t", partition, {value});
    ++written;
  }
  /// Starts a process that has all partitions, and has committed a record of each.
  SourceJob& start_first() {
    write_all("a");
    SourceJob& first = start("first");
    EXPECT_TRUE(run_until_read({&first}));
    town.run_for(1s);
    return first;
  }
  /// A process that comes now finds everything committed.
  void expect_all_committed() {
    SourceJob& next = start("next");
    town.run_for(20s);
    EXPECT_EQ(next.records(), 0u);
  }
};

TEST_F(CooperativeGroup, ReadsWhatItKeepsWhileTheGroupWaitsForADeadMember) {
  SourceJob& first = start_first();
  SourceJob& second = start("second");
  town.run_for(10s);
  second.die();
  start("third");
  town.run_for(1s);
  write_all("b");
  // The dead member's session lasts for 10 s.
  ASSERT_TRUE(town.run_until([&] { return first.records() == 6; }, 4s));
  town.run_for(1min);
  EXPECT_THAT(first.read["t-2"], ElementsAre("0:a", "1:b"));
  EXPECT_THAT(first.read["t-3"], ElementsAre("0:a", "1:b"));
}

TEST_F(CooperativeGroup, HandsOverWhatItLosesThoughABatchOfTheRestIsUnderWay) {
  SourceJob& first = start_first();
  first.hold_commits(true);
  write(3, "kept");
  ASSERT_TRUE(run_until_read({&first}));
  SourceJob& second = start("second");
  write(0, "handed over");
  ASSERT_TRUE(town.run_until([&] { return second.records() == 1; }, 20s));
  EXPECT_TRUE(first.batch_under_way());
  first.hold_commits(false);
  town.run_for(1s);
  write_all("b");
  ASSERT_TRUE(run_until_read({&first, &second}));
  EXPECT_EQ(first.records() + second.records(), written);
  EXPECT_THAT(second.read["t-0"], ElementsAre("1:handed over", "2:b"));
  EXPECT_THAT(first.warnings, IsEmpty());
}

TEST_F(CooperativeGroup, WaitsWithWhatItLosesUntilThatIsCommitted) {
  SourceJob& first = start_first();
  first.hold_commits(true);
  write(0, "b");
  ASSERT_TRUE(run_until_read({&first}));
  SourceJob& second = start("second");
  write(1, "c");
  town.run_for(20s);
  EXPECT_EQ(second.records(), 0u);
  first.hold_commits(false);
  ASSERT_TRUE(run_until_read({&first, &second}));
  EXPECT_EQ(first.records() + second.records(), written);
  EXPECT_THAT(second.read["t-1"], ElementsAre("1:c"));
}

TEST_F(CooperativeGroup, TriesACommitAgainThatARebalanceRefused) {
  SourceJob& first = start_first();
  town.inject("OffsetCommit error REBALANCE_IN_PROGRESS");
  write(0, "b");
  ASSERT_TRUE(run_until_read({&first}));
  town.run_for(20s);
  EXPECT_EQ(first.records(), written);
  EXPECT_THAT(first.warnings, IsEmpty());
  expect_all_committed();
}

TEST_F(CooperativeGroup, CommitsAsTheNextGenerationWhatCameTooLateForTheLast) {
  SourceJob& first = start_first();
  town.inject("OffsetCommit delay 15000");
  write(3, "b");
  ASSERT_TRUE(run_until_read({&first}));
  SourceJob& second = start("second");
  town.run_for(30s);
  EXPECT_EQ(first.records() + second.records(), written);
  EXPECT_THAT(first.warnings, IsEmpty());
  expect_all_committed();
}

TEST_F(CooperativeGroup, LosesWhatItKeepsWhenNobodyHearsItWhileItJoins) {
  SourceJob& first = start_first();
  SourceJob& second = start("second");
  town.run_for(10s);
  second.die();
  SourceJob& third = start("third");
  town.run_for(1s);
  town.network.set_silent("first", true);
  town.run_for(20s);
  EXPECT_THAT(first.warnings, Contains(HasSubstr("input 0 lost its partitions")));
  town.network.set_silent("first", false);
  write_all("b");
  EXPECT_TRUE(run_until_read({&first, &third}));
  town.run_for(1min);
  expect_all_committed();
}

TEST_F(CooperativeGroup, BeginsWhatAnotherInputHasLostOnceThatIsDropped) {
  write_all("a");
  SourceJob& job = start("job", 2);
  ASSERT_TRUE(run_until_read({&job}));
  town.run_for(10s);
  job.hold(true);
  write_all("b");
  town.run_for(1s);
  job.hold_commits(true);
  job.hold(false);
  ASSERT_TRUE(run_until_read({&job}));
  town.inject("Heartbeat error UNKNOWN_MEMBER_ID");
  town.run_for(40s);
  EXPECT_TRUE(job.batch_under_way());
  EXPECT_THAT(job.warnings, Contains(HasSubstr("lost its partitions")));
  job.hold_commits(false);
  write_all("c");
  ASSERT_TRUE(run_until_read({&job}));
  town.run_for(10s);
  EXPECT_THAT(job.failures, IsEmpty());
  expect_all_committed();
}

TEST_F(CooperativeGroup, MembersAreToldToCooperateOneAfterTheOther) {
  const auto start_as = [this](Assignor one, const std::string& name) {
    assignor = one;
    return &start(name);
  };
  std::vector<SourceJob*> all = {start_as(Assignor::kRange, "old0"),
                                 start_as(Assignor::kRange, "old1")};
  write_all("a");
  ASSERT_TRUE(run_until_read(all));
  for (const std::size_t i : {0u, 1u}) {
    all[i]->close();
    all.push_back(start_as(Assignor::kCooperativeSticky, concat("new", i)));
    write_all("b");
    ASSERT_TRUE(run_until_read(all));
    town.run_for(10s);
  }
  for (const SourceJob* job : all) {
    EXPECT_THAT(job->failures, IsEmpty());
    EXPECT_THAT(job->warnings, Not(Contains(HasSubstr("lost"))));
  }
  write_all("c");
  ASSERT_TRUE(run_until_read(all, 2s));
}

}  // namespace
}  // namespace weir
