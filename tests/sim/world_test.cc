#include "world.h"

#include <gmock/gmock.h>

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

TEST(World, RepeatsRecordsOnlyWhereSomethingWentWrong) {
  Script script = script_of(7);
  script.steps = {{0, Act::kStartJob, 0, 0}};
  const Outcome outcome = run(script);
  EXPECT_THAT(outcome.violation, Eq(std::nullopt));
  EXPECT_EQ(outcome.repeated, 0);
}

}  // namespace
}  // namespace weir::sim
