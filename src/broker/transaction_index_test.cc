#include "broker/transaction_index.h"

#include <gmock/gmock.h>

namespace weir::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using wire::ControlType;

constexpr std::int16_t kTransactional = 0x10;
constexpr std::int16_t kControl = 0x20;

wire::RecordBatchHeader written_by(std::int64_t producer, std::int16_t attributes) {
  wire::RecordBatchHeader header;
  header.producer_id = producer;
  header.attributes = attributes;
  return header;
}

class TransactionIndexTest : public testing::Test {
 protected:
  void write(std::int64_t producer, std::int64_t offset) {
    index.record(written_by(producer, kTransactional), {offset}, std::nullopt);
  }
  void end(std::int64_t producer, ControlType type, std::int64_t offset) {
    index.record(written_by(producer, kTransactional | kControl), {offset}, type);
  }
  /// The first offsets of aborted transactions.
  std::vector<std::int64_t> aborted(std::int64_t from, std::int64_t to) const {
    std::vector<std::int64_t> firsts;
    for (const auto& one : index.aborted_in({from}, {to})) firsts.push_back(one.first.value);
    return firsts;
  }

  TransactionIndex index;
};

TEST_F(TransactionIndexTest, IsStableUpToTheFirstOpenTransaction) {
  EXPECT_EQ(index.stable_end({50}), Offset{50});
  write(1, 10);
  write(2, 12);
  write(1, 14);
  EXPECT_EQ(index.stable_end({50}), Offset{10});
  EXPECT_EQ(index.stable_end({5}), Offset{5}) << "what cannot be read is not stable either";
  end(1, ControlType::kCommit, 20);
  EXPECT_EQ(index.stable_end({50}), Offset{12});
  end(2, ControlType::kAbort, 21);
  EXPECT_EQ(index.stable_end({50}), Offset{50});
}

TEST_F(TransactionIndexTest, KnowsWhoseTransactionIsOpenAndSinceWhere) {
  write(1, 10);
  EXPECT_TRUE(index.is_open(1));
  EXPECT_EQ(index.begin_of(1), Offset{10});
  EXPECT_FALSE(index.is_open(2));
  EXPECT_EQ(index.begin_of(2), std::nullopt);
}

TEST_F(TransactionIndexTest, ListsWhatWasAbortedWhereItIsRead) {
  write(1, 10);
  write(2, 20);
  end(2, ControlType::kAbort, 25);
  end(1, ControlType::kAbort, 40);
  write(1, 50);
  end(1, ControlType::kCommit, 60);
  EXPECT_THAT(aborted(0, 100), ElementsAre(20, 10));
  EXPECT_THAT(aborted(26, 100), ElementsAre(10)) << "the other lies before it as a whole";
  EXPECT_THAT(aborted(0, 15), ElementsAre(10));
  EXPECT_THAT(aborted(25, 26), ElementsAre(20, 10)) << "its marker counts";
  EXPECT_THAT(aborted(41, 100), IsEmpty());
}

TEST_F(TransactionIndexTest, TakesNoNoteOfOtherBatchesAndOfMarkersWithoutRecords) {
  index.record(written_by(1, 0), {1}, std::nullopt);
  end(2, ControlType::kAbort, 2);
  EXPECT_EQ(index.stable_end({9}), Offset{9});
  EXPECT_THAT(aborted(0, 9), IsEmpty());
}

TEST_F(TransactionIndexTest, ForgetsWhatIsNoLongerInTheLog) {
  write(1, 10);
  end(1, ControlType::kAbort, 12);
  write(1, 20);
  end(1, ControlType::kAbort, 22);
  index.forget_before({13});
  EXPECT_THAT(aborted(0, 100), ElementsAre(20));
}

}  // namespace
}  // namespace weir::broker
