// Compaction of logs on files: wherever it is cut off, and whatever fails, no key's newest value is
// lost, and no value comes back that was replaced or deleted.
#include <gmock/gmock.h>

#include <limits>
#include <random>
#include <set>

#include "broker/log_cleaner.h"
#include "broker/testing/log_records.h"
#include "broker/testing/memory_storage.h"
#include "broker/testing/test_batch.h"

namespace weir::broker {
namespace {

constexpr std::int64_t kTombstoneTime = 300;

/// A compacted log, the processes that have it one after the other, and the simplest such log there
/// is: all that was ever acknowledged.
class CompactedTown {
 public:
  explicit CompactedTown(std::uint32_t seed, bool sync = false) : random(seed), sync_(sync) {
    open();
  }

  Result<void> restart() {
    open();
    clean_end_ = {};
    WEIR_RETURN_IF_ERROR(log->recover(start_, std::numeric_limits<std::size_t>::max()));
    log->for_each_batch([&](const auto& batch) {
      producers_.record(batch.header, Offset{batch.header.base_offset});
    });
    return {};
  }

  Result<void> append() {
    TestBatch batch{.first_timestamp = now, .compression = any_codec()};
    for (std::size_t i = 1 + random() % 5; i > 0; --i) batch.records.push_back(any_record());
    const std::string bytes = encode(batch);
    WEIR_ASSIGN_OR_RETURN(const Offset base, log->append(view_of(bytes), 0));
    producers_.record(view_of(bytes).header, base);
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
      acknowledged_.push_back({batch.records[i], now});
    }
    return {};
  }

  /// Compacts all that can be, or only begins to.
  Result<void> compact(int steps = std::numeric_limits<int>::max()) {
    LogCleaner cleaner(*log, producers_, transactions_,
                       {.range = cleanable_range(*log, clean_end_, {}),
                        .now = {now},
                        .delete_retention = kTombstoneTime,
                        .key_bytes = 500 + random() % 10'000,
                        .bytes_a_step = 1 + random() % 2000});
    for (; steps > 0; --steps) {
      WEIR_ASSIGN_OR_RETURN(const bool is_over, cleaner.step());
      if (!is_over) continue;
      clean_end_ = cleaner.clean_end();
      return {};
    }
    return {};
  }

  void advance_start() {
    const Offset to{start_.value + static_cast<std::int64_t>(random() % 5)};
    if (to > log->end()) return;
    start_ = to;
    static_cast<void>(log->advance_start(to).ok());
  }

  /// Expects that a reader who begins at `from` gets the final value of every key, and nothing else
  /// than what was written, where it was written.
  void expect_all_is_well(Offset from) {
    ASSERT_EQ(log->end().value, static_cast<std::int64_t>(acknowledged_.size()));
    ASSERT_EQ(log->start(), start_);
    const auto records = records_from(*log, from);
    std::int64_t before = from.value - 1;
    for (const auto& [offset, record] : records) {
      ASSERT_GT(offset, before);
      ASSERT_EQ(record, acknowledged_[static_cast<std::size_t>(offset)].record) << offset;
      before = offset;
    }
    ASSERT_EQ(table_of(records), table_of(all_from(from)));
    expect_tombstones(records, from);
  }

  std::mt19937 random;
  MemoryStorage storage;
  std::unique_ptr<PartitionLog> log;
  std::int64_t now = 1'000'000;

 private:
  struct Acknowledged {
    KeyedRecord record;
    std::int64_t time;
  };

  void open() {
    log = std::make_unique<PartitionLog>(pool_,
                                         std::make_unique<SegmentFiles>(storage, "log", sync_));
    log->set_rolling({.millis = 100});
    producers_ = ProducerSequences(100);
  }
  wire::Compression any_codec() { return static_cast<wire::Compression>(random() % 5); }
  KeyedRecord any_record() {
    const std::string key = "key" + std::to_string(random() % 30);
    if (random() % 4 == 0) return {key, std::nullopt};
    return {key, std::to_string(acknowledged_.size()) + std::string(random() % 100, 'x')};
  }
  std::vector<PlacedRecord> all_from(Offset from) const {
    std::vector<PlacedRecord> all;
    for (auto i = static_cast<std::size_t>(from.value); i < acknowledged_.size(); ++i) {
      all.emplace_back(static_cast<std::int64_t>(i), acknowledged_[i].record);
    }
    return all;
  }
  /// A tombstone that is the newest of its key is there at least until its time is over.
  void expect_tombstones(const std::vector<PlacedRecord>& records, Offset from) const {
    std::map<std::string, std::int64_t> newest;
    for (const auto& [offset, record] : all_from(from)) newest[*record.key] = offset;
    std::set<std::int64_t> there;
    for (const auto& [offset, record] : records) there.insert(offset);
    for (const auto& [key, offset] : newest) {
      const Acknowledged& last = acknowledged_[static_cast<std::size_t>(offset)];
      ASSERT_TRUE(there.contains(offset) ||
                  (!last.record.value && now >= last.time + kTombstoneTime))
          << key;
    }
  }

  const bool sync_;
  BufferPool pool_{0};
  ProducerSequences producers_{100};
  TransactionIndex transactions_;
  Offset start_;
  Offset clean_end_;
  std::vector<Acknowledged> acknowledged_;
};

TEST(LogCleanerOnFiles, FindsACompactedLogInTheNextProcess) {
  CompactedTown town(1);
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(town.append().ok());
    town.now += 10;
  }
  const std::size_t files = town.storage.files.size();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(town.compact().ok());
  EXPECT_LT(town.storage.files.size(), files);
  const auto before = records_from(*town.log, {0});
  EXPECT_LT(before.size(), 200u);
  ASSERT_TRUE(town.restart().ok());
  EXPECT_EQ(records_from(*town.log, {0}), before);
  town.expect_all_is_well({0});
  ASSERT_TRUE(town.append().ok());
  town.expect_all_is_well({0});
}

// The same story, ended at each operation in turn.
TEST(LogCleanerOnFiles, LosesNothingWhereverTheProcessEnds) {
  for (const bool sync : {false, true}) {
    for (int end = 0; true; ++end) {
      CompactedTown town(5, sync);
      for (int i = 0; i < 30; ++i) {
        ASSERT_TRUE(town.append().ok());
        town.now += 40;
      }
      town.storage.operations_left = end;
      town.storage.fails_for_good = true;
      for (int i = 0; i < 4 && town.compact().ok(); ++i) town.now += kTombstoneTime;
      const bool reached_the_end = town.storage.operations_left > 0;
      ASSERT_NO_FATAL_FAILURE(town.expect_all_is_well({0})) << end;
      town.storage.operations_left.reset();
      const auto restarted = town.restart();
      ASSERT_TRUE(restarted.ok()) << end << restarted.error().message();
      ASSERT_NO_FATAL_FAILURE(town.expect_all_is_well({0})) << end;
      ASSERT_TRUE(town.compact().ok());
      ASSERT_NO_FATAL_FAILURE(town.expect_all_is_well({0})) << end;
      if (reached_the_end) break;
      ASSERT_LT(end, 500) << "the story has no end";
    }
  }
}

class CompactionOfAnything : public testing::TestWithParam<std::uint32_t> {};

TEST_P(CompactionOfAnything, LosesNothing) {
  CompactedTown town(GetParam(), GetParam() % 2 == 0);
  auto& random = town.random;
  for (int i = 0; i < 600; ++i) {
    town.now += static_cast<std::int64_t>(random() % 60);
    town.storage.operations_left.reset();
    if (random() % 5 == 0) town.storage.operations_left = static_cast<int>(random() % 6);
    const auto what = random() % 40;
    if (what == 0) {
      town.storage.operations_left.reset();
      const auto restarted = town.restart();
      ASSERT_TRUE(restarted.ok()) << restarted.error().message();
    } else if (what < 6) {
      static_cast<void>(town.compact().ok());
    } else if (what < 10) {
      static_cast<void>(town.compact(static_cast<int>(random() % 30)).ok());
    } else if (what == 10) {
      town.advance_start();
    } else {
      static_cast<void>(town.append().ok());
    }
    const std::int64_t start = town.log->start().value;
    const auto length = static_cast<std::uint64_t>(town.log->end().value - start + 1);
    const Offset from{start + static_cast<std::int64_t>(random() % length)};
    ASSERT_NO_FATAL_FAILURE(town.expect_all_is_well(from)) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, CompactionOfAnything, testing::Range(1u, 21u));

}  // namespace
}  // namespace weir::broker
