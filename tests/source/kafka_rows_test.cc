// Spark's suites of its Kafka integration: the direct stream, ranges read as a batch, and the
// receivers of old. Each test is named after the row of the conformance suite that it is
// (docs/parity.md), with that row's records.

#include <gmock/gmock.h>

#include <set>

#include "exec/sim_runtime.h"
#include "source_town.h"
#include "weir/dataset_operations.h"
#include "weir/kafka.h"
#include "weir/streaming_context.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using kafka::Start;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::UnorderedElementsAre;

using Counts = std::map<std::string, std::size_t>;

/// So many records of each value.
std::vector<std::string> repeated(const Counts& counts) {
  std::vector<std::string> values;
  for (const auto& [value, count] : counts) values.insert(values.end(), count, value);
  return values;
}

/// Processes that read topics of one partition each.
class KafkaRows : public testing::Test {
 protected:
  void make(StreamingOptions options) {
    options.log = [this](std::string_view, std::string_view line) {
      log += std::string(line) + "\n";
    };
    context = std::make_unique<StreamingContext>(
        std::move(options),
        std::make_unique<exec::SimRuntime>(town.network, "job-" + std::to_string(++processes), 2));
  }
  /// Starts a process that counts what it reads.
  void count(kafka::StreamOptions input, StreamingOptions options = {.batch_interval = 1s}) {
    make(std::move(options));
    kafka::stream<std::string>(*context, std::move(input))
        .for_each_batch([this](const Dataset<std::string>& batch) {
          for (const std::string& value : batch) ++counts[value];
          for (const OffsetRange& range : batch.offset_ranges()) ranges.push_back(range);
          batches.push_back(batch);
        });
    ASSERT_TRUE(context->start().ok());
  }
  std::size_t records() const {
    std::size_t sum = 0;
    for (const auto& [value, count] : counts) sum += count;
    return sum;
  }
  /// Runs until so many are read, and a while longer, in which no more come.
  void expect_records(std::size_t expected) {
    ASSERT_TRUE(town.run_until([&] { return records() >= expected; }));
    town.run_for(3s);
    EXPECT_EQ(records(), expected);
  }

  const std::vector<std::string> topics{"basic1", "basic2", "basic3"};
  SourceTown town{{{"basic1", 1}, {"basic2", 1}, {"basic3", 1}}};
  std::string log;
  std::unique_ptr<StreamingContext> context;
  Counts counts;  // by value
  std::vector<OffsetRange> ranges;
  std::vector<Dataset<std::string>> batches;

 private:
  int processes = 0;
};

TEST_F(KafkaRows, DK1_ReadsTopicsFromWhereTheirPartitionsAreToBegin) {
  for (const std::string& topic : topics) town.write(topic, 0, repeated({{"a", 7}, {"b", 9}}));
  kafka::StreamOptions input = town.direct(topics);
  input.partitions = {{"basic1", {0}}, {"basic2", {0}}, {"basic3", {0}, Offset{2}}};
  count(input);
  expect_records(46);
  EXPECT_EQ(counts, (Counts{{"a", 19}, {"b", 27}}));
  for (const auto& batch : batches) {
    std::multiset<std::int64_t> sizes, expected;
    for (const auto& partition : batch.partitions()) {
      sizes.insert(static_cast<std::int64_t>(partition.size()));
    }
    for (const OffsetRange& range : batch.offset_ranges()) {
      expected.insert(range.until.value - range.from.value);
    }
    EXPECT_EQ(sizes, expected);
  }
}

/// Processes that read the topics whose names match.
class KafkaPatterns : public KafkaRows {
 protected:
  KafkaPatterns() {
    for (const char* topic : {"pat1", "pat2", "pat3", "advanced3"}) town.create(topic, 1);
  }
  kafka::StreamOptions like(std::string pattern, const std::string& group = "patterns") {
    kafka::StreamOptions input = group.empty() ? town.direct({}) : town.group({});
    input.group = group;
    input.topic_pattern = std::move(pattern);
    return input;
  }
  /// Why such a stream does not start.
  std::string refusal(kafka::StreamOptions input) {
    make({.batch_interval = 1s});
    kafka::stream<std::string>(*context, std::move(input)).for_each([](const std::string&) {});
    const Result<void> started = context->start();
    return started.ok() ? "" : started.error().message();
  }
  std::set<std::string> topics_read() const {
    std::set<std::string> read;
    for (const OffsetRange& range : ranges) read.insert(range.topic);
    return read;
  }
};

TEST_F(KafkaPatterns, DK2_ReadsTheTopicsWhoseNamesMatch) {
  // What is before offset 3 of pat2 and offset 4 of pat3 is committed.
  town.write("pat2", 0, repeated({{"a", 3}}));
  town.write("pat3", 0, repeated({{"a", 4}}));
  kafka::StreamOptions before = town.group({"pat2", "pat3"});
  before.group = "patterns";
  count(before);
  expect_records(7);
  context->stop();
  counts.clear();
  ranges.clear();
  town.write("pat1", 0, repeated({{"a", 7}, {"b", 9}}));
  town.write("pat2", 0, repeated({{"a", 4}, {"b", 9}}));
  town.write("pat3", 0, repeated({{"a", 3}, {"b", 9}}));
  town.write("advanced3", 0, repeated({{"a", 7}, {"b", 9}}));
  count(like("pat\\d"));
  expect_records(41);
  EXPECT_EQ(counts, (Counts{{"a", 14}, {"b", 27}}));
  EXPECT_THAT(topics_read(), UnorderedElementsAre("pat1", "pat2", "pat3"));
}

TEST_F(KafkaPatterns, TheWholeNameMustMatch) {
  for (const char* topic : {"pat1", "advanced3"}) town.write(topic, 0, {topic});
  town.create("my-pat1", 1);
  town.write("my-pat1", 0, {"no"});
  count(like("pat1|adv", ""));
  expect_records(1);
  EXPECT_EQ(counts, (Counts{{"pat1", 1}}));
}

TEST_F(KafkaPatterns, AGroupFindsTopicsThatAreCreatedLater) {
  town.write("pat1", 0, {"a"});
  count(like("pat\\d"));
  expect_records(1);
  town.create("pat4", 2);
  town.write("pat4", 0, {"a"});
  town.write("pat4", 1, {"a"});
  town.create("other4", 1);
  town.write("other4", 0, {"no"});
  ASSERT_TRUE(town.run_until([&] { return records() == 3; }, 6min));
  town.run_for(1min);
  EXPECT_EQ(counts, (Counts{{"a", 3}}));
  EXPECT_THAT(log, HasSubstr("4 topics match, of which 1 is new"));
}

TEST_F(KafkaPatterns, TopicsThatAreCreatedLaterAreReadWhole) {
  town.write("pat1", 0, {"before"});
  kafka::StreamOptions input = like("pat\\d");
  input.start = Start::latest();
  count(input);
  town.run_for(5s);
  town.create("pat4", 1);
  town.write("pat4", 0, {"first"});  // and found later, when this is before its end
  ASSERT_TRUE(town.run_until([&] { return records() == 1; }, 6min));
  town.write("pat1", 0, {"after"});
  expect_records(2);
  EXPECT_EQ(counts, (Counts{{"first", 1}, {"after", 1}}));
}

TEST_F(KafkaPatterns, AGroupLetsTopicsGoThatAreDeleted) {
  town.write("pat1", 0, {"a"});
  kafka::StreamOptions input = like("pat\\d");
  input.metadata_max_age = 1s;
  count(input);
  expect_records(1);
  town.remove("pat3");
  ASSERT_TRUE(town.run_until([&] { return log.find("2 topics match") != std::string::npos; }));
  town.write("pat2", 0, {"b"});
  expect_records(2);
}

TEST_F(KafkaPatterns, GoesOnWhereATopicIsDeletedWhileItsRecordsAreUnderWay) {
  kafka::StreamOptions input = like("pat\\d");
  input.metadata_max_age = 1s;
  town.inject("OffsetCommit error COORDINATOR_LOAD_IN_PROGRESS times 20");
  count(input);
  town.write("pat1", 0, {"a"});
  town.write("pat3", 0, {"c"});
  ASSERT_TRUE(town.run_until([&] { return records() == 2; }));
  town.remove("pat3");
  town.write("pat2", 0, {"b"});
  ASSERT_TRUE(town.run_until([&] { return counts["b"] == 1; }));
  ASSERT_TRUE(town.run_until([&] { return log.find("a topic was deleted") != std::string::npos; }));
  town.write("pat1", 0, {"d"});
  ASSERT_TRUE(town.run_until([&] { return counts["d"] == 1; }));
  EXPECT_EQ(context->state(), StreamingContext::State::kActive);
}

// A member that cooperates is told of a partition once: if it could not be begun then, because it
// had to wait for another topic's, it would never be read.
TEST_F(KafkaPatterns, BeginsOthersWhereATopicIsDeletedBeforeItIsBegun) {
  kafka::StreamOptions input = like("pat\\d");
  input.metadata_max_age = 1s;
  input.assignor = kafka::Assignor::kCooperativeSticky;
  town.inject("ListOffsets error NOT_LEADER_OR_FOLLOWER times 150");
  town.write("pat1", 0, {"a"});
  count(input);
  town.run_for(1s);
  EXPECT_EQ(records(), 0u);
  town.remove("pat3");
  ASSERT_TRUE(town.run_until([&] { return counts["a"] == 1; }));
  EXPECT_THAT(log, HasSubstr("2 topics match"));
}

TEST_F(KafkaPatterns, ExactlyOnceGoesOnToo) {
  kafka::StreamOptions input = like("pat\\d");
  input.metadata_max_age = 1s;
  town.create("out", 1);
  town.inject("TxnOffsetCommit error COORDINATOR_LOAD_IN_PROGRESS times 20");
  make({.batch_interval = 100ms, .delivery = Delivery::kExactlyOnce});
  std::set<std::string> committed;
  kafka::stream<std::string>(*context, input)
      .to(kafka::topic<std::string>({.brokers = input.brokers, .topic = "out"}));
  context->on_batch([&](const BatchReport& report) {
    for (const OffsetRange& range : report.ranges) committed.insert(range.topic);
  });
  ASSERT_TRUE(context->start().ok());
  town.write("pat1", 0, {"a"});
  town.write("pat3", 0, {"c"});
  town.run_for(1s);
  EXPECT_TRUE(committed.empty());
  town.remove("pat3");
  town.write("pat2", 0, {"b"});
  ASSERT_TRUE(town.run_until(
      [&] { return committed.contains("pat1") && committed.contains("pat2"); }, 5min));
  EXPECT_EQ(context->state(), StreamingContext::State::kActive);
}

TEST_F(KafkaPatterns, ATopicThatIsCreatedAnewIsReadWhole) {
  town.write("pat3", 0, repeated({{"old", 3}}));
  kafka::StreamOptions input = like("pat\\d");
  input.metadata_max_age = 1s;
  count(input);
  expect_records(3);
  context->stop();
  count(input);  // begins behind them
  town.run_for(3s);
  town.remove("pat3");
  ASSERT_TRUE(town.run_until([&] { return log.find("2 topics match") != std::string::npos; }));
  town.create("pat3", 1);
  town.write("pat3", 0, repeated({{"new", 5}}));
  expect_records(8);
  EXPECT_EQ(counts, (Counts{{"old", 3}, {"new", 5}}));
}

TEST_F(KafkaPatterns, AGroupWaitsForTheFirstTopicThatMatches) {
  kafka::StreamOptions input = like("later.*");
  input.metadata_max_age = 1s;
  count(input);
  town.run_for(3s);
  EXPECT_EQ(records(), 0u);
  town.create("later-1", 1);
  town.write("later-1", 0, {"a"});
  expect_records(1);
}

TEST_F(KafkaPatterns, AGroupThatReadsToTheEndsOfNothingStopsAtOnce) {
  StreamingOptions options{.batch_interval = 1s};
  options.stop_at_end = true;
  count(like("later.*"), options);
  EXPECT_TRUE(
      town.run_until([&] { return context->state() == StreamingContext::State::kStopped; }));
}

TEST_F(KafkaPatterns, StateIsKeptOfTopicsThatAreCreatedLater) {
  make({.batch_interval = 1s});
  std::map<std::string, int> sums;
  kafka::StreamOptions input = like("pat\\d");
  input.metadata_max_age = 1s;
  kafka::stream<std::string>(*context, input)
      .map([](std::string word) { return std::pair(std::move(word), 1); })
      .update_state_by_key([](const std::vector<int>& ones, const std::optional<int>& before) {
        return std::optional(before.value_or(0) + static_cast<int>(ones.size()));
      })
      .for_each_batch([&](const Dataset<std::pair<std::string, int>>& all) {
        for (const auto& [word, sum] : all) sums[word] = sum;
      });
  ASSERT_TRUE(context->start().ok());
  town.write("pat1", 0, {"a"});
  ASSERT_TRUE(town.run_until([&] { return sums["a"] == 1; }));
  town.create("pat4", 1);
  town.write("pat4", 0, {"a"});
  ASSERT_TRUE(town.run_until([&] { return sums["a"] == 2; }));
}

TEST_F(KafkaPatterns, WithoutAGroupSomethingMustMatch) {
  EXPECT_THAT(refusal(like("later.*", "")),
              HasSubstr("no topic matches; correct .topic_pattern, or set .group to wait for one"));
}

TEST_F(KafkaPatterns, APatternIsOneByItself) {
  EXPECT_THAT(refusal(like("pat(")), HasSubstr(".topic_pattern \"pat(\" is no regular expression"));
  kafka::StreamOptions both = like("pat.");
  both.topics = {"pat1"};
  EXPECT_THAT(refusal(both), HasSubstr("leave .topics and .partitions out"));
  kafka::StreamOptions age = like("pat.");
  age.metadata_max_age = 0s;
  EXPECT_THAT(refusal(age), HasSubstr(".metadata_max_age must be more than 0"));
}

TEST_F(KafkaRows, DK3_BeginsAtTheEndWhereItIsToldTo) {
  town.write("basic1", 0, repeated({{"a", 10}}));
  kafka::StreamOptions input = town.direct({"basic1"});
  input.start = Start::latest();
  count(input, {.batch_interval = 200ms});
  town.write("basic1", 0, repeated({{"b", 10}}));
  expect_records(10);
  EXPECT_EQ(counts, (Counts{{"b", 10}}));
}

// An offset that is not there yet: the start policy says where to go on.
TEST_F(KafkaRows, DK4_BeginsBehindTheEndByItsStartPolicy) {
  town.write("basic1", 0, repeated({{"a", 10}}));
  kafka::StreamOptions input = town.direct({"basic1"});
  input.partitions = {{"basic1", {0}, Offset{11}}};
  input.start = Start::latest();
  count(input, {.batch_interval = 200ms});
  town.run_for(1s);
  town.write("basic1", 0, repeated({{"b", 10}}));
  expect_records(10);
  EXPECT_EQ(counts, (Counts{{"b", 10}}));
  EXPECT_THAT(log, HasSubstr("offset 11 of basic1-0"));
}

TEST_F(KafkaRows, DK6_TheNextProcessGoesOnBehindWhatIsCommitted) {
  for (int i = 1; i <= 10; ++i) town.write("basic1", 0, {std::to_string(i)});
  count(town.group({"basic1"}), {.batch_interval = 100ms});
  std::int64_t committed = 0;
  context->on_batch([&](const BatchReport& report) { committed += report.records_in; });
  ASSERT_TRUE(town.run_until([&] { return committed == 10; }));
  context->stop();
  ranges.clear();
  count(town.group({"basic1"}), {.batch_interval = 100ms});
  town.write("basic1", 0, {"11"});
  expect_records(11);
  EXPECT_THAT(ranges, ElementsAre(OffsetRange{"basic1", {0}, {10}, {11}}));
}

TEST_F(KafkaRows, DK7_ListenersAreToldOfAllRecords) {
  struct Counter : Listener {
    void on_batch_submitted(const BatchInfo& batch) override { submitted += batch.records(); }
    void on_batch_started(const BatchInfo& batch) override { started += batch.records(); }
    void on_batch_completed(const BatchInfo& batch) override { completed += batch.records(); }
    std::int64_t submitted = 0, started = 0, completed = 0;
  };
  town.write("basic1", 0, repeated({{"a", 7}, {"b", 9}}));
  make({.batch_interval = 200ms});
  kafka::stream<std::string>(*context, town.direct({"basic1"})).for_each([](const std::string&) {});
  const auto counter = std::make_shared<Counter>();
  context->add_listener(counter);
  ASSERT_TRUE(context->start().ok());
  ASSERT_TRUE(town.run_until([&] { return counter->completed >= 16; }));
  context->stop();
  EXPECT_EQ(counter->submitted, 16);
  EXPECT_EQ(counter->started, 16);
  EXPECT_EQ(counter->completed, 16);
}

TEST_F(KafkaRows, KR1_ARangeIsADataset) {
  for (const char* word : {"the", "quick", "brown", "fox"}) town.write("basic1", 0, {word});
  kafka::StreamOptions input = town.direct({"basic1"});
  input.partitions = {{"basic1", {0}, Offset{0}, Offset{4}}};
  make({});
  Dataset<std::string> range;
  kafka::stream<std::string>(*context, input)
      .for_each_batch([&](const Dataset<std::string>& batch) { range = range.union_with(batch); });
  ASSERT_TRUE(context->start().ok());
  ASSERT_TRUE(context->await().ok());
  EXPECT_THAT(range.records(), UnorderedElementsAre("the", "quick", "brown", "fox"));
  EXPECT_EQ(range.size(), 4u);
  EXPECT_FALSE(range.empty());
  EXPECT_THAT(range.take(1), ElementsAre("the"));
  EXPECT_THAT(range.take(14), SizeIs(4));
}

TEST_F(KafkaRows, K8a_AGroupReadsAllFromTheStart) {
  const Counts sent{{"a", 5}, {"b", 3}, {"c", 10}};
  town.write("basic1", 0, repeated(sent));
  count(town.group({"basic1"}));
  expect_records(18);
  EXPECT_EQ(counts, sent);
}

// Spark's reliable receiver commits 29 of 30, and the next one reads the last record again.
TEST_F(KafkaRows, K8b_K8c_WhatIsCommittedIsBehindTheLastRecord) {
  const Counts sent{{"a", 10}, {"b", 10}, {"c", 10}};
  for (const std::string& topic : topics) town.write(topic, 0, repeated(sent));
  count(town.group(topics));
  expect_records(90);
  EXPECT_EQ(counts, (Counts{{"a", 30}, {"b", 30}, {"c", 30}}));
  context->stop();
  ranges.clear();
  count(town.group(topics));
  for (const std::string& topic : topics) town.write(topic, 0, {"next"});
  expect_records(93);
  EXPECT_THAT(ranges, UnorderedElementsAre(OffsetRange{"basic1", {0}, {30}, {31}},
                                           OffsetRange{"basic2", {0}, {30}, {31}},
                                           OffsetRange{"basic3", {0}, {30}, {31}}));
}

TEST_F(KafkaRows, K8e_ReadsThreeTopics) {
  for (const std::string& topic : topics) town.write(topic, 0, repeated({{"a", 7}, {"b", 9}}));
  count(town.direct(topics), {.batch_interval = 200ms});
  expect_records(48);
  EXPECT_EQ(counts, (Counts{{"a", 21}, {"b", 27}}));
}

}  // namespace
}  // namespace weir
