// The Kafka source while everything goes wrong that may: each seed is another course of events.

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "base/log.h"
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

INSTANTIATE_TEST_SUITE_P(Seeds, Torment, testing::Range(std::uint64_t{1}, std::uint64_t{9}));

/// Processes of one group come, go, die and fall silent.
class TormentedGroup : public testing::TestWithParam<std::uint64_t> {
 protected:
  static constexpr std::int32_t kPartitions = 4;

  std::uint64_t draw(std::uint64_t limit) { return random_() % limit; }
  /// Of a third of the groups the members cooperate, of another third some do.
  kafka::Assignor assignor() {
    const bool some = GetParam() % 3 == 2 && draw(2) == 0;
    return GetParam() % 3 == 1 || some ? kafka::Assignor::kCooperativeSticky
                                       : kafka::Assignor::kRange;
  }
  bool is_alive(const SourceJob* job) const {
    return std::find(alive_.begin(), alive_.end(), job) != alive_.end();
  }
  std::string name_of(const SourceJob* job) const { return names_.at(job); }

  void start() {
    const std::string name = concat("job", names_.size());
    kafka::StreamOptions options = town_.group({"t"}, 1 + static_cast<int>(draw(2)));
    options.assignor = assignor();
    SourceJob& job = town_.start(options, {.name = name});
    names_[&job] = name;
    alive_.push_back(&job);
  }
  void disturb() {
    SourceJob* job = alive_[draw(alive_.size())];
    switch (draw(8)) {
      case 0:
      case 1:
        if (alive_.size() < 4) start();
        return;
      case 2:
        return end(job, [](SourceJob& one) { one.die(); });
      case 3:
        return end(job, [](SourceJob& one) { one.close(); });
      case 4:
        return town_.network.break_connections("broker");
      case 5:
        return job->hold(true);
      case 6:
        return town_.network.set_silent(name_of(job), true);
      default:
        return heal();
    }
  }
  void end(SourceJob* job, const std::function<void(SourceJob&)>& how) {
    if (alive_.size() == 1) return;
    job->hold(false);
    town_.network.set_silent(name_of(job), false);
    std::erase(alive_, job);
    ended_.push_back(job);
    how(*job);
  }
  void heal() {
    for (SourceJob* job : alive_) {
      job->hold(false);
      town_.network.set_silent(name_of(job), false);
    }
  }
  void torment() {
    start();
    for (int round = 0; round < 80; ++round) {
      const auto partition = static_cast<std::int32_t>(draw(kPartitions));
      town_.write("t", partition, {concat("r", ++written_)});
      if (draw(2) == 0) disturb();
      town_.run_for(std::chrono::milliseconds(draw(4000)));
    }
    heal();
  }
  std::set<std::string> all_read() const {
    std::set<std::string> values;
    for (const auto& [job, name] : names_) {
      for (const auto& [partition, read] : job->read) {
        for (const std::string& value : read) values.insert(value.substr(value.find(':') + 1));
      }
    }
    return values;
  }

  std::minstd_rand random_{static_cast<std::minstd_rand::result_type>(GetParam())};
  SourceTown town_{{{"t", kPartitions}}, GetParam()};
  std::map<const SourceJob*, std::string> names_;
  std::vector<SourceJob*> alive_;
  std::vector<SourceJob*> ended_;
  std::size_t written_ = 0;
};

TEST_P(TormentedGroup, ReadsAndCommitsEverything) {
  torment();
  EXPECT_TRUE(town_.run_until([&] { return all_read().size() == written_; }, 5min));
  town_.run_for(1min);
  for (SourceJob* job : alive_) {
    EXPECT_THAT(job->failures, IsEmpty());
    EXPECT_THAT(job->commit_errors, IsEmpty());
    job->close();
  }
  EXPECT_TRUE(town_.run_until([&] {
    return std::all_of(alive_.begin(), alive_.end(), [](const auto* job) { return job->closed; });
  }));
  SourceJob& last = town_.start(town_.group({"t"}), {.name = "last", .stop_at_end = true});
  EXPECT_TRUE(town_.run_until([&] { return last.source().finished(); }));
  EXPECT_EQ(last.records(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, TormentedGroup,
                         testing::Range(std::uint64_t{1}, std::uint64_t{13}));

}  // namespace
}  // namespace weir
