#include "broker/partition_log.h"

#include <gmock/gmock.h>

#include <limits>
#include <random>

#include "broker/testing/test_batch.h"
#include "wire/record_batch_filter.h"

namespace weir::broker {
namespace {

using testing::ElementsAre;

constexpr std::size_t kNoLimit = std::size_t{1} << 40;

Offset append(PartitionLog& log, const TestBatch& batch) {
  const std::string bytes = encode(batch);
  return log.append(view_of(bytes), 0).value();
}

/// First and last offset of every batch in the slice.
std::vector<std::pair<std::int64_t, std::int64_t>> offsets(const LogSlice& slice) {
  std::vector<std::pair<std::int64_t, std::int64_t>> found;
  wire::RecordBatchCursor cursor(slice.bytes);
  while (const auto batch = cursor.next().value()) {
    found.emplace_back(batch->header.base_offset, batch->header.last_offset());
  }
  EXPECT_EQ(cursor.rest(), "");
  return found;
}

std::string large_value() { return std::string(100'000, 'x'); }

TEST(PartitionLog, NumbersRecordsInTheOrderOfTheirArrival) {
  BufferPool pool(0);
  PartitionLog log(pool);
  EXPECT_EQ(append(log, {.values = {"a", "b"}}), Offset{0});
  EXPECT_EQ(append(log, {.values = {"c"}}), Offset{2});
  EXPECT_EQ(log.end(), Offset{3});
  EXPECT_THAT(offsets(log.read({0}, kNoLimit)), ElementsAre(std::pair(0, 1), std::pair(2, 2)));
}

TEST(PartitionLog, ChangesNothingInABatchButOffsetAndEpoch) {
  BufferPool pool(0);
  PartitionLog log(pool);
  append(log, {});
  const std::string sent = encode({.values = {"a", "b"}, .producer_id = 5});
  ASSERT_TRUE(log.append(view_of(sent), 3).ok());
  const auto stored = view_of(log.read({1}, kNoLimit).bytes);
  EXPECT_EQ(stored.header.leader_epoch, 3);
  EXPECT_EQ(stored.bytes.substr(16), std::string_view(sent).substr(16));
  EXPECT_TRUE(wire::verify_crc(stored).ok());
}

TEST(PartitionLog, BeginsWithTheBatchThatHoldsTheOffset) {
  BufferPool pool(0);
  PartitionLog log(pool);
  append(log, {.values = {"a", "b", "c"}});
  append(log, {.values = {"d"}});
  EXPECT_THAT(offsets(log.read({2}, kNoLimit)), ElementsAre(std::pair(0, 2), std::pair(3, 3)));
  EXPECT_THAT(offsets(log.read({3}, kNoLimit)), ElementsAre(std::pair(3, 3)));
  EXPECT_EQ(log.read({4}, kNoLimit).bytes, "");
}

TEST(PartitionLog, ReadsWholeBatchesWithinTheLimitButAtLeastOne) {
  BufferPool pool(0);
  PartitionLog log(pool);
  const std::size_t size = encode({}).size();
  for (int i = 0; i < 3; ++i) append(log, {});
  EXPECT_THAT(offsets(log.read({0}, 1)), ElementsAre(std::pair(0, 0)));
  EXPECT_THAT(offsets(log.read({0}, 3 * size - 1)), ElementsAre(std::pair(0, 0), std::pair(1, 1)));
}

TEST(PartitionLog, ReadsOneChunkAtATime) {
  BufferPool pool(0);
  PartitionLog log(pool);
  for (int i = 0; i < 4; ++i) append(log, {.values = {large_value()}});
  Offset next{0};
  std::vector<std::int64_t> seen;
  while (next < log.end()) {
    const bool cut = log.read_is_cut_by_chunk(next);
    for (const auto& [first, last] : offsets(log.read(next, kNoLimit))) {
      seen.push_back(first);
      next = Offset{last}.next();
    }
    EXPECT_EQ(cut, next < log.end());
  }
  EXPECT_THAT(seen, ElementsAre(0, 1, 2, 3));
}

TEST(PartitionLog, KeepsWhatWasReadWhileItGrowsAndDropsItsOldest) {
  BufferPool pool(1 << 30);
  PartitionLog log(pool);
  append(log, {.values = {"kept"}});
  const LogSlice slice = log.read({0}, kNoLimit);
  const std::string before(slice.bytes);
  for (int i = 0; i < 50; ++i) append(log, {.values = {large_value()}});
  while (log.drop_oldest_chunk().value()) {
  }
  for (int i = 0; i < 50; ++i) append(log, {.values = {large_value()}});
  EXPECT_EQ(slice.bytes, before);
}

TEST(PartitionLog, DropsOldestChunksDownToALimit) {
  BufferPool pool(0);
  PartitionLog log(pool);
  for (int i = 0; i < 300; ++i) append(log, {.values = {large_value()}});
  const std::size_t full = log.bytes();
  EXPECT_FALSE(log.trim(full).value());
  EXPECT_TRUE(log.trim(8'000'000).value());
  EXPECT_GE(log.bytes(), 8'000'000u);
  EXPECT_LE(log.bytes(), 8'000'000u + 8'400'000u);
  EXPECT_GT(log.start(), Offset{0});
  EXPECT_EQ(log.end(), Offset{300});
  EXPECT_THAT(offsets(log.read(log.start(), 1)),
              ElementsAre(std::pair(log.start().value, log.start().value)));
}

TEST(PartitionLog, StaysNearASmallLimit) {
  BufferPool pool(0);
  PartitionLog log(pool);
  constexpr std::size_t kLimit = 256 * 1024;
  for (int i = 0; i < 1000; ++i) {
    append(log, {.values = {std::string(10'000, 'x')}});
    ASSERT_TRUE(log.trim(kLimit).ok());
    ASSERT_LE(log.bytes(), kLimit + kLimit / 2);
  }
  EXPECT_GE(log.bytes(), kLimit);
}

TEST(PartitionLog, NeverDropsItsNewestChunk) {
  BufferPool pool(0);
  PartitionLog log(pool);
  EXPECT_FALSE(log.drop_oldest_chunk().value());
  append(log, {});
  EXPECT_FALSE(log.trim(0).value());
  EXPECT_FALSE(log.drop_oldest_chunk().value());
  EXPECT_EQ(log.start(), Offset{0});
}

TEST(PartitionLog, StartsWhereItIsToldToAndFreesWholeChunks) {
  BufferPool pool(0);
  PartitionLog log(pool);
  for (int i = 0; i < 300; ++i) append(log, {.values = {large_value()}});
  const std::size_t full = log.bytes();
  ASSERT_TRUE(log.advance_start({1}).ok());
  EXPECT_LT(log.bytes(), full);
  ASSERT_TRUE(log.advance_start({250}).ok());
  EXPECT_LT(log.bytes(), full / 2);
  ASSERT_TRUE(log.advance_start({249}).ok());
  EXPECT_EQ(log.start(), Offset{250});
  EXPECT_EQ(log.end(), Offset{300});
  EXPECT_THAT(offsets(log.read({250}, 1)), ElementsAre(std::pair(250, 250)));
}

TEST(PartitionLog, GoesOnBehindItsEndWhenAllRecordsAreDeleted) {
  BufferPool pool(0);
  PartitionLog log(pool);
  ASSERT_TRUE(log.advance_start({0}).ok());
  append(log, {.values = {"a", "b"}});
  ASSERT_TRUE(log.advance_start({2}).ok());
  EXPECT_EQ(log.bytes(), 0u);
  EXPECT_EQ(log.start(), Offset{2});
  EXPECT_EQ(log.max_timestamp(), std::nullopt);
  EXPECT_EQ(append(log, {}), Offset{2});
  EXPECT_THAT(offsets(log.read({2}, kNoLimit)), ElementsAre(std::pair(2, 2)));
}

TEST(PartitionLog, TakesABatchLargerThanAnyChunk) {
  BufferPool pool(0);
  PartitionLog log(pool);
  append(log, {.values = {std::string(10'000'000, 'x')}});
  EXPECT_THAT(offsets(log.read({0}, 1)), ElementsAre(std::pair(0, 0)));
}

// Against the simplest log there is: a list of batches.
TEST(PartitionLog, ReadsWhatANaiveLogReads) {
  std::mt19937 random(3);
  BufferPool pool(0);
  PartitionLog log(pool);
  std::vector<std::pair<std::int64_t, std::int64_t>> naive;
  std::vector<std::size_t> sizes;
  for (int i = 0; i < 3000; ++i) {
    TestBatch batch{.values = std::vector<std::string>(1 + random() % 5)};
    batch.values[0].resize(random() % 3000);
    sizes.push_back(encode(batch).size());
    const auto base = append(log, batch).value;
    naive.emplace_back(base, base + static_cast<std::int64_t>(batch.values.size()) - 1);
    const Offset from{
        static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(log.end().value))};
    const std::size_t limit = random() % 100'000;
    const LogSlice slice = log.read(from, limit);
    const auto read = offsets(slice);
    auto expected = std::find_if(naive.begin(), naive.end(),
                                 [&](const auto& b) { return b.second >= from.value; });
    ASSERT_FALSE(read.empty());
    ASSERT_TRUE(std::equal(read.begin(), read.end(), expected)) << "from " << from.value;
    ASSERT_TRUE(read.size() == 1 || slice.bytes.size() <= limit);
    const auto behind = static_cast<std::size_t>(expected - naive.begin()) + read.size();
    if (behind < naive.size() && !log.read_is_cut_by_chunk(from)) {
      ASSERT_GT(slice.bytes.size() + sizes[behind], limit);
    }
  }
}

TEST(PartitionLog, IsCutAtTheEndOfABatch) {
  BufferPool pool(0);
  PartitionLog log(pool);
  append(log, {.values = {"a"}});
  append(log, {.values = {"b", "c"}});
  append(log, {.values = {"d"}});
  const LogSlice read = log.read({0}, kNoLimit);
  const std::string before(read.bytes);
  log.cut({2});
  EXPECT_EQ(log.end(), Offset{1});
  EXPECT_THAT(offsets(log.read({0}, kNoLimit)), ElementsAre(std::pair(0, 0)));
  append(log, {.values = {"e"}});
  EXPECT_THAT(offsets(log.read({0}, kNoLimit)), ElementsAre(std::pair(0, 0), std::pair(1, 1)));
  EXPECT_EQ(read.bytes, before);
}

TEST(PartitionLog, IsCutByWholeChunks) {
  BufferPool pool(0);
  PartitionLog log(pool);
  for (int i = 0; i < 20; ++i) append(log, {.values = {large_value()}});
  const std::size_t all = log.bytes();
  log.cut({3});
  EXPECT_EQ(log.end(), Offset{3});
  EXPECT_LT(log.bytes(), all);
  log.cut({0});
  EXPECT_EQ(log.end(), Offset{0});
  EXPECT_EQ(log.read({0}, kNoLimit).bytes, "");
  EXPECT_EQ(append(log, {}), Offset{0});
}

TEST(PartitionLog, BeginsAChunkWhenTheNewestIsOldEnough) {
  BufferPool pool(0);
  PartitionLog log(pool);
  log.set_rolling({.millis = 100});
  for (const std::int64_t time : {1000, 1099, 1101, 500, 1201, 1202}) {
    append(log, {.first_timestamp = time});
  }
  std::vector<std::int64_t> bases;
  for (const LogChunk& chunk : log.chunks()) bases.push_back(chunk.base_offset().value);
  EXPECT_THAT(bases, ElementsAre(0, 2, 5));
  append(log, {.first_timestamp = std::numeric_limits<std::int64_t>::min()});
  append(log, {.first_timestamp = std::numeric_limits<std::int64_t>::max()});
  EXPECT_EQ(log.chunks().size(), 4u);
}

TEST(PartitionLog, DoesNotGrowChunksThatEndEarly) {
  BufferPool pool(0);
  PartitionLog log(pool);
  log.set_rolling({.millis = 1});
  for (int i = 0; i < 20; ++i) append(log, {.first_timestamp = i * 1000});
  EXPECT_EQ(log.chunks().size(), 20u);
  EXPECT_LT(log.bytes(), 64u * 1024 + 20u * 8192);
}

TEST(PartitionLog, BeginsAChunkWhenTheNewestIsLargeEnough) {
  BufferPool pool(0);
  PartitionLog log(pool);
  log.set_rolling({.bytes = 1'000'000});
  for (int i = 0; i < 100; ++i) append(log, {.values = {large_value()}});
  for (const LogChunk& chunk : log.chunks()) EXPECT_LE(chunk.size(), 1'000'000u);
  append(log, {.values = {std::string(2'000'000, 'x')}});
  EXPECT_GT(log.chunks().back().size(), 2'000'000u);
}

TEST(PartitionLog, PutsOneChunkInThePlaceOfOthers) {
  BufferPool pool(0);
  PartitionLog log(pool);
  log.set_rolling({.millis = 1});
  for (int i = 0; i < 4; ++i) append(log, {.values = {"a", "b"}, .first_timestamp = i * 1000});
  const std::string middle(log.read({4}, kNoLimit).bytes);
  EXPECT_TRUE(log.replace({2}, {6}, middle).value());
  EXPECT_EQ(log.chunks().size(), 3u);
  EXPECT_THAT(offsets(log.read({2}, kNoLimit)), ElementsAre(std::pair(4, 5)));
  EXPECT_THAT(offsets(log.read({6}, kNoLimit)), ElementsAre(std::pair(6, 7)));
  EXPECT_FALSE(log.read_is_cut_by_chunk({6}));
  EXPECT_TRUE(log.read_is_cut_by_chunk({3}));
}

TEST(PartitionLog, ReplacesNothingButWholeChunksBeforeTheNewest) {
  BufferPool pool(0);
  PartitionLog log(pool);
  log.set_rolling({.millis = 1});
  for (int i = 0; i < 3; ++i) append(log, {.values = {"a", "b"}, .first_timestamp = i * 1000});
  const std::string last(log.read({4}, kNoLimit).bytes);
  EXPECT_FALSE(log.replace({1}, {4}, last).value());
  EXPECT_FALSE(log.replace({0}, {3}, last).value());
  EXPECT_FALSE(log.replace({2}, {6}, last).value());
  EXPECT_FALSE(log.replace({2}, {2}, last).value());
  EXPECT_FALSE(log.replace({8}, {9}, last).value());
  EXPECT_EQ(log.chunks().size(), 3u);
}

TEST(PartitionLog, LetsChunksWithoutRecordsGoWithTime) {
  BufferPool pool(0);
  PartitionLog log(pool);
  log.set_rolling({.millis = 1});
  for (int i = 0; i < 3; ++i) append(log, {.first_timestamp = 1000 + i * 1000});
  std::string emptied;
  wire::append_emptied(view_of(log.read({0}, 1).bytes), emptied);
  ASSERT_TRUE(log.replace({0}, {1}, emptied).value());
  EXPECT_FALSE(log.chunks().front().has_records());
  ASSERT_TRUE(log.expire({2001}).ok());
  EXPECT_EQ(log.start(), Offset{2});
}

}  // namespace
}  // namespace weir::broker
