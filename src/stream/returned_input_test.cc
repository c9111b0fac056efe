#include "stream/returned_input.h"

#include <gmock/gmock.h>

#include <random>

namespace weir::stream {
namespace {

using testing::ElementsAre;

/// One source of two partitions; a record has ten bytes.
class ReturnedInputTest : public testing::Test {
 protected:
  plan::Slice slice(const RecordOrigin& origin, std::int64_t from, std::int64_t until) const {
    const std::int64_t records = until - from;
    return {&origin, 1, Offset{from}, Offset{until}, static_cast<std::size_t>(records) * 10,
            records};
  }
  /// "partition:from-until/bytes" of each piece.
  std::vector<std::string> pieces() const {
    std::vector<std::string> all;
    for (const plan::ReadAhead& each : returned.offers()[0].read_ahead) {
      for (const plan::Piece& piece : each.pieces) {
        all.push_back(concat(each.origin->partition.value, ":", piece.from.value, "-",
                             piece.until.value, "/", piece.bytes));
      }
    }
    return all;
  }

  RecordOrigin first{"t", PartitionId{0}};
  RecordOrigin second{"t", PartitionId{1}};
  ReturnedInput returned{std::vector<plan::Stage>(1)};
};

TEST_F(ReturnedInputTest, OffersWhatABatchGaveBack) {
  EXPECT_TRUE(returned.empty());
  returned.add({{slice(first, 0, 4), slice(first, 4, 6), slice(second, 0, 3)}});
  EXPECT_FALSE(returned.empty());
  EXPECT_THAT(pieces(), ElementsAre("0:0-4/40", "0:4-6/20", "1:0-3/30"));
  EXPECT_EQ(returned.offers()[0].read_ahead[0].worker, 1u);
}

TEST_F(ReturnedInputTest, LosesWhatIsTakenPiecesCutIncluded) {
  returned.add({{slice(first, 0, 4), slice(first, 4, 8), slice(second, 0, 3)}});
  returned.remove({{slice(first, 0, 6)}});
  EXPECT_THAT(pieces(), ElementsAre("0:6-8/20", "1:0-3/30"));
  returned.remove({{slice(first, 6, 8), slice(second, 0, 3)}});
  EXPECT_TRUE(returned.empty());
}

TEST_F(ReturnedInputTest, PutsWhatIsGivenBackAgainInFront) {
  returned.add({{slice(first, 0, 8)}});
  returned.remove({{slice(first, 0, 4)}});
  returned.add({{slice(first, 0, 4)}});
  EXPECT_THAT(pieces(), ElementsAre("0:0-4/40", "0:4-8/40"));
}

TEST_F(ReturnedInputTest, ForgetsAllWhenCleared) {
  returned.add({{slice(first, 0, 8)}});
  returned.clear();
  EXPECT_TRUE(returned.empty());
}

TEST_F(ReturnedInputTest, IsPlannedWholeWhateverFitsAndWhateverDoesNot) {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    returned.add({{slice(first, 0, 50), slice(second, 0, 50)}});
    std::int64_t done[] = {0, 0};
    while (!returned.empty()) {
      const std::size_t most = 1 + random() % 300;
      const Plan plan = plan_batch(returned.offers(), {most, SIZE_MAX, 100, random() % 3});
      returned.remove(plan.slices);
      if (random() % 3 == 0) {
        returned.add(plan.slices);  // did not fit
        continue;
      }
      for (const plan::Slice& slice : plan.slices[0]) {
        std::int64_t& at = done[slice.origin->partition.value];
        ASSERT_EQ(slice.from.value, at);
        at = slice.until.value;
      }
    }
    ASSERT_THAT(done, ElementsAre(50, 50));
  }
}

}  // namespace
}  // namespace weir::stream
