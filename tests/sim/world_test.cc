#include "world.h"

#include <gmock/gmock.h>

#include "base/log.h"

namespace weir::sim {
namespace {

using testing::Eq;
using testing::HasSubstr;

TEST(Script, IsTheSameFromItsText) {
  for (std::uint64_t seed = 1; seed < 50; ++seed) {
    const Script script = script_of(seed);
    const auto read = parse_script(to_text(script));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(*read, script);
  }
}

TEST(Script, RefusesALineThatIsNone) {
  for (const char* line : {"at 5 explode 0 0", "at 5 kill_job 0", "records many", "colour 3"}) {
    const auto read = parse_script(std::string("seed 1\n") + line + "\n");
    ASSERT_FALSE(read.ok()) << line;
    EXPECT_THAT(read.error().message(), HasSubstr(line));
  }
}

TEST(World, RunsAScriptTheSameEachTime) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Outcome first = run(script_of(seed));
    const Outcome second = run(script_of(seed));
    EXPECT_EQ(first.digest, second.digest) << seed;
    EXPECT_EQ(first.events, second.events) << seed;
  }
}

// `make simulate` runs thousands.
TEST(World, KeepsItsPromises) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    const Script script = script_of(seed);
    ASSERT_THAT(run(script).violation, Eq(std::nullopt)) << to_text(script);
  }
}

TEST(World, IsBrokenOffWhenItDoesNotEnd) {
  const Outcome whole = run(script_of(7));
  ASSERT_THAT(whole.violation, Eq(std::nullopt));

  const Outcome outcome = run(script_of(7), whole.events / 2);

  EXPECT_THAT(outcome.violation.value_or(""), HasSubstr("the world does not end"));
  EXPECT_EQ(outcome.events, whole.events / 2);
}

// The broker forgets its members, and one input is assigned what another believes to have.
TEST(World, BeginsAPartitionOnceNoOtherInputReadsIt) {
  const auto script = parse_script(R"(
seed 1000251
partitions 2
storage 1
narrow 118
records 2
inputs 2
instances 1
cooperates 1
at 0 start_job 0 0
at 45 restart_broker 0 807
at 792 fault 61 3  # ApiVersions lose
)");
  ASSERT_TRUE(script.ok());
  EXPECT_THAT(run(*script).violation, Eq(std::nullopt));
}

// The disk is full, which ends the stream, while a commit is under way, and one input waits for a
// partition that another one lets go with it.
TEST(World, BeginsNoPartitionOnceItEnds) {
  const auto script = parse_script(R"(
seed 42002814
partitions 2
storage 2
records 56
inputs 2
cooperates 2
state 1
at 0 start_job 0 0
at 54 fault 43 2  # OffsetCommit freeze
at 162 restart_broker 0 815
at 253 disk_full 8884 210
at 17102 silence_job 0 1912
)");
  ASSERT_TRUE(script.ok());
  EXPECT_THAT(run(*script).violation, Eq(std::nullopt));
}

constexpr const char* kManyRecords = R"(
seed 1
partitions 2
records 60
at 0 start_job 0 0
)";

Outcome run_many_records(std::string_view setting_and_step) {
  const auto script = parse_script(concat(kManyRecords, setting_and_step));
  EXPECT_TRUE(script.ok()) << script.error().message();
  return run(*script);
}

TEST(World, LosesWithALeaderOnlyWhatNobodyWasPromised) {
  const Outcome outcome = run_many_records(R"(
nodes 3
lag_ms 50
at 500 node_lost 0 1000
at 700 node_lost 1 1000
)");
  EXPECT_THAT(outcome.violation, Eq(std::nullopt));
  EXPECT_GT(outcome.lost, 0);
}

TEST(World, GoesOnWhenFollowersAreSlowerThanAProduceMayTake) {
  const Outcome outcome = run_many_records(R"(
nodes 3
lag_ms 5
min_in_sync 2
at 300 slow_followers 1000 40000
at 800 break_job 0 0
)");
  EXPECT_THAT(outcome.violation, Eq(std::nullopt));
  EXPECT_GT(outcome.ended_ms, 40'000);
}

TEST(World, StartsItsBrokerAgainOnWhatItsStorageHas) {
  for (const char* storage : {"storage 1", "storage 2"}) {
    for (int operation = 0; operation < 20; ++operation) {
      const Outcome outcome =
          run_many_records(concat(storage, "\nat 300 restart_broker ", operation, " 200\n"));
      ASSERT_THAT(outcome.violation, Eq(std::nullopt)) << storage << " " << operation;
      ASSERT_EQ(outcome.restarts, 1) << storage << " " << operation;
    }
  }
}

TEST(World, RepeatsRecordsOnlyWhereSomethingWentWrong) {
  Script script = script_of(7);
  script.steps = {{0, Act::kStartJob, 0, 0}};
  const Outcome outcome = run(script);
  EXPECT_THAT(outcome.violation, Eq(std::nullopt));
  EXPECT_EQ(outcome.repeated, 0);
}

}  // namespace
}  // namespace weir::sim
