// State and windows of streams whose batches are transactions: what is given up is not in them.

#include <gmock/gmock.h>

#include <set>

#include "exec/sim_runtime.h"
#include "source_town.h"
#include "weir/kafka.h"
#include "weir/streaming_context.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

/// A process that writes to "out", for each record of "in", what it makes of it.
class StateInTransactions : public testing::TestWithParam<std::int16_t> {
 protected:
  using Words = DStream<std::pair<std::string, int>>;

  /// `describe` makes what is written of a stream of (value, 1).
  void start(const std::function<DStream<std::string>(const Words&)>& describe) {
    StreamingOptions options;
    options.app = "counter";
    options.instance = "a";
    options.delivery = Delivery::kExactlyOnce;
    options.workers = 2;
    options.log = [this](std::string_view, std::string_view line) {
      log += std::string(line) + "\n";
    };
    context_ = std::make_unique<StreamingContext>(
        std::move(options), std::make_unique<exec::SimRuntime>(town.network, "job", 2));
    const auto words =
        kafka::stream<std::string>(*context_, town.group({"in"})).map([](std::string word) {
          return std::pair(std::move(word), 1);
        });
    describe(words).to(kafka::topic<std::string>({.brokers = "broker:9092", .topic = "out"}));
    context_->on_batch([this](const BatchReport& report) { records_ += report.records_out; });
    ASSERT_TRUE(context_->start().ok());
  }
  bool run_until_records(std::int64_t count) {
    return town.run_until([&, count] { return records_ >= count; });
  }
  /// The values of "out" that are committed, in no order.
  std::vector<std::string> values() {
    context_->stop();
    return values_so_far();
  }
  std::vector<std::string> values_so_far() {
    std::vector<std::string> values;
    for (const auto& [partition, records] : town.committed("out")) {
      for (const std::string& record : records)
        values.push_back(record.substr(record.find(':') + 1));
    }
    std::sort(values.begin(), values.end());
    return values;
  }

  SourceTown town{{{"in", 2}, {"out", 2}}, 1, {}, GetParam()};
  std::string log;

 private:
  std::int64_t records_ = 0;
  std::unique_ptr<StreamingContext> context_;
};

INSTANTIATE_TEST_SUITE_P(Protocols, StateInTransactions, testing::Values(0, 2),
                         [](const auto& tested) {
                           return "Version" + std::to_string(tested.param);
                         });

DStream<std::string> count_words(const DStream<std::pair<std::string, int>>& words) {
  return words.map_with_state([](const std::string& word, std::optional<int> one, State<int>& sum) {
    sum.update(sum.get_option().value_or(0) + *one);
    return word + std::to_string(sum.get());
  });
}

TEST_P(StateInTransactions, ABatchThatIsComputedAgainCountsOnce) {
  start(count_words);
  for (int i = 1; i <= 6; ++i) {
    if (i % 2 == 0) town.inject("TxnOffsetCommit error TRANSACTION_ABORTABLE");
    town.write("in", i % 2, {"a", "b"});
    ASSERT_TRUE(run_until_records(2 * i));
  }
  EXPECT_THAT(values(),
              ElementsAre("a1", "a2", "a3", "a4", "a5", "a6", "b1", "b2", "b3", "b4", "b5", "b6"));
  EXPECT_THAT(log, HasSubstr("computed again"));
}

TEST_P(StateInTransactions, TheFirstBatchThatIsComputedAgainCountsOnceOnTopOfWhatWasThere) {
  start([](const Words& words) {
    const auto count = [](const std::string& word, std::optional<int> one, State<int>& sum) {
      sum.update(sum.get_option().value_or(0) + *one);
      return word + std::to_string(sum.get());
    };
    return words.map_with_state(StateSpec(count).initial_state({{"a", 10}}));
  });
  town.inject("TxnOffsetCommit error TRANSACTION_ABORTABLE");
  town.write("in", 0, {"a", "b"});
  ASSERT_TRUE(run_until_records(2));
  EXPECT_THAT(values(), ElementsAre("a11", "b1"));
  EXPECT_THAT(log, HasSubstr("computed again"));
}

TEST_P(StateInTransactions, SeveralBatchesThatAreGivenUpTogetherCountOnce) {
  start(count_words);
  town.write("in", 0, {"a"});
  ASSERT_TRUE(run_until_records(1));
  town.inject("TxnOffsetCommit error TRANSACTION_ABORTABLE times 3");
  std::vector<std::string> expected{"a1"};
  for (int i = 2; i <= 9; ++i) {
    town.write("in", i % 2, {"a"});
    expected.push_back("a" + std::to_string(i));
  }
  ASSERT_TRUE(run_until_records(9));
  EXPECT_EQ(values(), expected);
  EXPECT_THAT(log, HasSubstr("computed again"));
}

TEST_P(StateInTransactions, ABatchOfWhichNobodyKnowsWhetherItIsCommittedCountsOnce) {
  start(count_words);
  std::vector<std::string> expected;
  for (int i = 1; i <= 8; ++i) {
    if (i % 2 == 0) town.inject("EndTxn lose_answer times 3");
    town.write("in", i % 2, {"a"});
    town.run_for(i % 3 * 10ms);
    expected.push_back("a" + std::to_string(i));
  }
  for (int i = 0; i < 300 && values_so_far().size() < expected.size(); ++i) town.run_for(100ms);
  EXPECT_EQ(values(), expected);
}

/// The end is written down, its answer lost, and the next answer says that there is no transaction.
TEST_P(StateInTransactions, ABatchThatWasCommittedAfterAllCountsOnce) {
  start(count_words);
  town.write("in", 0, {"a"});
  ASSERT_TRUE(run_until_records(1));
  town.inject("EndTxn lose_answer");
  town.inject("EndTxn error INVALID_TXN_STATE");
  town.write("in", 0, {"a"});
  for (int i = 0; i < 600 && values_so_far().size() < 2; ++i) town.run_for(100ms);
  town.run_for(60s);
  town.write("in", 0, {"a"});
  for (int i = 0; i < 600 && values_so_far().size() < 3; ++i) town.run_for(100ms);
  EXPECT_THAT(values(), ElementsAre("a1", "a2", "a3"));
  EXPECT_THAT(log, HasSubstr("computed again"));
}

TEST_P(StateInTransactions, ABatchThatIsComputedAgainIsOnceInItsWindows) {
  start([](const auto& words) {
    return words.reduce_by_key_and_window(std::plus<>(), 10min).map([](const auto& count) {
      return count.first + std::to_string(count.second);
    });
  });
  town.write("in", 0, {"a"});
  ASSERT_TRUE(run_until_records(1));
  town.inject("TxnOffsetCommit error TRANSACTION_ABORTABLE");
  town.write("in", 1, {"a", "a"});
  ASSERT_TRUE(run_until_records(2));
  EXPECT_THAT(values(), ElementsAre("a1", "a3"));
  EXPECT_THAT(log, HasSubstr("computed again"));
}

TEST_P(StateInTransactions, WithAnInverseToo) {
  start([](const auto& words) {
    return words.reduce_by_key_and_window(std::plus<>(), std::minus<>(), 10min)
        .map([](const auto& count) { return count.first + std::to_string(count.second); });
  });
  town.write("in", 0, {"a"});
  ASSERT_TRUE(run_until_records(1));
  town.inject("TxnOffsetCommit error TRANSACTION_ABORTABLE");
  town.write("in", 1, {"a", "a"});
  // A batch without records, after what was given up, has the window as it was.
  ASSERT_TRUE(run_until_records(2));
  town.run_for(1s);
  const auto all = values();
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()), (std::set<std::string>{"a1", "a3"}));
}

}  // namespace
}  // namespace weir
