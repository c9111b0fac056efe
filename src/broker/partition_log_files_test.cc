// PartitionLog on files: what it was given is there when the next process opens it.
#include <gmock/gmock.h>

#include <random>

#include "broker/partition_log.h"
#include "broker/testing/memory_storage.h"
#include "broker/testing/test_batch.h"

namespace weir::broker {
namespace {

using testing::ElementsAre;

constexpr std::size_t kAllOfIt = std::size_t{1} << 40;

/// A log whose process can end and begin again, in the same files.
class PartitionLogOnFiles : public testing::Test {
 protected:
  PartitionLogOnFiles() { open(); }

  void open() {
    log =
        std::make_unique<PartitionLog>(pool, std::make_unique<SegmentFiles>(storage, "log", false));
  }
  Result<void> restart(Offset start = {}, std::size_t enough = kAllOfIt) {
    open();
    return log->recover(start, enough);
  }
  Result<Offset> append(const std::string& value) {
    return log->append(view_of(encode({.values = {value}})), 0);
  }
  void append_many(int count) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(append(std::string(100'000, 'x')).ok());
  }
  /// The first bytes of every value that can be read.
  std::vector<std::string> values() const {
    std::vector<std::string> found;
    for (Offset at = log->start(); at < log->end();) {
      const LogSlice slice = log->read(at, kAllOfIt);
      wire::RecordBatchCursor cursor(slice.bytes);
      while (const auto batch = cursor.next().value()) {
        const auto walked = wire::for_each_record(
            batch->header, batch->payload(),
            [&](const auto& record) { found.emplace_back(record.value.substr(0, 8)); });
        EXPECT_TRUE(walked.ok());
        EXPECT_TRUE(wire::verify_crc(*batch).ok());
        at = Offset{batch->header.last_offset()}.next();
      }
    }
    return found;
  }
  /// Lets the operation behind so many fail.
  void fail_after(int operations) { storage.operations_left = operations; }

  MemoryStorage storage;
  BufferPool pool{0};
  std::unique_ptr<PartitionLog> log;
};

TEST_F(PartitionLogOnFiles, IsThereInTheNextProcess) {
  ASSERT_TRUE(append("a").ok());
  ASSERT_TRUE(append("b").ok());
  ASSERT_TRUE(restart().ok());
  EXPECT_THAT(values(), ElementsAre("a", "b"));
  EXPECT_EQ(append("c").value(), Offset{2});
  ASSERT_TRUE(restart().ok());
  EXPECT_THAT(values(), ElementsAre("a", "b", "c"));
}

TEST_F(PartitionLogOnFiles, GoesOnInItsNewestSegment) {
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(append("a").ok());
    ASSERT_TRUE(restart().ok());
  }
  EXPECT_EQ(storage.files.size(), 1u);
}

TEST_F(PartitionLogOnFiles, VisitsItsBatchesInOrder) {
  append_many(5);
  ASSERT_TRUE(restart({2}).ok());
  std::vector<std::int64_t> bases;
  log->for_each_batch([&](const auto& batch) { bases.push_back(batch.header.base_offset); });
  EXPECT_EQ(bases.back(), 4);
  EXPECT_TRUE(std::is_sorted(bases.begin(), bases.end()));
}

TEST_F(PartitionLogOnFiles, RemovesFilesWithItsChunks) {
  append_many(5);
  const std::size_t files = storage.files.size();
  ASSERT_TRUE(log->drop_oldest_chunk().value());
  EXPECT_EQ(storage.files.size(), files - 1);
  const Offset start = log->start();
  ASSERT_TRUE(restart().ok());
  EXPECT_EQ(log->start(), start);
  EXPECT_EQ(log->end(), Offset{5});
}

TEST_F(PartitionLogOnFiles, KeepsChunksWhoseFilesCannotBeRemoved) {
  append_many(5);
  const std::size_t bytes = log->bytes();
  fail_after(0);
  EXPECT_FALSE(log->drop_oldest_chunk().ok());
  fail_after(0);
  EXPECT_FALSE(log->trim(0).ok());
  EXPECT_EQ(log->bytes(), bytes);
  EXPECT_EQ(log->start(), Offset{0});
  EXPECT_EQ(values().size(), 5u);
}

TEST_F(PartitionLogOnFiles, TakesInNoMoreThanEnough) {
  append_many(100);
  const std::size_t files = storage.files.size();
  ASSERT_TRUE(restart({}, 1'000'000).ok());
  EXPECT_GT(log->start(), Offset{0});
  EXPECT_EQ(log->end(), Offset{100});
  EXPECT_LT(storage.files.size(), files);
  EXPECT_EQ(values().size(), static_cast<std::size_t>(100 - log->start().value));
}

TEST_F(PartitionLogOnFiles, StartsWithinAChunkWhereItIsToldTo) {
  ASSERT_TRUE(append("a").ok());
  ASSERT_TRUE(append("b").ok());
  ASSERT_TRUE(restart({1}).ok());
  EXPECT_THAT(values(), ElementsAre("b"));
}

TEST_F(PartitionLogOnFiles, GoesOnWhereAllWasDeleted) {
  append_many(5);
  ASSERT_TRUE(log->advance_start({5}).ok());
  EXPECT_TRUE(storage.files.empty());
  ASSERT_TRUE(restart({5}).ok());
  EXPECT_EQ(log->start(), Offset{5});
  EXPECT_EQ(append("f").value(), Offset{5});
  ASSERT_TRUE(restart({5}).ok());
  EXPECT_THAT(values(), ElementsAre("f"));
}

TEST_F(PartitionLogOnFiles, StartsWhereItIsToldToThoughFilesStayed) {
  append_many(5);
  fail_after(0);
  EXPECT_FALSE(log->advance_start({5}).ok());
  EXPECT_EQ(log->start(), Offset{5});
  ASSERT_TRUE(restart({5}).ok());
  EXPECT_EQ(log->start(), Offset{5});
  EXPECT_EQ(log->end(), Offset{5});
  ASSERT_TRUE(restart({9}).ok());  // a loss of power has taken what came behind
  EXPECT_EQ(append("j").value(), Offset{9});
}

TEST_F(PartitionLogOnFiles, TakesALargerBatchWhereASmallerOneCouldNotBeWritten) {
  fail_after(2);
  ASSERT_FALSE(append("small").ok());
  EXPECT_EQ(append(std::string(1'000'000, 'l')).value(), Offset{0});
  EXPECT_EQ(append("s").value(), Offset{1});
  ASSERT_TRUE(restart().ok());
  EXPECT_THAT(values(), ElementsAre("llllllll", "s"));
}

TEST_F(PartitionLogOnFiles, TakesASmallerBatchWhereALargerOneCouldNotBeWritten) {
  ASSERT_TRUE(append("a").ok());
  fail_after(1);
  ASSERT_FALSE(append(std::string(1'000'000, 'l')).ok());
  EXPECT_FALSE(log->read_is_cut_by_chunk({0}));
  EXPECT_EQ(append("b").value(), Offset{1});
  ASSERT_TRUE(restart().ok());
  EXPECT_THAT(values(), ElementsAre("a", "b"));
}

// Against a list of what was acknowledged: appends of all sizes, failures, deletes and restarts.
TEST_F(PartitionLogOnFiles, HoldsWhatANaiveLogHolds) {
  std::mt19937 random(7);
  std::vector<std::string> naive;
  Offset start;
  for (int i = 0; i < 2000; ++i) {
    if (random() % 4 == 0) fail_after(static_cast<int>(random() % 3));
    const auto what = random() % 20;
    if (what == 0) {
      storage.operations_left.reset();
      ASSERT_TRUE(restart(start).ok());
    } else if (what == 1) {
      start.value += static_cast<std::int64_t>(random()) % (log->end().value - start.value + 1);
      static_cast<void>(log->advance_start(start).ok());
    } else {
      std::string value = std::to_string(naive.size());
      value.resize(8, ' ');
      value.resize(8 + (random() % 3 == 0 ? random() % 300'000 : 0), 'x');
      if (append(value).ok()) naive.push_back(value.substr(0, 8));
    }
    ASSERT_EQ(log->end().value, static_cast<std::int64_t>(naive.size()));
    ASSERT_EQ(log->start(), start);
    if (i % 10 == 0) {
      ASSERT_EQ(values(), std::vector(naive.begin() + start.value, naive.end()));
    }
  }
}

TEST_F(PartitionLogOnFiles, GoesOnBehindACompactedChunk) {
  append_many(5);
  const Offset end = log->chunks()[1].end();
  const std::string last(log->read(Offset{end.value - 1}, 1).bytes);
  ASSERT_GT(end, Offset{1});
  ASSERT_TRUE(log->replace({0}, end, last).value());
  ASSERT_TRUE(restart().ok());
  EXPECT_EQ(log->start(), Offset{0});
  EXPECT_EQ(log->end(), Offset{5});
  EXPECT_EQ(values().size(), static_cast<std::size_t>(5 - (end.value - 1)));
  // A loss of power has taken what came behind it.
  std::erase_if(storage.files, [](const auto& file) { return file.first.ends_with(".log"); });
  ASSERT_TRUE(restart().ok());
  EXPECT_EQ(append("next").value(), end);
  ASSERT_TRUE(restart().ok());
  EXPECT_EQ(values(), (std::vector<std::string>{"xxxxxxxx", "next"}));
}

TEST_F(PartitionLogOnFiles, KeepsChunksWhoseReplacementCannotBeWritten) {
  append_many(5);
  const Offset end = log->chunks()[1].end();
  const std::string last(log->read(Offset{end.value - 1}, 1).bytes);
  fail_after(0);
  EXPECT_FALSE(log->replace({0}, end, last).ok());
  EXPECT_EQ(values().size(), 5u);
}

}  // namespace
}  // namespace weir::broker
