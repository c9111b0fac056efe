#include <gmock/gmock.h>

#include <map>
#include <set>

#include "stream/context_test.h"

namespace weir {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::SizeIs;

constexpr std::size_t kMemory = std::size_t{4} << 20;
constexpr std::size_t kRecordBytes = 1000;

/// A record that counts what all of its kind hold.
class Counted {
 public:
  explicit Counted(std::string text) : text_(std::move(text)) { count(text_.size()); }
  Counted(const Counted& other) : Counted(other.text_) {}
  Counted(Counted&& other) noexcept : text_(std::exchange(other.text_, {})) {}
  Counted& operator=(Counted other) noexcept {
    text_.swap(other.text_);
    return *this;
  }
  ~Counted() { held -= text_.size(); }

  const std::string& text() const { return text_; }
  auto begin() const { return text_.begin(); }
  std::size_t size() const { return text_.size(); }
  auto end() const { return text_.end(); }

  static inline std::size_t held = 0;
  static inline std::size_t most_held = 0;

 private:
  static void count(std::size_t bytes) {
    held += bytes;
    most_held = std::max(most_held, held);
  }
  std::string text_;
};

/// Streams whose records multiply before they move, under little memory.
class ExchangeMemoryTest : public stream::ContextTest {
 protected:
  ExchangeMemoryTest() { Counted::most_held = Counted::held = 0; }

  void make_small(StreamingOptions options = {}) {
    options.memory_bytes = kMemory;
    make(std::move(options));
  }
  /// Records that begin with their number, in pieces of `piece` records.
  void add_backlog(int records, int piece) {
    for (int i = 0; i < records; i += piece) {
      std::vector<std::string> values;
      for (int k = i; k < i + piece; ++k) values.push_back(numbered(k));
      source->add_piece(static_cast<std::size_t>(i / piece) % kPartitions, std::move(values));
    }
  }
  static std::string numbered(int i) {
    std::string value = std::to_string(i) + " ";
    value.resize(kRecordBytes, 'x');
    return value;
  }
  static auto multiply(int by) {
    return [by](const std::string& s) {
      return std::vector<Counted>(static_cast<std::size_t>(by), Counted(s));
    };
  }
  static std::string text_of(const Counted& record) { return record.text(); }
  /// How often each number is in the output.
  static std::map<int, int> counts(const plan::FakeOutput& output) {
    std::map<int, int> counts;
    for (const auto& record : output.records) ++counts[std::stoi(record.value)];
    return counts;
  }
  std::size_t overruns() const {
    std::size_t count = 0;
    for (std::size_t at = log.find("smaller batches"); at != std::string::npos;
         at = log.find("smaller batches", at + 1)) {
      ++count;
    }
    return count;
  }
};

TEST_F(ExchangeMemoryTest, ABacklogThatGrowsAHundredfoldRunsWithinMemory) {
  make_small();
  plan::FakeOutput* output = write(strings().flat_map(multiply(100)).repartition(3).map(text_of));
  add_backlog(300, 10);
  ASSERT_TRUE(run_to_end().ok());
  EXPECT_THAT(counts(*output), AllOf(SizeIs(300), Each(Pair(testing::_, 100))));
  EXPECT_LE(Counted::most_held, kMemory / 4);
  EXPECT_THAT(source->committed, ElementsAre(Pair(0, 150), Pair(1, 150)));
  EXPECT_EQ(source->released, 300u);
}

TEST_F(ExchangeMemoryTest, TheGrowthIsLearnedFromTheFirstBatches) {
  make_small();
  write(strings().flat_map(multiply(100)).repartition(3).map(text_of));
  add_backlog(300, 10);
  ASSERT_TRUE(run_to_end().ok());
  EXPECT_GE(overruns(), 1u);
  EXPECT_LE(overruns(), 10u);
  EXPECT_GT(reports.size(), 50u);
}

TEST_F(ExchangeMemoryTest, ARecordBatchThatDoesNotFitIsCut) {
  make_small();
  plan::FakeOutput* output = write(strings().flat_map(multiply(100)).repartition(3).map(text_of));
  add_backlog(64, 64);
  ASSERT_TRUE(run_to_end().ok());
  EXPECT_THAT(counts(*output), AllOf(SizeIs(64), Each(Pair(testing::_, 100))));
}

TEST_F(ExchangeMemoryTest, ARecordThatDoesNotFitFailsAndSaysWhatToRaise) {
  make_small();
  auto seen = context->accumulator("seen");
  plan::FakeOutput* output = write(strings()
                                       .flat_map([=](const std::string& s) {
                                         seen += 1;
                                         const bool large = s[0] == '5';
                                         return std::vector<Counted>(large ? 3000 : 1, Counted(s));
                                       })
                                       .repartition(2)
                                       .map(text_of));
  add_backlog(10, 10);
  const Result<void> result = run_to_end();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_THAT(result.error().message(), HasSubstr("partition 0 of topic in, offsets 5 to 6"));
  EXPECT_THAT(result.error().message(), HasSubstr("524288 bytes"));
  EXPECT_THAT(result.error().message(), HasSubstr("no smaller batch can be made"));
  EXPECT_THAT(result.error().message(), HasSubstr("raise .memory_bytes"));
  EXPECT_THAT(counts(*output), SizeIs(5));
  EXPECT_EQ(seen.value(), 5);
}

TEST_F(ExchangeMemoryTest, BatchesBeforeARecordThatDoesNotFitAreCommitted) {
  make_small();
  plan::FakeOutput* output =
      write(strings()
                .flat_map([](const std::string& s) {
                  return std::vector<Counted>(s[0] == '5' ? 3000 : 1, Counted(s));
                })
                .repartition(2)
                .map(text_of));
  output->hold = true;
  add_backlog(10, 10);
  ASSERT_TRUE(context->start().ok());
  network.run_for(std::chrono::seconds(1));
  EXPECT_EQ(context->state(), StreamingContext::State::kActive);
  output->hold = false;
  network.loop("job-driver").post([&] { output->let_go(); });
  EXPECT_EQ(context->await().error().code(), ErrorCode::kResourceExhausted);
  EXPECT_THAT(source->committed, ElementsAre(Pair(0, 5)));
}

TEST_F(ExchangeMemoryTest, WhatIsWrittenBeforeTheExchangeIsWrittenOnce) {
  make_small();
  auto seen = context->accumulator("seen");
  auto all = strings().map([=](std::string s) {
    seen += 1;
    return s;
  });
  plan::FakeOutput* before = write(all);
  plan::FakeOutput* behind = write(all.flat_map(multiply(100)).repartition(3).map(text_of));
  add_backlog(100, 10);
  ASSERT_TRUE(run_to_end().ok());
  EXPECT_GE(overruns(), 1u);
  EXPECT_THAT(counts(*before), AllOf(SizeIs(100), Each(Pair(testing::_, 1))));
  EXPECT_THAT(counts(*behind), AllOf(SizeIs(100), Each(Pair(testing::_, 100))));
  EXPECT_EQ(seen.value(), 100);
}

TEST_F(ExchangeMemoryTest, GrowthBehindAnExchangeIsBoundedAsWell) {
  make_small();
  auto seen = context->accumulator("seen");
  auto moved = strings().repartition(2).map([=](std::string s) {
    seen += 1;
    return s;
  });
  plan::FakeOutput* between = write(moved);
  plan::FakeOutput* behind = write(moved.flat_map(multiply(100)).repartition(3).map(text_of));
  add_backlog(100, 10);
  ASSERT_TRUE(run_to_end().ok());
  EXPECT_GE(overruns(), 1u);
  EXPECT_THAT(counts(*between), AllOf(SizeIs(100), Each(Pair(testing::_, 1))));
  EXPECT_THAT(counts(*behind), AllOf(SizeIs(100), Each(Pair(testing::_, 100))));
  EXPECT_EQ(seen.value(), 100);
  EXPECT_LE(Counted::most_held, kMemory / 4);
}

TEST_F(ExchangeMemoryTest, ManyDistinctKeysAreReducedWithinMemory) {
  make_small();
  std::map<std::string, int> sums;
  strings()
      .flat_map([](const std::string& s) {
        std::vector<std::pair<std::string, int>> pairs;
        for (int i = 0; i < 1000; ++i) pairs.emplace_back(concat(s.substr(0, 3), i), 1);
        return pairs;
      })
      .reduce_by_key([](int a, int b) { return a + b; })
      .for_each([&](const std::pair<std::string, int>& pair) { sums[pair.first] += pair.second; });
  add_backlog(100, 10);
  ASSERT_TRUE(run_to_end().ok());
  EXPECT_GE(overruns(), 1u);
  EXPECT_THAT(sums, SizeIs(100'000));
  EXPECT_THAT(sums, Each(Pair(testing::_, 1)));
}

/// Makes a thousand pairs of each record, all with keys of their own.
std::vector<std::pair<std::string, int>> distinct_keys(const std::string& s) {
  std::vector<std::pair<std::string, int>> pairs;
  for (int i = 0; i < 1000; ++i) pairs.emplace_back(concat(std::stoi(s), "/", i), 1);
  return pairs;
}

TEST_F(ExchangeMemoryTest, WhatIsGroupedCountsBesideTheBlocks) {
  make_small();
  auto groups = context->accumulator("groups");
  plan::FakeOutput* output =
      write(strings().flat_map(distinct_keys).group_by_key().map([=](const auto& group) {
        groups += static_cast<std::int64_t>(group.second.size());
        return group.first;
      }));
  add_backlog(6, 6);  // 300 KiB of blocks, 600 KiB of groups
  ASSERT_TRUE(run_to_end().ok());
  EXPECT_GE(overruns(), 1u);
  EXPECT_GE(reports.size(), 2u);
  const std::vector<std::string> values = output->values();
  EXPECT_THAT(std::set<std::string>(values.begin(), values.end()), SizeIs(6000));
  EXPECT_THAT(values, SizeIs(6000));
  EXPECT_EQ(groups.value(), 6000);
}

TEST_F(ExchangeMemoryTest, OneKeyThatHasAllIsGroupedInSmallerBatches) {
  make_small();
  plan::FakeOutput* output =
      write(strings()
                .map([](std::string&& s) { return std::pair(1, std::move(s)); })
                .group_by_key()
                .map([](const auto& group) { return std::to_string(group.second.size()); }));
  add_backlog(500, 500);
  ASSERT_TRUE(run_to_end().ok());
  EXPECT_GE(overruns(), 1u);
  int sum = 0;
  for (const std::string& size : output->values()) sum += std::stoi(size);
  EXPECT_EQ(sum, 500);
}

TEST_F(ExchangeMemoryTest, ACombinedValueThatGrowsIsCounted) {
  make_small();
  plan::FakeOutput* output =
      write(strings()
                .map([](std::string&& s) { return std::pair(1, std::move(s)); })
                .reduce_by_key([](const std::string& a, const std::string& b) { return a + b; })
                .map([](const auto& all) { return std::to_string(all.second.size()); }));
  add_backlog(500, 500);
  ASSERT_TRUE(run_to_end().ok());
  EXPECT_GE(overruns(), 1u);
  std::size_t sum = 0;
  for (const std::string& size : output->values()) sum += std::stoul(size);
  EXPECT_EQ(sum, 500 * kRecordBytes);
}

TEST_F(ExchangeMemoryTest, AGroupOfOneRecordThatDoesNotFitSaysWhatToRaise) {
  make_small();
  write(strings()
            .flat_map([](const std::string&) {
              std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
              for (std::int64_t i = 0; i < 10'000; ++i) pairs.emplace_back(i, i);
              return pairs;
            })
            .group_by_key()
            .map([](const auto& group) { return std::to_string(group.first); }));
  add_backlog(1, 1);
  const Result<void> result = run_to_end();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_THAT(result.error().message(), HasSubstr("or groups by key"));
  EXPECT_THAT(result.error().message(), HasSubstr("raise .memory_bytes"));
}

TEST_F(ExchangeMemoryTest, TheFirstOfTheSmallerBatchesKeepsTheName) {
  make_small({.batch_interval = std::chrono::milliseconds(100)});
  std::vector<std::int64_t> times;
  strings().flat_map(multiply(100)).for_each_batch([&](const Dataset<Counted>& batch) {
    times.push_back(batch.time().micros);
  });
  add_backlog(20, 10);
  ASSERT_TRUE(run_to_end().ok());
  EXPECT_GE(overruns(), 1u);
  EXPECT_GE(times.size(), 4u);
  EXPECT_EQ(times[0] % 100'000, 0);
  const std::set<std::int64_t> distinct(times.begin(), times.end());
  EXPECT_EQ(distinct.size(), times.size());
}

TEST_F(ExchangeMemoryTest, AGracefulStopFinishesWhatABatchGaveBack) {
  make_small();
  bool committed = false;
  plan::FakeOutput* output = write(strings().flat_map(multiply(100)).repartition(3).map(text_of));
  context->on_batch([&](const BatchReport&) { committed = true; });
  add_backlog(20, 20);
  ASSERT_TRUE(context->start().ok());
  ASSERT_TRUE(run_until([&] { return committed; }));
  EXPECT_LT(source->committed[0], 20);
  context->stop();
  EXPECT_EQ(source->committed[0], 20);
  EXPECT_THAT(counts(*output), AllOf(SizeIs(20), Each(Pair(testing::_, 100))));
}

TEST_F(ExchangeMemoryTest, AStopAtOnceDropsWhatABatchGaveBack) {
  make_small();
  write(strings().flat_map(multiply(100)).repartition(3).map(text_of));
  add_backlog(20, 20);
  ASSERT_TRUE(context->start().ok());
  ASSERT_TRUE(run_until([&] { return !source->committed.empty(); }));
  context->stop(/*gracefully=*/false);
  EXPECT_LT(source->committed[0], 20);
  EXPECT_TRUE(source->closed);
}

}  // namespace
}  // namespace weir
