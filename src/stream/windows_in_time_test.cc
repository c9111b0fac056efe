#include <functional>
#include <map>

#include "stream/context_test.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

/// Windows and state of streams that make batches as data comes.
class WindowsInTimeTest : public stream::ContextTest {
 protected:
  using Seen = std::vector<std::pair<std::int64_t, std::vector<std::string>>>;

  /// Notes each batch of a stream with its time, in milliseconds since the test began.
  std::shared_ptr<Seen> note(const DStream<std::string>& stream) {
    auto seen = std::make_shared<Seen>();
    stream.for_each_batch([this, seen](const Dataset<std::string>& batch) {
      seen->emplace_back(batch.time().micros / 1000 - begin, batch.records());
    });
    return seen;
  }
  void make_aligned(StreamingOptions options = {}) {
    make(std::move(options));
    const std::int64_t wall = network.loop("watch").clock().wall().millis;
    begin = wall + 60'000 - wall % 60'000;
    network.jump_wall_clock(std::chrono::milliseconds(begin - wall));
  }
  void add_at(std::int64_t millis, const std::string& value) {
    pass_until(millis);
    source->add(0, value);
  }
  void pass_until(std::int64_t millis) {
    const std::int64_t now = network.loop("watch").clock().wall().millis - begin;
    network.run_for(std::chrono::milliseconds(millis - now));
  }

  std::int64_t begin = 0;
};

TEST_F(WindowsInTimeTest, AnIdleStreamEndsItsWindows) {
  make_aligned();
  const auto windows = note(strings().window(4s, 2s));
  ASSERT_TRUE(context->start().ok());
  add_at(1000, "a");
  add_at(2500, "b");
  pass_until(9000);
  context->stop();
  EXPECT_THAT(*windows, ElementsAre(Pair(2000, ElementsAre("a")), Pair(4000, ElementsAre("a", "b")),
                                    Pair(6000, ElementsAre("b")), Pair(8000, IsEmpty())));
  EXPECT_LE(reports.size(), 7u);
}

TEST_F(WindowsInTimeTest, WhatComesAfterAnEndIsOfTheNextWindow) {
  make_aligned();
  const auto windows = note(strings().window(2s, 2s));
  ASSERT_TRUE(context->start().ok());
  add_at(1999, "a");
  add_at(2003, "b");
  pass_until(4500);
  context->stop();
  EXPECT_THAT(*windows, ElementsAre(Pair(2000, ElementsAre("a")), Pair(4000, ElementsAre("b"))));
}

TEST_F(WindowsInTimeTest, WithoutASlideAWindowComesWithEachBatch) {
  make_aligned();
  const auto windows = note(strings().window(2s));
  ASSERT_TRUE(context->start().ok());
  add_at(1000, "a");
  add_at(2000, "b");
  add_at(3500, "c");
  pass_until(3600);
  context->stop();
  ASSERT_THAT(*windows, SizeIs(3));
  EXPECT_THAT((*windows)[1].second, ElementsAre("a", "b"));
  EXPECT_THAT((*windows)[2].second, ElementsAre("b", "c"));
}

TEST_F(WindowsInTimeTest, AnIdleStreamTimesKeysOut) {
  make_aligned();
  const auto tell = [](const std::string& key, std::optional<int> one, State<int>& sum) {
    if (sum.is_timing_out()) return key + " out";
    sum.update(sum.get_option().value_or(0) + *one);
    return key + " " + std::to_string(sum.get());
  };
  const auto mapped = strings()
                          .map([](std::string s) { return std::pair(std::move(s), 1); })
                          .map_with_state(StateSpec(tell).timeout(5s));
  const auto seen = note(mapped.filter([](const std::string&) { return true; }));
  ASSERT_TRUE(context->start().ok());
  add_at(1000, "a");
  add_at(3000, "b");
  add_at(4000, "a");
  pass_until(30'000);
  context->stop();
  std::vector<std::pair<std::int64_t, std::string>> told;
  for (const auto& [time, values] : *seen) {
    for (const std::string& value : values) told.emplace_back(time / 100, value);
  }
  EXPECT_THAT(told, ElementsAre(Pair(10, "a 1"), Pair(30, "b 1"), Pair(40, "a 2"),
                                Pair(80, "b out"), Pair(90, "a out")));
  EXPECT_LE(reports.size(), 7u);
}

/// A batch that does not fit into memory is run as several; they are one to windows.
TEST_F(WindowsInTimeTest, PartsOfABatchAreOfOneWindow) {
  make_aligned({.batch_interval = 1s, .memory_bytes = std::size_t{4} << 20});
  const auto multiplied =
      strings().flat_map([](const std::string& s) { return std::vector<std::string>(100, s); });
  std::map<std::int64_t, std::size_t> windows;
  multiplied.window(2s, 2s).count().for_each_batch([&](const Dataset<std::int64_t>& batch) {
    windows[batch.time().micros / 1000 - begin] += static_cast<std::size_t>(batch.records().at(0));
  });
  for (int i = 0; i < 20; ++i) {
    source->add_piece(static_cast<std::size_t>(i) % kPartitions,
                      std::vector<std::string>(10, std::string(1000, 'x')));
  }
  ASSERT_TRUE(context->start().ok());
  pass_until(7'500);
  context->stop();
  EXPECT_THAT(log, testing::HasSubstr("smaller batches"));
  std::size_t sum = 0;
  for (const auto& [time, count] : windows) sum += count;
  EXPECT_EQ(sum, 20'000u);
  EXPECT_EQ(context->status().state_bytes, 0u);
}

TEST_F(WindowsInTimeTest, PartsOfABatchCountOnceInState) {
  make_aligned({.memory_bytes = std::size_t{4} << 20});
  const auto add = [](const std::vector<int>& values, const std::optional<int>& sum) {
    return std::optional(sum.value_or(0) + static_cast<int>(values.size()));
  };
  int last = 0;
  strings()
      .flat_map([](const std::string& s) {
        return std::vector<std::pair<int, std::string>>(100, {1, s});
      })
      .map([](std::pair<int, std::string> record) { return record; })
      .repartition(2)
      .map([](std::pair<int, std::string> record) { return std::pair(record.first, 1); })
      .update_state_by_key(add)
      .for_each_batch([&](const Dataset<std::pair<int, int>>& batch) {
        if (!batch.empty()) last = batch.records().front().second;
      });
  for (int i = 0; i < 20; ++i) {
    source->add_piece(static_cast<std::size_t>(i) % kPartitions,
                      std::vector<std::string>(10, std::string(1000, 'x')));
  }
  ASSERT_TRUE(run_to_end().ok());
  EXPECT_THAT(log, testing::HasSubstr("smaller batches"));
  EXPECT_EQ(last, 20'000);
}

TEST_F(WindowsInTimeTest, WindowsThatHoldTooMuchFailWithASentence) {
  make_aligned({.state_bytes = 100'000});
  note(strings().window(10s));
  ASSERT_TRUE(context->start().ok());
  for (int i = 0; i < 300; ++i) {
    source->add(0, std::string(1000, 'x'));
    network.run_for(10ms);
  }
  const Result<void> result = context->await();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), testing::HasSubstr(".state_bytes"));
}

TEST_F(WindowsInTimeTest, StateThatIsTooLargeFailsWithASentence) {
  make_aligned({.state_bytes = 100'000});
  const auto keep = [](const std::vector<int>&, const std::optional<std::string>&) {
    return std::optional(std::string(1000, 'x'));
  };
  strings()
      .map([](std::string s) { return std::pair(std::move(s), 1); })
      .update_state_by_key(keep)
      .for_each([](const auto&) {});
  ASSERT_TRUE(context->start().ok());
  for (int i = 0; i < 300; ++i) {
    source->add(0, std::to_string(i));
    network.run_for(10ms);
  }
  const Result<void> result = context->await();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), testing::HasSubstr(".state_bytes"));
}

}  // namespace
}  // namespace weir
