// What compaction does about the ends of transactions.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

#include "broker/log_cleaner.h"
#include "broker/testing/log_records.h"
#include "broker/testing/test_batch.h"

namespace weir::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using wire::ControlType;

/// A log of transactions; it may be compacted before each batch.
class LogCleanerEnds : public testing::Test {
 protected:
  LogCleanerEnds() { log.set_rolling({.millis = 500}); }

  void write(std::int64_t producer, std::string key, std::string value) {
    const std::string bytes = encode({.first_timestamp = time,
                                      .producer_id = producer,
                                      .producer_epoch = 0,
                                      .base_sequence = sequences[producer]++,
                                      .transactional = true,
                                      .records = {{std::move(key), std::move(value)}}});
    append(view_of(bytes));
  }
  void end(std::int64_t producer, ControlType how) {
    BufferPool marker_pool(0);
    Buffer marker = wire::build_end_marker(how, time, marker_pool);
    wire::stamp(marker, producer, 0, -1);
    append(view_of(marker.view()));
  }
  void append(const wire::RecordBatchView& batch) {
    const Offset base = log.append(batch, 0).value();
    note(batch, base);
    time += 1000;  // the next begins a chunk
  }
  void note(const wire::RecordBatchView& batch, Offset base) {
    producers.record(batch.header, base, wire::coordinator_epoch(batch));
    transactions.record(batch.header, base, wire::control_type(batch));
  }

  /// As the Compactor does: what is not stable stays.
  void compact() {
    const CleanableRange range =
        cleanable_range(log, {}, {.from = transactions.stable_end(log.end())});
    LogCleaner cleaner(log, producers, transactions,
                       {.range = range, .now = {time}, .delete_retention = 10'000});
    while (!cleaner.step().value()) {
    }
  }
  /// What a restart knows is what the batches say.
  void forget_all_but_batches() {
    producers = ProducerSequences(100);
    transactions = TransactionIndex();
    log.for_each_batch(
        [&](const wire::RecordBatchView& batch) { note(batch, Offset{batch.header.base_offset}); });
  }

  std::vector<std::int64_t> ends() const {
    std::vector<std::int64_t> found;
    log.for_each_batch([&](const auto& batch) {
      if (batch.header.control()) found.push_back(batch.header.base_offset);
    });
    return found;
  }
  /// What a reader of committed records finds: it leaves out who is aborted until the end is read.
  std::map<std::string, std::string> table() const {
    auto aborted = transactions.aborted_in({0}, log.end());
    std::set<std::int64_t> out;
    std::vector<PlacedRecord> read;
    log.for_each_batch([&](const wire::RecordBatchView& batch) {
      for (const auto& one : aborted) {
        if (one.first.value == batch.header.base_offset) out.insert(one.producer_id);
      }
      const std::int64_t producer = batch.header.producer_id;
      if (wire::control_type(batch) == ControlType::kAbort) out.erase(producer);
      const bool is_open = batch.header.base_offset >= transactions.stable_end(log.end()).value;
      if (!batch.header.control() && !out.contains(producer) && !is_open) {
        add_records(batch.bytes, 0, read);
      }
    });
    return table_of(read);
  }

  BufferPool pool{0};
  PartitionLog log{pool};
  ProducerSequences producers{100};
  TransactionIndex transactions;
  std::map<std::int64_t, std::int32_t> sequences;
  std::int64_t time = 1000;
};

TEST_F(LogCleanerEnds, GoLikeTombstonesWhenTheirTransactionIsGone) {
  write(7, "a", "aborted");  // 0
  end(7, ControlType::kAbort);
  write(8, "a", "1");  // 2
  end(8, ControlType::kCommit);
  write(7, "b", "1");  // 4
  end(7, ControlType::kCommit);
  write(8, "a", "2");  // 6
  end(8, ControlType::kCommit);
  write(9, "c", "1");
  end(9, ControlType::kCommit);
  compact();
  EXPECT_THAT(ends(), ElementsAre(1, 3, 5, 7, 9)) << "their batches were there";
  compact();
  EXPECT_THAT(ends(), ElementsAre(1, 3, 5, 7, 9)) << "somebody may still have to read them";
  EXPECT_THAT(transactions.aborted_in({0}, log.end()), SizeIs(1));
  time += 11'000;
  compact();
  // The log's first batch stays, be it without records, and with it the end that belongs to it.
  EXPECT_THAT(ends(), ElementsAre(1, 5, 7, 9));
  EXPECT_EQ(table(), (std::map<std::string, std::string>{{"a", "2"}, {"b", "1"}, {"c", "1"}}));
}

TEST_F(LogCleanerEnds, TellReadersNoMoreOfWhatWasAborted) {
  write(5, "x", "1");
  end(5, ControlType::kCommit);
  write(7, "a", "aborted");
  end(7, ControlType::kAbort);
  write(7, "a", "committed");
  end(7, ControlType::kCommit);
  write(5, "y", "1");
  end(5, ControlType::kCommit);
  for (int i = 0; i < 4; ++i) {
    compact();
    time += 11'000;
  }
  EXPECT_THAT(ends(), ElementsAre(1, 5, 7));
  EXPECT_THAT(transactions.aborted_in({0}, log.end()), IsEmpty());
  EXPECT_EQ(table().at("a"), "committed");
}

// Random transactions, compacted now and then, with restarts: readers find what was committed, and
// the ends of what is gone do not pile up.
TEST_F(LogCleanerEnds, LeaveReadersWhatWasCommitted) {
  std::mt19937 random(17);
  std::map<std::int64_t, std::map<std::string, std::string>> open;
  std::map<std::string, std::string> committed;
  std::size_t written_ends = 0;
  const auto end_one = [&](std::int64_t producer) {
    const auto how = random() % 3 == 0 ? ControlType::kAbort : ControlType::kCommit;
    if (how == ControlType::kCommit) {
      for (const auto& [key, value] : open[producer]) committed[key] = value;
    }
    open.erase(producer);
    ++written_ends;
    end(producer, how);
  };
  for (int i = 0; i < 600; ++i) {
    const auto producer = static_cast<std::int64_t>(random() % 3);
    // Keys of their own: the order of commits is not that of the log.
    const std::string key = std::to_string(producer) + std::to_string(random() % 4);
    if (open.contains(producer) && random() % 2 == 0) {
      end_one(producer);
    } else {
      open[producer][key] = std::to_string(i);
      write(producer, key, std::to_string(i));
    }
    if (random() % 5 == 0) compact();
    if (random() % 20 == 0) forget_all_but_batches();
    if (open.empty()) {
      ASSERT_EQ(table(), committed) << i;
    }
  }
  for (const std::int64_t producer : {0, 1, 2}) {
    if (open.contains(producer)) end_one(producer);
  }
  forget_all_but_batches();
  EXPECT_EQ(transactions.stable_end(log.end()), log.end());
  EXPECT_EQ(table(), committed);
  EXPECT_LT(ends().size(), written_ends / 4);
}

}  // namespace
}  // namespace weir::broker
