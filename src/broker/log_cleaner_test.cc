#include "broker/log_cleaner.h"

#include <gmock/gmock.h>

#include <limits>

#include "broker/testing/log_records.h"
#include "broker/testing/test_batch.h"

namespace weir::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// A log whose chunks end where a test says so.
class LogCleanerTest : public testing::Test {
 protected:
  LogCleanerTest() { log.set_rolling({.millis = 500}); }

  Offset append(TestBatch batch, std::int32_t epoch = 0) {
    batch.first_timestamp = time;
    const std::string bytes = encode(batch);
    const Offset base = log.append(view_of(bytes), epoch).value();
    note(view_of(bytes), base);
    return base;
  }
  /// The transaction of a producer ends.
  void end(std::int64_t producer, wire::ControlType how) {
    Buffer marker = wire::build_end_marker(how, time, pool);
    wire::stamp(marker, producer, 0, -1);
    const wire::RecordBatchView batch = view_of(marker.view());
    note(batch, log.append(batch, 0).value());
  }
  void note(const wire::RecordBatchView& batch, Offset base) {
    producers.record(batch.header, base);
    transactions.record(batch.header, base, wire::control_type(batch));
  }
  Offset append(std::string key, std::string value) {
    return append({.records = {{std::move(key), std::move(value)}}});
  }
  /// The next batch begins a chunk.
  void end_chunk() { time += 1000; }

  LogCleaner::Terms terms() const {
    return {.range = cleanable_range(log, clean_end, {}), .now = {now}, .delete_retention = 100};
  }
  void compact(const LogCleaner::Terms& terms) {
    LogCleaner cleaner(log, producers, transactions, terms);
    while (!cleaner.step().value()) {
    }
    clean_end = cleaner.clean_end();
  }
  void compact() { compact(terms()); }

  std::vector<std::int64_t> offsets() const {
    std::vector<std::int64_t> found;
    for (const auto& [offset, record] : records_from(log, log.start())) found.push_back(offset);
    return found;
  }
  /// The base offsets of batches, those without records too.
  std::vector<std::int64_t> batches() const {
    std::vector<std::int64_t> found;
    log.for_each_batch([&](const auto& batch) { found.push_back(batch.header.base_offset); });
    return found;
  }

  BufferPool pool{0};
  PartitionLog log{pool};
  ProducerSequences producers{100};
  TransactionIndex transactions;
  std::int64_t time = 1000;
  std::int64_t now = 1'000'000;
  Offset clean_end;
};

TEST_F(LogCleanerTest, KeepsTheNewestOfEachKeyAtItsOffset) {
  append("a", "1");
  append("b", "2");
  end_chunk();
  append("a", "3");
  append("c", "4");
  end_chunk();
  append("c", "5");  // in the newest chunk, which is let be and tells nothing
  compact();
  EXPECT_THAT(offsets(), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(log.start(), Offset{0});
  EXPECT_EQ(log.end(), Offset{5});
  EXPECT_EQ(clean_end, Offset{4});
  EXPECT_EQ(append("d", "6"), Offset{5});
}

TEST_F(LogCleanerTest, ReadsOnFromAnOffsetThatIsGone) {
  append("a", "1");
  for (int i = 0; i < 20; ++i) append("b", "2");
  append("a", "3");
  end_chunk();
  append("c", "4");
  compact();
  for (std::int64_t from = 1; from <= 20; ++from) {
    EXPECT_EQ(records_from(log, {from}).front().first, 20) << from;
  }
  EXPECT_EQ(records_from(log, {21}).front().first, 21);
}

TEST_F(LogCleanerTest, LeavesABatchWithoutRecordsAtTheEndOfARun) {
  append("a", "1");
  append("b", "1");
  end_chunk();
  append("a", "2");
  append("b", "2");
  compact();
  EXPECT_THAT(batches(), ElementsAre(0, 1, 2, 3)) << "no dirty record has replaced any";
  end_chunk();
  append("c", "1");
  compact();
  EXPECT_THAT(batches(), ElementsAre(0, 2, 3, 4)) << "the first tells of its leader";
  EXPECT_THAT(offsets(), ElementsAre(2, 3, 4));
}

TEST_F(LogCleanerTest, MakesOneChunkOfSmallOnes) {
  for (int i = 0; i < 20; ++i) {
    append("key" + std::to_string(i), "value");
    end_chunk();
  }
  const std::size_t before = log.bytes();
  compact();
  EXPECT_THAT(log.chunks(), SizeIs(2));
  EXPECT_LT(log.bytes(), before / 5);
  EXPECT_THAT(offsets(), SizeIs(20));
}

TEST_F(LogCleanerTest, MakesNoChunkOfManyLargeOnes) {
  for (int i = 0; i < 120; ++i) append(std::to_string(i), std::string(100'000, 'x'));
  const std::size_t chunks = log.chunks().size();
  compact();
  EXPECT_GT(log.chunks().size(), 2u);
  EXPECT_LT(log.chunks().size(), chunks);
  for (const LogChunk& chunk : log.chunks()) EXPECT_LE(chunk.size(), PartitionLog::kLargestChunk);
  EXPECT_THAT(offsets(), SizeIs(120));
}

TEST_F(LogCleanerTest, LeavesChunksThatHaveNothingToLose) {
  append("a", "1");
  end_chunk();
  append("b", "1");
  compact();
  const char* memory = log.chunks().front().view().data();
  clean_end = {};
  compact();
  EXPECT_EQ(log.chunks().front().view().data(), memory);
}

TEST_F(LogCleanerTest, KeepsWhatWasReadBefore) {
  append("a", "1");
  append("a", "2");
  end_chunk();
  append("b", "3");
  const LogSlice slice = log.read({0}, 1 << 20);
  const std::string before(slice.bytes);
  compact();
  EXPECT_THAT(offsets(), ElementsAre(1, 2));
  EXPECT_EQ(slice.bytes, before);
}

TEST_F(LogCleanerTest, KeepsTheLastBatchOfEachProducer) {
  const TestBatch one{
      .producer_id = 1, .producer_epoch = 0, .base_sequence = 0, .records = {{"a", "1"}}};
  TestBatch two = one;
  two.base_sequence = 1;
  append({.records = {{"z", "0"}}});
  append(one);
  append(two);
  append({.producer_id = 2, .producer_epoch = 0, .base_sequence = 0, .records = {{"a", "2"}}});
  append("a", "3");
  end_chunk();
  append("b", "1");
  compact();
  EXPECT_THAT(batches(), ElementsAre(0, 2, 3, 4, 5));
  EXPECT_THAT(offsets(), ElementsAre(0, 4, 5));
  ProducerSequences relearned(100);
  log.for_each_batch(
      [&](const auto& batch) { relearned.record(batch.header, {batch.header.base_offset}); });
  EXPECT_EQ(relearned.check(view_of(encode(two)).header).duplicate_of, Offset{2});
}

TEST_F(LogCleanerTest, KeepsTheFirstBatchOfEachLeader) {
  append({.records = {{"a", "1"}}}, 0);
  append({.records = {{"a", "2"}}}, 2);
  append({.records = {{"a", "3"}}}, 2);
  append({.records = {{"a", "4"}}}, 5);
  append({.records = {{"a", "5"}}}, 5);
  end_chunk();
  append({.records = {{"b", "1"}}}, 5);
  compact();
  EXPECT_THAT(batches(), ElementsAre(0, 1, 3, 4, 5));
  EXPECT_THAT(offsets(), ElementsAre(4, 5));
  std::vector<std::int32_t> epochs;
  log.for_each_batch([&](const auto& batch) { epochs.push_back(batch.header.leader_epoch); });
  EXPECT_THAT(epochs, ElementsAre(0, 2, 5, 5, 5));
}

TEST_F(LogCleanerTest, DropsTombstonesWhenTheirTimeIsOver) {
  append("a", "1");
  append({.records = {{"a", std::nullopt}}});
  end_chunk();
  append("b", "1");
  compact();
  EXPECT_THAT(offsets(), ElementsAre(1, 2));
  now += 99;
  clean_end = {};
  compact();
  EXPECT_THAT(offsets(), ElementsAre(1, 2));
  now += 1;
  end_chunk();
  append("c", "1");
  compact();
  EXPECT_THAT(offsets(), ElementsAre(2, 3));
}

TEST_F(LogCleanerTest, DropsWhatWasAborted) {
  const auto in_transaction = [](std::int64_t producer, KeyedRecord record) {
    return TestBatch{.producer_id = producer,
                     .producer_epoch = 0,
                     .base_sequence = 0,
                     .transactional = true,
                     .records = {std::move(record)}};
  };
  append("a", "1");
  append("b", "1");
  append(in_transaction(7, {"a", "aborted"}));
  append(in_transaction(8, {"b", "committed"}));
  append(in_transaction(7, {"c", "aborted"}));
  end(7, wire::ControlType::kAbort);
  end(8, wire::ControlType::kCommit);
  append(in_transaction(7, {"c", "committed"}));
  end(7, wire::ControlType::kCommit);
  end_chunk();
  append("z", "1");
  compact();
  EXPECT_THAT(offsets(), ElementsAre(0, 3, 5, 6, 7, 8, 9)) << "the ends of transactions stay";
  EXPECT_EQ(table_of(records_from(log, {0}))["a"], "1");
  EXPECT_EQ(table_of(records_from(log, {0}))["c"], "committed");
  TransactionIndex relearned;
  log.for_each_batch([&](const auto& batch) {
    relearned.record(batch.header, {batch.header.base_offset}, wire::control_type(batch));
  });
  EXPECT_EQ(relearned.stable_end(log.end()), log.end());
  EXPECT_FALSE(relearned.has_aborted());
}

TEST_F(LogCleanerTest, GoesOnWhereKeysDidNotFit) {
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 100; ++i) append(std::to_string(i), std::to_string(round));
  }
  end_chunk();
  append("end", "");
  int rounds = 0;
  while (clean_end < Offset{200}) {
    const Offset before = clean_end;
    auto few_keys = terms();
    few_keys.key_bytes = 1000;
    compact(few_keys);
    ASSERT_GT(clean_end, before);
    ++rounds;
  }
  EXPECT_GT(rounds, 10);
  EXPECT_THAT(offsets(), SizeIs(101));
  EXPECT_EQ(table_of(records_from(log, {0}))["99"], "1");
}

TEST_F(LogCleanerTest, GetsThereInStepsOfAnySize) {
  std::optional<std::vector<PlacedRecord>> expected;
  for (const std::size_t size : {std::size_t{1} << 30, std::size_t{10'000}, std::size_t{1}}) {
    PartitionLog fresh(pool);
    fresh.set_rolling({.millis = 500});
    for (int i = 0; i < 300; ++i) {
      const std::string bytes = encode({.first_timestamp = i / 50 * 1000,
                                        .records = {{std::to_string(i % 70), std::to_string(i)}}});
      ASSERT_TRUE(fresh.append(view_of(bytes), 0).ok());
    }
    LogCleaner cleaner(
        fresh, producers, transactions,
        {.range = cleanable_range(fresh, {}, {}), .now = {now}, .bytes_a_step = size});
    int steps = 1;
    while (!cleaner.step().value()) ++steps;
    EXPECT_EQ(steps > 500, size == 1);
    const auto records = records_from(fresh, {0});
    if (!expected) expected = records;
    EXPECT_EQ(records, *expected);
    EXPECT_THAT(records, SizeIs(120));
  }
}

TEST_F(LogCleanerTest, GoesOnWhenTheOldestChunksGoMeanwhile) {
  for (int i = 0; i < 50; ++i) {
    for (int j = 0; j < 20; ++j) append(std::to_string(j), std::to_string(i));
    end_chunk();
  }
  auto small_steps = terms();
  small_steps.bytes_a_step = 1;
  LogCleaner cleaner(log, producers, transactions, small_steps);
  for (int steps = 0; !cleaner.step().value(); ++steps) {
    if (steps % 200 == 150) {
      ASSERT_TRUE(log.drop_oldest_chunk().value());
    }
    if (steps % 200 == 50) {
      ASSERT_TRUE(log.advance_start({std::min(log.start().value + 5, log.end().value)}).ok());
    }
  }
  EXPECT_EQ(cleaner.clean_end(), Offset{49 * 20});
  EXPECT_THAT(log.chunks(), SizeIs(2));
  const auto records = records_from(log, log.start());
  EXPECT_THAT(records, SizeIs(40));
}

TEST_F(LogCleanerTest, EndsWhenAllOfItIsDeletedMeanwhile) {
  for (int i = 0; i < 10; ++i) {
    append("a", std::to_string(i));
    end_chunk();
  }
  auto small_steps = terms();
  small_steps.bytes_a_step = 1;
  LogCleaner cleaner(log, producers, transactions, small_steps);
  for (int i = 0; i < 3; ++i) ASSERT_FALSE(cleaner.step().value());
  ASSERT_TRUE(log.advance_start({10}).ok());
  for (int i = 0; i < 3; ++i) append("b", std::to_string(i));
  while (!cleaner.step().value()) {
  }
  EXPECT_THAT(offsets(), ElementsAre(10, 11, 12));
}

TEST_F(LogCleanerTest, StartsWithinAChunkWhereTheLogDoes) {
  append("a", "1");
  append("b", "2");
  append("c", "3");
  append("b", "4");
  end_chunk();
  append("d", "5");
  ASSERT_TRUE(log.advance_start({2}).ok());
  compact();
  EXPECT_EQ(log.start(), Offset{2});
  EXPECT_THAT(offsets(), ElementsAre(2, 3, 4));
}

TEST(CleanableRange, CountsWhatIsCleanAndWhatIsDirty) {
  BufferPool pool(0);
  PartitionLog log(pool);
  log.set_rolling({.millis = 500});
  const std::string batch = encode({.first_timestamp = 1000});
  for (std::int64_t time = 1000; time <= 5000; time += 1000) {
    const std::string bytes = encode({.first_timestamp = time});
    ASSERT_TRUE(log.append(view_of(bytes), 0).ok());
  }
  const CleanableRange all = cleanable_range(log, {0}, {});
  EXPECT_EQ(all.end, Offset{4});
  EXPECT_EQ(all.dirty_bytes, 4 * batch.size());
  EXPECT_EQ(all.ratio(), 1);
  EXPECT_EQ(all.oldest, WallTime{1000});
  const CleanableRange some = cleanable_range(log, {1}, {.youngest = {3000}});
  EXPECT_EQ(some.dirty, Offset{1});
  EXPECT_EQ(some.end, Offset{3});
  EXPECT_EQ(some.clean_bytes, batch.size());
  EXPECT_EQ(some.dirty_bytes, 2 * batch.size());
  EXPECT_EQ(some.oldest, WallTime{2000});
  const CleanableRange young = cleanable_range(log, {1}, {.youngest = {1500}});
  EXPECT_EQ(young.dirty_bytes, 0u);
  EXPECT_TRUE(young.has_dirty_chunks);
  EXPECT_EQ(young.ratio(), 0);
  EXPECT_EQ(cleanable_range(log, {1}, {.from = {3}}).end, Offset{3});
  EXPECT_EQ(cleanable_range(log, {1}, {.from = {2}}).end, Offset{2});
  EXPECT_FALSE(cleanable_range(log, {4}, {}).has_dirty_chunks);
  EXPECT_FALSE(cleanable_range(PartitionLog(pool), {}, {}).has_dirty_chunks);
}

}  // namespace
}  // namespace weir::broker
