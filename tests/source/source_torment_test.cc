// The Kafka source while everything goes wrong that may: each seed is another course of events.

#include <gmock/gmock.h>

#include <random>

#include "source_town.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

/// How long partitions that nothing is wrong with may wait, faults on their way included.
constexpr Duration kLongestWait = 1500ms;

/// Reads "t", which is written to all the time, beside "s", whose records expire.
class Torment : public testing::TestWithParam<std::uint64_t> {
 protected:
  Torment() {
    town_.create_short_lived("s", 2);
    town_.run_for(1s);
  }
  std::uint64_t draw(std::uint64_t limit) { return random_() % limit; }

  void write() {
    for (std::int32_t i = 0; i < 2; ++i) town_.write("t", i, {std::to_string(++written_)});
  }
  /// Something happens to "s", or for a moment to a connection or a thread.
  void disturb(SourceJob& job) {
    const auto partition = static_cast<std::int32_t>(draw(2));
    switch (draw(7)) {
      case 0:
        return town_.write("s", partition, {"small"});
      case 1:
      case 2:
        return town_.expire("s", partition);
      case 3:
        return town_.network.break_connections("broker");
      case 4:
        return silence(draw(2) == 0 ? "job" : "job-worker-0");
      case 5:
        return job.skip(partition == 0 ? "s-0" : "s-1");
      default:
        return job.skip_nothing();
    }
  }
  void silence(const std::string& loop) {
    town_.network.set_silent(loop, true);
    for (std::uint64_t i = draw(4); i > 0; --i) {
      town_.expire("s", static_cast<std::int32_t>(draw(2)));
    }
    town_.run_for(std::chrono::milliseconds(draw(500)));
    town_.network.set_silent(loop, false);
  }
  void torment(SourceJob& job) {
    for (int round = 0; round < 300; ++round) {
      write();
      if (draw(3) == 0) disturb(job);
      town_.run_for(std::chrono::milliseconds(draw(200)));
    }
    job.skip_nothing();
  }
  void check(SourceJob& job) {
    EXPECT_TRUE(town_.run_until(
        [&] { return job.read["t-0"].size() + job.read["t-1"].size() >= written_; }));
    EXPECT_LT(job.pace["t-0"].longest, kLongestWait);
    EXPECT_LT(job.pace["t-1"].longest, kLongestWait);
    EXPECT_EQ(job.pauses, job.resumes);
    EXPECT_THAT(job.failures, IsEmpty());
  }

  std::minstd_rand random_{static_cast<std::minstd_rand::result_type>(GetParam())};
  SourceTown town_{{{"t", 2}}, GetParam()};
  std::size_t written_ = 0;
};

TEST_P(Torment, HoldsUpNoPartitionForAnother) {
  SourceJob& job =
      town_.start(town_.direct({"t", "s"}), {.workers = 1, .read_ahead_bytes = 1'000'000});
  torment(job);
  check(job);
  EXPECT_EQ(job.read["t-0"].size() + job.read["t-1"].size(), written_);
}

TEST_P(Torment, HoldsUpNoPartitionOfAGroupForAnother) {
  SourceJob& job = town_.start(town_.group({"t", "s"}, 2), {.read_ahead_bytes = 1'000'000});
  town_.run_for(5s);
  torment(job);
  check(job);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Torment, testing::Range(std::uint64_t{1}, std::uint64_t{16}));

}  // namespace
}  // namespace weir
