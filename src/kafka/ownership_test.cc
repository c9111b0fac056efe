#include "kafka/ownership.h"

#include <gmock/gmock.h>

#include <string>

#include "base/log.h"

namespace weir::kafka {
namespace {

using testing::ElementsAre;

/// Notes what an Ownership makes happen; the test says when all is dropped.
class OwnershipTest : public testing::Test, public Ownership::Owner {
 protected:
  void begin(std::uint64_t turn, const std::vector<TopicPartition>& partitions) override {
    turn_ = turn;
    said_.push_back("begin" + names(partitions));
  }
  void let_go(const std::vector<TopicPartition>& partitions) override {
    said_.push_back("let go" + names(partitions));
  }
  void lose() override { said_.emplace_back("lose"); }

  static std::string names(const std::vector<TopicPartition>& partitions) {
    std::string text;
    for (const TopicPartition& partition : partitions) text += " " + to_string(partition);
    return text;
  }
  static TopicPartition t(std::int32_t partition) { return {"t", {partition}}; }
  void revoke(const std::vector<TopicPartition>& partitions, const std::string& name) {
    ownership_.revoke(partitions, [this, name] { said_.push_back(name); });
  }

  std::vector<std::string> said_;
  std::uint64_t turn_ = 0;
  Ownership ownership_{*this};
};

TEST_F(OwnershipTest, BeginsWhatItIsAssigned) {
  ownership_.assign({t(1), t(2)});
  EXPECT_THAT(said_, ElementsAre("begin t-1 t-2"));
  EXPECT_TRUE(ownership_.begun(turn_, t(1)));
  EXPECT_TRUE(ownership_.begun(turn_, t(2)));
  EXPECT_FALSE(ownership_.begun(turn_, t(3)));
}

TEST_F(OwnershipTest, HasGivenUpWhatIsRevokedOnceAllIsDropped) {
  ownership_.assign({t(1), t(2)});
  revoke({t(2)}, "revoked");
  EXPECT_THAT(said_, ElementsAre("begin t-1 t-2", "let go t-2"));
  ownership_.gone();
  ownership_.gone();
  EXPECT_THAT(said_, ElementsAre("begin t-1 t-2", "let go t-2", "revoked"));
}

TEST_F(OwnershipTest, DoesNotBeginWhatWasRevokedMeanwhileButTheRest) {
  ownership_.assign({t(1), t(2)});
  revoke({t(2)}, "revoked");
  EXPECT_TRUE(ownership_.begun(turn_, t(1)));
  EXPECT_FALSE(ownership_.begun(turn_, t(2)));
}

TEST_F(OwnershipTest, BeginsAnEarlierAssignmentThoughAnotherHasCome) {
  ownership_.assign({t(1)});
  const std::uint64_t first = turn_;
  ownership_.assign({t(2)});
  EXPECT_TRUE(ownership_.begun(first, t(1)));
  EXPECT_TRUE(ownership_.begun(turn_, t(2)));
}

TEST_F(OwnershipTest, DoesNotTakeAnEarlierAssignmentsPositionForTheNext) {
  ownership_.assign({t(1)});
  const std::uint64_t first = turn_;
  ownership_.lose();
  EXPECT_FALSE(ownership_.begun(first, t(1)));
  ownership_.assign({t(1)});
  EXPECT_FALSE(ownership_.begun(first, t(1)));
  EXPECT_TRUE(ownership_.begun(turn_, t(1)));
}

TEST_F(OwnershipTest, HasNothingToGiveUpOfWhatItLosesMeanwhile) {
  ownership_.assign({t(1), t(2)});
  revoke({t(2)}, "revoked");
  ownership_.lose();
  ownership_.gone();
  EXPECT_THAT(said_, ElementsAre("begin t-1 t-2", "let go t-2", "lose"));
  EXPECT_FALSE(ownership_.begun(turn_, t(1)));
}

}  // namespace
}  // namespace weir::kafka
