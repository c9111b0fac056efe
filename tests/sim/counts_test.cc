#include "counts.h"

#include <gmock/gmock.h>

#include "base/log.h"
#include "world.h"

namespace weir::sim {
namespace {

using testing::Eq;
using testing::HasSubstr;

/// Two records of key 3.
Counts counts_of_two(bool exactly_once) {
  Counts counts(exactly_once);
  counts.expect({0, 0, 3});
  counts.expect({1, 0, 3});
  return counts;
}

TEST(Counts, AreCompleteWhenKeysAndWindowsHaveAll) {
  for (const bool exactly_once : {true, false}) {
    Counts counts = counts_of_two(exactly_once);
    EXPECT_FALSE(counts.take("3=1") || counts.take("3=2") || counts.take("window=1"));
    EXPECT_FALSE(counts.are_complete());
    EXPECT_THAT(counts.what_is_missing(), HasSubstr("windows have had 1 of 2"));
    EXPECT_FALSE(counts.take("window=1"));
    EXPECT_TRUE(counts.are_complete());
    EXPECT_EQ(counts.repeated(), 0);
  }
}

TEST(Counts, ExactlyOnceRefusesWhatIsLeftOutOrToldAgain) {
  EXPECT_THAT(counts_of_two(true).take("3=2").value_or(""), HasSubstr("counts 2 after 0"));
  Counts counts = counts_of_two(true);
  EXPECT_FALSE(counts.take("3=1"));
  EXPECT_THAT(counts.take("3=1").value_or(""), HasSubstr("counts 1 after 1"));
  EXPECT_FALSE(counts.take("3=2"));
  EXPECT_THAT(counts.take("3=3").value_or(""), HasSubstr("counts 3 of 2"));
  EXPECT_THAT(counts.take("window=3").value_or(""), HasSubstr("windows have had 3 of 2"));
  EXPECT_THAT(counts.take("nonsense").value_or(""), HasSubstr("is no count"));
}

TEST(Counts, AtLeastOnceTakesMoreAndSaysHowMuch) {
  Counts counts = counts_of_two(false);
  EXPECT_FALSE(counts.take("3=1") || counts.take("3=1") || counts.take("3=3"));
  EXPECT_FALSE(counts.take("window=2") || counts.take("window=2"));
  EXPECT_TRUE(counts.are_complete());
  EXPECT_EQ(counts.repeated(), 1 + 2);
}

TEST(Counts, AKeyThatNobodyCountedIsMissing) {
  Counts counts = counts_of_two(false);
  EXPECT_FALSE(counts.take("window=2"));
  EXPECT_FALSE(counts.are_complete());
  EXPECT_THAT(counts.what_is_missing(), HasSubstr("key 3 has counted 0 of 2"));
}

/// What becomes of a job that counts, to which this happens.
std::optional<std::string> broken_by(const std::string& steps) {
  const auto script = parse_script(concat(
      "seed 8\nwriters 1\nrecords 20\nexactly_once 1\nstate 1\nat 0 start_job 0 0\n", steps));
  return script.ok() ? run(*script).violation : script.error().message();
}

// Found by the simulator; each was broken once.
TEST(WorldWithState, EndsTheWindowsThatEndedWhileNobodyWasThere) {
  EXPECT_THAT(broken_by("at 500 kill_job 0 0\nat 18796 start_job 0 0\n"), Eq(std::nullopt));
}

TEST(WorldWithState, EndsTheWindowsThatASetClockHasSkipped) {
  EXPECT_THAT(broken_by("at 300 jump_clock 0 81823\n"), Eq(std::nullopt));
  EXPECT_THAT(broken_by("at 46 jump_clock 0 -42226\n"), Eq(std::nullopt));
  EXPECT_THAT(broken_by("at 295 jump_clock 0 92831\nat 352 jump_clock 0 -36002\n"),
              Eq(std::nullopt));
  EXPECT_THAT(broken_by("at 100 jump_clock 0 -900000\nat 405 stop_job 0 0\n"), Eq(std::nullopt));
}

TEST(WorldWithState, EndsTheWindowsAgainWhoseBatchesWereGivenUp) {
  EXPECT_THAT(broken_by("at 213 silence_job 0 15885\n"), Eq(std::nullopt));
}

TEST(WorldWithState, WritesDownOnlyWhatHasComeOut) {
  for (int bytes = 100; bytes < 200; bytes += 4) {
    EXPECT_THAT(broken_by(concat("exactly_once 0\nat 266 torn_state 0 ", bytes, "\n")),
                Eq(std::nullopt))
        << bytes;
  }
}

// Its question for an epoch is on its way when it stops, and would fence the one that follows.
TEST(WorldWithState, AProcessThatHasStoppedFencesNobody) {
  EXPECT_THAT(broken_by("seed 212683\nnodes 2\npartitions 2\nlag_ms 2\nmin_in_sync 2\nwriters 2\n"
                        "records 1\ncooperates 1\nexactly_once 2\nat 7 slow_network 914 154\n"
                        "at 64 slow_network 697 399\nat 271 stop_job 0 0\n"),
              Eq(std::nullopt));
}

TEST(WorldWithState, SurvivesItsDisk) {
  EXPECT_THAT(broken_by("at 100 torn_state 0 6\nat 500 start_job 0 0\n"), Eq(std::nullopt));
  EXPECT_THAT(broken_by("at 100 disk_full 900 50\nat 2000 start_job 0 0\n"), Eq(std::nullopt));
  for (const int file : {0, 1}) {
    EXPECT_THAT(broken_by(concat("at 100 kill_job 0 0\nat 110 start_job 0 0\nat 1800 lost_state ",
                                 file, " 5000\nat 2000 start_job 0 0\n")),
                Eq(std::nullopt))
        << file;
  }
}

}  // namespace
}  // namespace weir::sim
