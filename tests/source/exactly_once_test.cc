// Whole streams from topic to topic in transactions, on the embedded broker.

#include <gmock/gmock.h>

#include "exec/sim_runtime.h"
#include "source_town.h"
#include "weir/kafka.h"
#include "weir/streaming_context.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

/// A process that copies "in" to "out" exactly once.
class Copier {
 public:
  using Work = std::function<std::string(std::string)>;

  Copier(SourceTown& town, const std::string& name, StreamingOptions options, Work work,
         kafka::StreamOptions input, const std::string& output = "out")
      : context_(with(std::move(options), name, log_),
                 std::make_unique<exec::SimRuntime>(town.network, name, 2)) {
    kafka::stream<std::string>(context_, std::move(input))
        .map([work = std::move(work), copied = context_.accumulator("copied")](std::string text) {
          copied += 1;
          return work(std::move(text));
        })
        .to(kafka::topic<std::string>({.brokers = "broker:9092", .topic = output}));
    context_.on_batch([this](const BatchReport& report) { records += report.records_out; });
  }

  StreamingContext& context() { return context_; }
  std::int64_t copied() { return context_.accumulator("copied").value(); }
  const std::vector<std::string>& log() const { return *log_; }
  std::int64_t records = 0;  ///< written by committed batches

 private:
  static StreamingOptions with(StreamingOptions options, const std::string& name,
                               const std::shared_ptr<std::vector<std::string>>& log) {
    options.app = "copier";
    options.delivery = Delivery::kExactlyOnce;
    options.workers = 2;
    if (options.instance.empty()) options.instance = name;
    options.log = [log](std::string_view, std::string_view line) { log->emplace_back(line); };
    return options;
  }

  std::shared_ptr<std::vector<std::string>> log_ = std::make_shared<std::vector<std::string>>();
  StreamingContext context_;
};

/// The two protocols of Kafka: transaction.version 0 and 2.
class ExactlyOnce : public testing::TestWithParam<std::int16_t> {
 protected:
  std::unique_ptr<Copier> make(const std::string& name, StreamingOptions options = {}) {
    kafka::StreamOptions input = town.group({"in"});
    return std::make_unique<Copier>(
        town, name, std::move(options), [this](std::string text) { return work(std::move(text)); },
        std::move(input));
  }
  std::string work(std::string text) {
    if (on_record) on_record(text);
    return text;
  }
  static bool run_to_the_end(Copier& copier) {
    return copier.context().start().ok() && copier.context().await().ok();
  }
  bool run_until_records(const Copier& copier, std::int64_t count) {
    return town.run_until([&, count] { return copier.records >= count; });
  }

  void come_back_too_late(std::string_view fault);

  std::function<void(const std::string&)> on_record;
  SourceTown town{{{"in", 2}, {"out", 2}}, 1, {}, GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Protocols, ExactlyOnce, testing::Values(0, 2), [](const auto& tested) {
  return "Version" + std::to_string(tested.param);
});

TEST_P(ExactlyOnce, CopiesATopic) {
  town.write("in", 0, {"a", "b"});
  town.write("in", 1, {"c"});
  auto copier = make("job", {.stop_at_end = true});
  ASSERT_TRUE(run_to_the_end(*copier));
  // Behind the records of a transaction lies its marker.
  EXPECT_THAT(town.committed("out"), ElementsAre(Pair("out-0", ElementsAre("0:a", "1:b")),
                                                 Pair("out-1", ElementsAre("0:c"))));
}

TEST_P(ExactlyOnce, GoesOnWhereTheLastOneStopped) {
  for (const char* value : {"a", "b", "c"}) {
    town.write("in", 0, {value});
    ASSERT_TRUE(run_to_the_end(*make("job", {.stop_at_end = true})));
  }
  EXPECT_THAT(town.committed("out")["out-0"], ElementsAre("0:a", "2:b", "4:c"));
}

// Commits take ten intervals: batches wait for their turn, and take what has come meanwhile.
TEST_P(ExactlyOnce, KeepsUpWhereCommitsTakeLongerThanItsInterval) {
  SourceTown far({{"in", 1}, {"out", 1}}, 1, {.min_delay = 5ms, .max_delay = 5ms}, GetParam());
  Copier copier(
      far, "job", {.batch_interval = 5ms}, [](std::string text) { return text; },
      far.group({"in"}));
  ASSERT_TRUE(copier.context().start().ok());
  std::int64_t written = 0;
  while (written < 6000) {
    far.write("in", 0, std::vector<std::string>(20, "a"));
    written += 20;
  }
  EXPECT_TRUE(far.run_until([&] { return copier.records == written; }, 300ms))
      << copier.records << " of " << written;
  EXPECT_LT(copier.context().status().batches, 500);
}

TEST_P(ExactlyOnce, ManyBatchesKeepTheirOrder) {
  auto copier = make("job");
  ASSERT_TRUE(copier->context().start().ok());
  std::vector<std::string> expected;
  for (int i = 0; i < 40; ++i) {
    town.write("in", 0, {std::to_string(i)});
    expected.push_back(std::to_string(i));
  }
  ASSERT_TRUE(run_until_records(*copier, 40));
  copier->context().stop();
  std::vector<std::string> values;
  const std::vector<std::string> records = town.committed("out")["out-0"];
  for (const std::string& record : records) {
    values.push_back(record.substr(record.find(':') + 1));
  }
  EXPECT_EQ(values, expected);
  EXPECT_THAT(copier->log(), IsEmpty());
}

TEST_P(ExactlyOnce, WhatAFailedBatchHasWrittenIsAborted) {
  on_record = [](const std::string& text) {
    if (text == "bad") throw std::runtime_error("cannot");
  };
  town.write("in", 0, {"a"});
  town.write("in", 1, {"bad"});
  auto copier = make("job");
  ASSERT_TRUE(copier->context().start().ok());
  const Result<void> outcome = copier->context().await();
  ASSERT_FALSE(outcome.ok());
  EXPECT_THAT(outcome.error().message(), HasSubstr("cannot"));
  EXPECT_THAT(town.committed("out")["out-0"], IsEmpty());
  // Nothing is left open that a reader would wait for, and the next process computes it again.
  on_record = nullptr;
  auto next = make("job", {.stop_at_end = true});
  ASSERT_TRUE(next->context().start().ok());
  const Result<void> end = next->context().await();
  ASSERT_TRUE(end.ok()) << end.error().message();
  EXPECT_EQ(next->records, 2);
}

TEST_P(ExactlyOnce, ARefusedCommitIsComputedAgain) {
  town.inject("TxnOffsetCommit error TRANSACTION_ABORTABLE");
  town.write("in", 0, {"a"});
  auto copier = make("job", {.stop_at_end = true});
  ASSERT_TRUE(run_to_the_end(*copier));
  std::vector<std::string> records = town.committed("out")["out-0"];
  ASSERT_EQ(records.size(), 1U);
  EXPECT_THAT(records[0], HasSubstr(":a"));
  EXPECT_THAT(copier->log(), testing::Contains(HasSubstr("computed again")));
}

TEST_P(ExactlyOnce, AnEndOfWhichNobodyKnowsIsFoundOut) {
  town.inject("EndTxn lose_answer times 3");
  town.write("in", 0, {"a"});
  auto copier = make("job");
  ASSERT_TRUE(copier->context().start().ok());
  ASSERT_TRUE(run_until_records(*copier, 1));
  town.write("in", 0, {"b"});
  ASSERT_TRUE(run_until_records(*copier, 2));
  copier->context().stop();
  EXPECT_EQ(town.committed("out")["out-0"].size(), 2U);
}

TEST_P(ExactlyOnce, AProcessThatWasAwayForTooLongGoesOn) {
  town.write("in", 0, {"a"});
  town.inject("EndTxn delay 30000");
  auto copier = make("job", {.transaction_timeout = 10s});
  ASSERT_TRUE(copier->context().start().ok());
  ASSERT_TRUE(run_until_records(*copier, 1));
  town.write("in", 0, {"b"});
  ASSERT_TRUE(run_until_records(*copier, 2));
  copier->context().stop();
  EXPECT_EQ(town.committed("out")["out-0"].size(), 2U);
}

TEST_P(ExactlyOnce, ABatchTooLargeForItsTimeOutIsMadeSmaller) {
  town.create_narrow("slow", 150);  // holds a record a request, each of which takes its time
  town.inject("Produce delay 2000 times 100000");
  std::vector<std::string> values;
  for (int i = 0; i < 64; ++i) values.push_back(std::to_string(i));
  town.write("in", 0, values);
  Copier copier(
      town, "job", {.transaction_timeout = 10s}, [](std::string text) { return text; },
      town.group({"in"}), "slow");
  ASSERT_TRUE(copier.context().start().ok());
  ASSERT_TRUE(run_until_records(copier, 64));
  copier.context().stop();
  EXPECT_EQ(town.committed("slow")["slow-0"].size(), 64U);
  EXPECT_THAT(copier.log(), testing::Contains(HasSubstr("read again in smaller batches")));
}

TEST_P(ExactlyOnce, AStopWaitsForAnEndThatIsNotAnsweredForAWhileOnly) {
  town.write("in", 0, {"a"});
  auto copier = make("job");
  ASSERT_TRUE(copier->context().start().ok());
  ASSERT_TRUE(run_until_records(*copier, 1));
  town.inject("TxnOffsetCommit freeze times 100");  // the transaction stays open
  town.inject("EndTxn freeze times 100");
  town.write("in", 0, {"b"});
  town.run_for(1s);
  const TimePoint asked = town.network.clock().now();
  copier->context().stop(/*gracefully=*/false);
  EXPECT_GE(town.network.clock().now() - asked, 1s);
  EXPECT_LE(town.network.clock().now() - asked, 10s);
}

TEST_P(ExactlyOnce, TheOlderOfTwoWithOneNameStops) {
  town.write("in", 0, {"a"});
  auto older = make("job-a", {.instance = "same"});
  ASSERT_TRUE(older->context().start().ok());
  ASSERT_TRUE(run_until_records(*older, 1));
  auto newer = make("job-b", {.instance = "same"});
  ASSERT_TRUE(newer->context().start().ok());
  ASSERT_TRUE(town.run_until(
      [&] { return older->context().state() == StreamingContext::State::kStopped; }));
  const Result<void> outcome = older->context().await();
  ASSERT_FALSE(outcome.ok());
  town.write("in", 0, {"b"});
  ASSERT_TRUE(run_until_records(*newer, 1));
  newer->context().stop();
  EXPECT_EQ(town.committed("out")["out-0"].size(), 2U);
}

TEST_P(ExactlyOnce, WhoComesBackAndFindsAnotherInItsPlaceStops) {
  come_back_too_late("EndTxn freeze");  // its next transaction stays open
}

TEST_P(ExactlyOnce, WhoComesBackAndHasLostItsMembershipStops) {
  come_back_too_late("TxnOffsetCommit freeze");
}

/// A process does not get through with what `fault` befalls, and is away until another of its name
/// is there.
void ExactlyOnce::come_back_too_late(std::string_view fault) {
  town.write("in", 0, {"a"});
  auto older = make("job-a", {.instance = "same", .transaction_timeout = 10s});
  ASSERT_TRUE(older->context().start().ok());
  ASSERT_TRUE(run_until_records(*older, 1));
  const std::vector<std::string> loops = {"job-a-driver", "job-a-worker-0", "job-a-worker-1"};
  town.inject(fault);
  town.write("in", 0, {"b"});
  town.run_for(1s);
  for (const std::string& loop : loops) town.network.set_silent(loop, true);
  town.run_for(60s);
  auto newer = make("job-b", {.instance = "same", .transaction_timeout = 10s});
  ASSERT_TRUE(newer->context().start().ok());
  ASSERT_TRUE(run_until_records(*newer, 1));
  for (const std::string& loop : loops) town.network.set_silent(loop, false);
  ASSERT_TRUE(town.run_until(
      [&] { return older->context().state() == StreamingContext::State::kStopped; }));
  EXPECT_FALSE(older->context().await().ok());
  town.write("in", 0, {"c"});
  ASSERT_TRUE(run_until_records(*newer, 2));
  newer->context().stop();
  EXPECT_EQ(town.committed("out")["out-0"].size(), 3U);
}

TEST_P(ExactlyOnce, AccumulatorsGoOnWhereTheLastProcessStopped) {
  for (const char* value : {"a", "b", "c"}) {
    town.write("in", 0, {value, value});
    ASSERT_TRUE(run_to_the_end(*make("job", {.stop_at_end = true})));
  }
  auto next = make("job");
  ASSERT_TRUE(next->context().start().ok());
  EXPECT_EQ(next->copied(), 6);
  next->context().stop();
  auto other = make("other");
  ASSERT_TRUE(other->context().start().ok());
  EXPECT_EQ(other->copied(), 0);
  other->context().stop();
  std::vector<std::string> kept;
  for (const auto& [partition, records] : town.committed("copier-accumulators")) {
    kept.insert(kept.end(), records.begin(), records.end());
  }
  EXPECT_THAT(kept, ElementsAre("0:job/copied=2", "2:job/copied=4", "4:job/copied=6"));
}

TEST_P(ExactlyOnce, WhatIsComputedAgainCountsOnce) {
  town.inject("TxnOffsetCommit error TRANSACTION_ABORTABLE times 2");
  town.write("in", 0, {"a", "b"});
  auto copier = make("job", {.stop_at_end = true});
  ASSERT_TRUE(run_to_the_end(*copier));
  EXPECT_EQ(copier->copied(), 2);
}

TEST_P(ExactlyOnce, ATopicThatWouldLoseAccumulatorsIsRefused) {
  auto copier = make("job", {.accumulators_topic = "out"});
  const Result<void> outcome = copier->context().start();
  ASSERT_FALSE(outcome.ok());
  EXPECT_THAT(outcome.error().message(), HasSubstr("cleanup.policy is not compact"));
}

TEST_P(ExactlyOnce, NeedsAGroup) {
  Copier copier(
      town, "job", {}, [](std::string text) { return text; }, town.direct({"in"}));
  const Result<void> outcome = copier.context().start();
  ASSERT_FALSE(outcome.ok());
  EXPECT_THAT(outcome.error().message(), HasSubstr("needs a .group"));
}

TEST_P(ExactlyOnce, ATransactionMustOutliveItsBatch) {
  auto copier = make("job", {.batch_interval = 20s, .transaction_timeout = 10s});
  const Result<void> outcome = copier->context().start();
  ASSERT_FALSE(outcome.ok());
  EXPECT_THAT(outcome.error().message(), HasSubstr("longer than .batch_interval"));
}

TEST_P(ExactlyOnce, SaysAtTheStartWhatTakesNoPart) {
  town.write("in", 0, {"a"});
  std::vector<std::string> lines;
  StreamingContext context({.app = "seen",
                            .delivery = Delivery::kExactlyOnce,
                            .instance = "job",
                            .stop_at_end = true,
                            .log = [&](auto, std::string_view line) { lines.emplace_back(line); }},
                           std::make_unique<exec::SimRuntime>(town.network, "job", 1));
  kafka::stream<std::string>(context, town.group({"in"})).for_each([](const std::string&) {});
  ASSERT_TRUE(context.start().ok());
  ASSERT_TRUE(context.await().ok());
  EXPECT_THAT(lines, testing::Contains(HasSubstr("for_each() is not part of the transactions")));
}

}  // namespace
}  // namespace weir
