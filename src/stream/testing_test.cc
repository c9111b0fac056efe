#include "weir/testing.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <stdexcept>

#include "weir/dataset_operations.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

using Words = std::vector<std::string>;
using Count = std::pair<std::string, std::int64_t>;

std::string message_of(const Result<void>& result) {
  return result.ok() ? "" : result.error().message();
}

/// Counts how often it has seen each word; a key that rests for a minute is told with -1.
auto count_for_ever(const DStream<std::string>& words) {
  const auto count = [](const std::string& word, std::optional<int> one, State<std::int64_t>& sum) {
    if (sum.is_timing_out()) return Count(word, -1);
    sum.update(sum.get_option().value_or(0) + one.value_or(0));
    return Count(word, sum.get());
  };
  return words.map([](std::string word) { return std::pair(std::move(word), 1); })
      .map_with_state(StateSpec(count).timeout(1min));
}

TEST(StreamTest, EachBatchHasWhatWasGivenToIt) {
  StreamTest test;
  const auto words = test.input<std::string>();
  const auto shouts = test.output(words.map([](const std::string& word) { return word + "!"; }));
  words.add({"to", "be"});
  ASSERT_TRUE(test.run_batch().ok());
  EXPECT_EQ(shouts.take(), (Words{"to!", "be!"}));
  words.add({"or"});
  words.add({"not"});
  ASSERT_TRUE(test.run_batch().ok());
  ASSERT_TRUE(test.run_batch().ok());
  EXPECT_THAT(shouts.take(), UnorderedElementsAre("or!", "not!"));
  EXPECT_THAT(shouts.take(), IsEmpty());
  EXPECT_THAT(shouts.batches(), ElementsAre(testing::SizeIs(2), testing::SizeIs(2), IsEmpty()));
}

TEST(StreamTest, RecordsAreDividedOverPartitionsOrPutWhereTheTestSays) {
  StreamTest test;
  const auto numbers = test.input<int>(2);
  const auto partitions = test.output(numbers.glom());
  numbers.add({1, 2, 3});
  ASSERT_TRUE(test.run_batch().ok());
  EXPECT_THAT(partitions.take(), ElementsAre(ElementsAre(1), ElementsAre(2, 3)));
  numbers.add(PartitionId{1}, {4, 5});
  ASSERT_TRUE(test.run_batch().ok());
  EXPECT_THAT(partitions.take(), ElementsAre(ElementsAre(4, 5)));
  EXPECT_THROW(numbers.add(PartitionId{2}, {6}), std::out_of_range);
}

TEST(StreamTest, TheClockMovesAsItIsTold) {
  StreamTest test;
  const auto numbers = test.input<int>();
  const auto sums = test.output(numbers.reduce_by_window(std::plus<>(), 10s, 5s));
  EXPECT_EQ(test.now(), kTestStart);
  numbers.add({1, 2});
  ASSERT_TRUE(test.run_batch().ok());
  EXPECT_EQ(test.now().millis - kTestStart.millis, 1000);
  EXPECT_EQ(test.reports().back().time.micros, test.now().millis * 1000);
  ASSERT_TRUE(test.advance(3500ms).ok());
  EXPECT_EQ(test.now().millis - kTestStart.millis, 4500);
  EXPECT_THAT(sums.take(), IsEmpty());
  ASSERT_TRUE(test.advance(500ms).ok());
  EXPECT_THAT(sums.take(), ElementsAre(3));
  ASSERT_TRUE(test.advance(10s).ok());
  EXPECT_THAT(sums.batches(), ElementsAre(ElementsAre(3), ElementsAre(3), IsEmpty()));
}

TEST(StreamTest, KeysTimeOut) {
  StreamTest test;
  const auto words = test.input<std::string>();
  const auto counts = count_for_ever(words);
  const auto told = test.output(counts);
  const auto state = test.output(counts.state_snapshots());
  words.add({"a", "a", "b"});
  ASSERT_TRUE(test.run_batch().ok());
  EXPECT_THAT(told.take(), UnorderedElementsAre(Pair("a", 1), Pair("a", 2), Pair("b", 1)));
  EXPECT_THAT(state.take(), UnorderedElementsAre(Pair("a", 2), Pair("b", 1)));
  ASSERT_TRUE(test.advance(40s).ok());
  words.add({"b"});
  ASSERT_TRUE(test.run_batch().ok());
  ASSERT_TRUE(test.advance(40s).ok());
  EXPECT_THAT(told.take(), ElementsAre(Pair("b", 2), Pair("a", -1)));
  EXPECT_THAT(state.batches().back(), ElementsAre(Pair("b", 2)));
}

TEST(StreamTest, WithoutAnIntervalABatchIsWhatWasGiven) {
  StreamTest test(StreamingOptions{});
  const auto words = test.input<std::string>();
  const auto told = test.output(count_for_ever(words));
  words.add({"a"});
  words.add({"a"});
  ASSERT_TRUE(test.run_batch().ok());
  EXPECT_THAT(told.take(), ElementsAre(Pair("a", 1), Pair("a", 2)));
  EXPECT_EQ(test.now(), kTestStart);
  EXPECT_THAT(message_of(test.run_batch()), HasSubstr("no batch to run"));
  ASSERT_TRUE(test.advance(61s).ok());
  EXPECT_THAT(told.take(), ElementsAre(Pair("a", -1)));
}

TEST(StreamTest, ATopicHasKeysTimestampsAndPartitions) {
  StreamTest test;
  const auto topic = test.topic("orders");
  const auto seen = test.output(topic.records().map([](const Record& record) {
    return std::string(record.key) + "=" + (record.has_value ? std::string(record.value) : "none") +
           "@" + std::to_string(record.timestamp.millis - kTestStart.millis) + " " +
           record.origin->topic + std::to_string(record.origin->partition.value);
  }));
  topic.add({{.key = "a", .value = "1"},
             {.key = "a"},
             {.value = "2", .timestamp = WallTime{kTestStart.millis - 5}},
             {.value = "3", .partition = PartitionId{1}}});
  ASSERT_TRUE(test.run_batch().ok());
  const std::string of_a = std::to_string(detail::key_partition("a", 2));
  EXPECT_THAT(seen.take(), UnorderedElementsAre("a=1@0 orders" + of_a, "a=none@0 orders" + of_a,
                                                "=2@-5 orders0", "=3@0 orders1"));
  EXPECT_THROW(topic.add({{.partition = PartitionId{-1}}}), std::out_of_range);
}

TEST(StreamTest, DeadLettersAreFoundByTheirTopic) {
  StreamTest test;
  const auto topic = test.topic("numbers");
  const auto numbers =
      test.output(topic.stream<std::int32_t>(BadRecords::dead_letter("unreadable")));
  topic.add({{.key = "k", .value = "no number"}, {.value = std::string("\0\0\0\7", 4)}});
  ASSERT_TRUE(test.run_batch().ok());
  EXPECT_THAT(numbers.take(), testing::SizeIs(1));
  const std::vector<TestRecord> letters = test.written("unreadable");
  ASSERT_THAT(letters, testing::SizeIs(1));
  EXPECT_EQ(letters[0].key, "k");
  EXPECT_EQ(letters[0].value, "no number");
  EXPECT_EQ(letters[0].timestamp, kTestStart);
  EXPECT_THAT(letters[0].headers, testing::Contains(Pair("weir.topic", "numbers")));
  EXPECT_EQ(test.reports().back().records_skipped, 1);
  EXPECT_THAT(test.written("elsewhere"), IsEmpty());
}

TEST(StreamTest, AccumulatorsCountCommittedBatches) {
  StreamTest test;
  const auto numbers = test.input<int>();
  const auto seen = test.context().accumulator("seen");
  test.output(numbers.map([=](int number) {
    seen += 1;
    return number;
  }));
  numbers.add({1, 2, 3});
  EXPECT_EQ(seen.value(), 0);
  ASSERT_TRUE(test.run_batch().ok());
  EXPECT_EQ(seen.value(), 3);
}

TEST(StreamTest, AFunctionThatFailsFailsTheRun) {
  StreamTest test;
  const auto numbers = test.input<int>();
  const auto halves = test.output(numbers.map([](int number) {
    if (number % 2 != 0) throw std::runtime_error("not even: " + std::to_string(number));
    return number / 2;
  }));
  numbers.add({2});
  ASSERT_TRUE(test.run_batch().ok());
  numbers.add({3});
  EXPECT_THAT(message_of(test.run_batch()), HasSubstr("not even: 3"));
  EXPECT_THAT(halves.batches(), ElementsAre(ElementsAre(1)));
  EXPECT_THAT(message_of(test.run_batch()), HasSubstr("not even: 3"));
  EXPECT_THAT(message_of(test.advance(1s)), HasSubstr("not even: 3"));
  EXPECT_THAT(message_of(test.stop()), HasSubstr("not even: 3"));
}

TEST(StreamTest, AFunctionThatFailsOnceIsTriedAgain) {
  StreamTest test;
  const auto numbers = test.input<int>(1);
  auto failures = std::make_shared<int>(1);
  const auto out = test.output(numbers.map([failures](int number) {
    if ((*failures)-- > 0) throw std::runtime_error("not yet");
    return number;
  }));
  numbers.add({1});
  ASSERT_TRUE(test.run_batch().ok());
  EXPECT_THAT(out.take(), ElementsAre(1));
  EXPECT_EQ(test.reports().back().failed_attempts, 1);
}

TEST(StreamTest, WhatMakesNoSenseFailsTheFirstRun) {
  StreamTest no_output;
  EXPECT_THAT(message_of(no_output.run_batch()), HasSubstr("output"));
  StreamTest no_partitions;
  no_partitions.output(no_partitions.input<int>(0));
  EXPECT_THAT(message_of(no_partitions.run_batch()), HasSubstr("has no partitions"));
}

TEST(StreamTest, RunsNothingAfterItHasStopped) {
  StreamTest test;
  test.output(test.input<int>());
  ASSERT_TRUE(test.run_batch().ok());
  EXPECT_TRUE(test.stop().ok());
  EXPECT_THAT(message_of(test.run_batch()), HasSubstr("make a new StreamTest"));
}

TEST(StreamTest, CannotPretendToBeExactlyOnce) {
  StreamTest test({.delivery = Delivery::kExactlyOnce, .instance = "one"});
  test.output(test.input<int>());
  EXPECT_THAT(message_of(test.run_batch()), HasSubstr("the test's input cannot take part"));
}

/// One run of a program that keeps state in a directory.
struct Attempt {
  std::vector<Count> counts;
  WallTime ended;
  std::string log;
};
Attempt run_once(const std::string& directory, WallTime start, Words words) {
  StreamTest test({.batch_interval = 1s, .checkpoint = directory}, start);
  const auto input = test.input<std::string>();
  const auto counts = test.output(count_for_ever(input));
  input.add(std::move(words));
  EXPECT_EQ(message_of(test.run_batch()), "");
  return {counts.take(), test.now(), test.log()};
}

TEST(StreamTest, AnotherGoesOnFromItsCheckpoint) {
  const auto directory = std::filesystem::path(testing::TempDir()) / "stream-test-checkpoint";
  std::filesystem::remove_all(directory);
  const Attempt first = run_once(directory, kTestStart, {"a", "b"});
  EXPECT_THAT(first.counts, UnorderedElementsAre(Pair("a", 1), Pair("b", 1)));
  EXPECT_THAT(first.log, IsEmpty());
  const Attempt second = run_once(directory, first.ended, {"a"});
  EXPECT_THAT(second.counts, ElementsAre(Pair("a", 2)));
  EXPECT_THAT(second.log, HasSubstr("info: goes on after batch "));
  EXPECT_EQ(second.ended.millis, kTestStart.millis + 2000);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace weir
