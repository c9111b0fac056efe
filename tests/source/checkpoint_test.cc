// State and windows that go on from one process to the next.

#include <gmock/gmock.h>

#include <filesystem>
#include <random>

#include "exec/sim_runtime.h"
#include "source_town.h"
#include "weir/kafka.h"
#include "weir/name_state.h"
#include "weir/streaming_context.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using Words = DStream<std::pair<std::string, int>>;
using Describe = std::function<DStream<std::string>(const Words&)>;

/// Counts the records of each word.
Words running_counts(const Words& words, int partitions = 2) {
  const auto count = [](const std::string& word, std::optional<int> one, State<int>& sum) {
    sum.update(sum.get_option().value_or(0) + one.value_or(0));
    return std::pair(word, sum.get());
  };
  return words.map_with_state(StateSpec(count).partitions(partitions));
}
DStream<std::string> as_text(const Words& counts) {
  return counts.map([](const auto& count) { return count.first + std::to_string(count.second); });
}

/// Processes, one after the other, that write to "out" what they make of the words in "in".
class CheckpointTest : public testing::TestWithParam<Delivery> {
 protected:
  CheckpointTest() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    std::string name = test->name();
    std::replace(name.begin(), name.end(), '/', '-');
    directory_ = std::filesystem::path(testing::TempDir()) / ("checkpoint-" + name);
    std::filesystem::remove_all(directory_);
  }
  ~CheckpointTest() override {
    die();
    std::filesystem::remove_all(directory_);
  }

  Result<void> start(const Describe& describe) {
    StreamingOptions options;
    options.app = "counter";
    options.instance = "a";
    options.delivery = GetParam();
    options.workers = 2;
    options.checkpoint = directory_;
    options.log = [this](std::string_view, std::string_view line) {
      log += std::string(line) + "\n";
    };
    kafka::StreamOptions input = town.group({"in"});
    input.instance = "a";
    records_ = 0;
    context_ = std::make_unique<StreamingContext>(
        std::move(options),
        std::make_unique<exec::SimRuntime>(town.network, concat("job-", ++processes_), 2));
    const auto words =
        kafka::stream<std::string>(*context_, std::move(input)).map([](std::string word) {
          return std::pair(std::move(word), 1);
        });
    describe(words).to(kafka::topic<std::string>({.brokers = "broker:9092", .topic = "out"}));
    context_->on_batch([this](const BatchReport& report) { records_ += report.records_out; });
    return context_->start();
  }
  bool run_until_records(std::int64_t count) {
    return town.run_until([&, count] { return records_ >= count; });
  }
  bool run_until_value(const std::string& value) {
    const auto is_there = [&] {
      const auto all = values();
      return std::count(all.begin(), all.end(), value) > 0;
    };
    for (int i = 0; i < 300 && !is_there(); ++i) town.run_for(100ms);
    return is_there();
  }
  /// The process ends, as by a crash, or as one should.
  void die() { context_.reset(); }
  void stop() {
    context_->stop();
    context_.reset();
  }
  /// Three processes, of which each adds a record to a window that has those of the others.
  void expect_windows_go_on(const Describe& windows) {
    for (int i = 1; i <= 3; ++i) {
      ASSERT_TRUE(start(windows).ok());
      town.write("in", i % 2, {"a"});
      ASSERT_TRUE(run_until_value("a" + std::to_string(i)));
      stop();
    }
    const auto all = values();
    EXPECT_EQ(std::set<std::string>(all.begin(), all.end()),
              (std::set<std::string>{"a1", "a2", "a3"}));
  }
  /// The values of "out" that are committed, in no order.
  std::vector<std::string> values() {
    std::vector<std::string> values;
    for (const auto& [partition, records] : town.committed("out")) {
      for (const std::string& record : records) {
        values.push_back(record.substr(record.find(':') + 1));
      }
    }
    std::sort(values.begin(), values.end());
    return values;
  }

  SourceTown town{{{"in", 2}, {"out", 2}}};
  std::string log;
  std::filesystem::path directory_;
  std::unique_ptr<StreamingContext> context_;

 private:
  std::int64_t records_ = 0;
  int processes_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Deliveries, CheckpointTest,
                         testing::Values(Delivery::kAtLeastOnce, Delivery::kExactlyOnce),
                         [](const auto& tested) {
                           return tested.param == Delivery::kExactlyOnce ? "ExactlyOnce"
                                                                         : "AtLeastOnce";
                         });

TEST_P(CheckpointTest, StateGoesOnWhereTheLastProcessStopped) {
  std::vector<std::string> expected;
  for (int i = 1; i <= 5; ++i) {
    ASSERT_TRUE(start([](const Words& words) { return as_text(running_counts(words)); }).ok());
    town.write("in", i % 2, {"a", "b"});
    ASSERT_TRUE(run_until_records(2));
    stop();
    expected.push_back("a" + std::to_string(i));
    expected.push_back("b" + std::to_string(i));
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(values(), expected);
  EXPECT_THAT(log, HasSubstr("goes on after batch"));
}

TEST_P(CheckpointTest, KeysFindTheirPartitionWhereThereAreMore) {
  for (int partitions = 1; partitions <= 4; ++partitions) {
    ASSERT_TRUE(
        start([&](const Words& words) { return as_text(running_counts(words, partitions)); }).ok());
    town.write("in", 0, {"a", "b", "c", "d"});
    ASSERT_TRUE(run_until_records(4));
    stop();
  }
  EXPECT_THAT(values(), ElementsAre("a1", "a2", "a3", "a4", "b1", "b2", "b3", "b4", "c1", "c2",
                                    "c3", "c4", "d1", "d2", "d3", "d4"));
}

TEST_P(CheckpointTest, WindowsGoOn) {
  expect_windows_go_on([](const Words& words) {
    return as_text(words.reduce_by_key_and_window(std::plus<>(), 10min));
  });
}

TEST_P(CheckpointTest, WindowsWithAnInverseGoOn) {
  expect_windows_go_on([](const Words& words) {
    return as_text(words.reduce_by_key_and_window(std::plus<>(), std::minus<>(), 10min));
  });
}

TEST_P(CheckpointTest, AnOperationThatIsGoneIsNamed) {
  ASSERT_TRUE(start([](const Words& words) { return as_text(running_counts(words)); }).ok());
  town.write("in", 0, {"a"});
  ASSERT_TRUE(run_until_records(1));
  stop();
  const auto add = [](const std::vector<int>& values, const std::optional<int>& sum) {
    return std::optional(sum.value_or(0) + static_cast<int>(values.size()));
  };
  ASSERT_TRUE(
      start([&](const Words& words) { return as_text(words.update_state_by_key(add)); }).ok());
  EXPECT_THAT(log, HasSubstr("state of 'map_with_state'"));
}

TEST_P(CheckpointTest, StateOfAChosenNameIsFoundAmongOthers) {
  const auto named = [](const Words& words) {
    const Words counts = running_counts(words);
    name_state(counts, "word counts");
    return as_text(counts);
  };
  ASSERT_TRUE(start(named).ok());
  town.write("in", 0, {"a"});
  ASSERT_TRUE(run_until_records(1));
  stop();
  ASSERT_TRUE(start([&](const Words& words) {
                const auto lengths = words.map([](const auto& word) {
                  return std::pair(std::to_string(word.first.size()), 1);
                });
                const auto of_lengths = as_text(running_counts(lengths));  // named before
                return of_lengths.union_with(named(words));
              }).ok());
  town.write("in", 0, {"a"});
  ASSERT_TRUE(run_until_records(2));
  EXPECT_THAT(values(), ElementsAre("11", "a1", "a2"));
}

TEST_P(CheckpointTest, WindowsOfAChosenNameGoOnAmongOthers) {
  const auto window = [](const Words& words) {
    return words.reduce_by_key_and_window(std::plus<>(), std::minus<>(), 10min);
  };
  const auto named = [&](const Words& words) {
    const Words counts = window(words);
    name_state(counts, "ten minutes");
    return as_text(counts);
  };
  ASSERT_TRUE(start(named).ok());
  town.write("in", 0, {"a"});
  ASSERT_TRUE(run_until_value("a1"));
  stop();
  ASSERT_TRUE(start([&](const Words& words) {
                const auto others = words.map([](const auto&) { return std::pair("b", 1); });
                return as_text(window(others.map([](const auto& each) {
                         return std::pair(std::string(each.first), each.second);
                       })))
                    .union_with(named(words));
              }).ok());
  town.write("in", 0, {"a"});
  ASSERT_TRUE(run_until_value("a2"));
  EXPECT_THAT(values(), testing::AllOf(Contains("b1"), Not(Contains("b2"))));
}

TEST_P(CheckpointTest, SC24_AnEmptyDirectoryBeginsWithoutState) {
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(start([](const Words& words) { return as_text(running_counts(words)); }).ok());
    town.write("in", 0, {"a"});
    ASSERT_TRUE(run_until_records(1));
    stop();
    std::filesystem::remove_all(directory_);
  }
  EXPECT_THAT(values(), ElementsAre("a1", "a1"));
  const bool knows = GetParam() == Delivery::kExactlyOnce;
  EXPECT_EQ(log.find("so it begins empty") != std::string::npos, knows);
}

/// A directory that has lost what the last commit needs is refused, and says so.
TEST_P(CheckpointTest, AnOldCopyOfTheDirectoryIsRefusedWhereThatIsKnown) {
  const Describe describe = [](const Words& words) { return as_text(running_counts(words)); };
  const std::filesystem::path copy = directory_.string() + "-copy";
  std::filesystem::remove_all(copy);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(start(describe).ok());
    town.write("in", 0, {"a"});
    ASSERT_TRUE(run_until_records(1));
    stop();
    if (i == 0) std::filesystem::copy(directory_, copy);
  }
  std::filesystem::remove_all(directory_);
  std::filesystem::rename(copy, directory_);
  const Result<void> started = start(describe);
  EXPECT_EQ(started.ok(), GetParam() == Delivery::kAtLeastOnce);
  if (started.ok()) return;
  EXPECT_THAT(started.error().message(), HasSubstr("it has nothing of batch"));
}

TEST_P(CheckpointTest, StateOfOtherTypesIsRefused) {
  ASSERT_TRUE(start([](const Words& words) { return as_text(running_counts(words)); }).ok());
  town.write("in", 0, {"a"});
  ASSERT_TRUE(run_until_records(1));
  stop();
  const auto pairs = [](const std::string&, std::optional<int>,
                        State<std::pair<std::string, std::string>>& state) {
    return state.get_option().value_or(std::pair("", "")).first;
  };
  ASSERT_TRUE(start([&](const Words& words) { return words.map_with_state(pairs); }).ok());
  town.write("in", 0, {"a"});
  const Result<void> result = context_->await();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), HasSubstr("not of its types"));
}

/// Exactly once: whatever a process does when it dies, and whatever befalls it.
class CheckpointExactlyOnce : public CheckpointTest {};
INSTANTIATE_TEST_SUITE_P(Seeds, CheckpointExactlyOnce, testing::Values(Delivery::kExactlyOnce));

TEST_P(CheckpointExactlyOnce, EveryRecordCountsOnceOverManyDeaths) {
  const std::vector<std::string> faults{"TxnOffsetCommit error TRANSACTION_ABORTABLE",
                                        "EndTxn lose_answer times 2", "TxnOffsetCommit lose_answer",
                                        "Produce lose", "EndTxn lose times 2"};
  std::mt19937 random(3);
  std::vector<std::string> expected;
  int written = 0;
  for (int round = 0; round < 40; ++round) {
    ASSERT_TRUE(start([](const Words& words) { return as_text(running_counts(words)); }).ok());
    for (int i = 0; i < 4; ++i) {
      if (random() % 3 == 0) town.inject(faults[random() % faults.size()]);
      town.write("in", static_cast<std::int32_t>(random() % 2), {"a"});
      expected.push_back("a" + std::to_string(++written));
      town.run_for(std::chrono::milliseconds(random() % 80));
    }
    die();  // somewhere on the way
  }
  ASSERT_TRUE(start([](const Words& words) { return as_text(running_counts(words)); }).ok());
  const auto count = [&] { return values().size() >= expected.size(); };
  for (int i = 0; i < 300 && !count(); ++i) town.run_for(1s);
  stop();
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(values(), expected);
}

}  // namespace
}  // namespace weir
