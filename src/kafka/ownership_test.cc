#include "kafka/ownership.h"

#include <gmock/gmock.h>

#include "base/log.h"

namespace weir::kafka {
namespace {

using testing::ElementsAre;

/// Notes what an Ownership makes happen; the test says when the engine is quiet.
class OwnershipTest : public testing::Test, public plan::SourceHost, public Ownership::Owner {
 protected:
  void on_change() override {}
  void on_pause(std::function<void()> quiet) override {
    said_.emplace_back("pause");
    quiet_ = std::move(quiet);
  }
  void on_resume() override { said_.emplace_back("resume"); }
  void on_trouble(const std::string&) override {}
  void on_failure(const Error&) override {}
  void begin(std::uint64_t turn, const std::vector<TopicPartition>& partitions) override {
    turn_ = turn;
    std::string line = "begin";
    for (const TopicPartition& partition : partitions) line += " " + to_string(partition);
    said_.push_back(line);
  }
  void drop() override { said_.emplace_back("drop"); }

  void assign(std::int32_t partition) { ownership_->assign({{"t", {partition}}}); }
  void revoke(const std::string& name) {
    ownership_->revoke([this, name] { said_.push_back(name); });
  }
  void read(std::int32_t partition) {
    assign(partition);
    ASSERT_TRUE(ownership_->begun(turn_));
    said_.clear();
  }
  void quiet() { std::exchange(quiet_, nullptr)(); }

  std::vector<std::string> said_;
  std::function<void()> quiet_;
  std::uint64_t turn_ = 0;
  std::unique_ptr<Ownership> ownership_ = std::make_unique<Ownership>(*this, *this);
};

TEST_F(OwnershipTest, BeginsWhatItIsAssignedWithoutAPause) {
  assign(1);
  EXPECT_THAT(said_, ElementsAre("begin t-1"));
  EXPECT_TRUE(ownership_->begun(turn_));
}

TEST_F(OwnershipTest, GivesUpOnceAllIsQuietAndLetsTheEngineGoOnAtOnce) {
  read(1);
  revoke("revoked");
  EXPECT_THAT(said_, ElementsAre("pause"));
  EXPECT_TRUE(ownership_->may_commit());
  quiet();
  EXPECT_THAT(said_, ElementsAre("pause", "drop", "resume", "revoked"));
  said_.clear();
  assign(2);
  EXPECT_THAT(said_, ElementsAre("begin t-2"));
}

TEST_F(OwnershipTest, GivesUpAtOnceWhatHasNotBegun) {
  assign(1);
  revoke("revoked");
  EXPECT_THAT(said_, ElementsAre("begin t-1", "revoked"));
  EXPECT_FALSE(ownership_->begun(turn_));
}

TEST_F(OwnershipTest, GivesUpNothingAtOnce) {
  revoke("revoked");
  EXPECT_THAT(said_, ElementsAre("revoked"));
}

TEST_F(OwnershipTest, MayNotCommitWhatItHasLost) {
  read(1);
  ownership_->lose();
  EXPECT_THAT(said_, ElementsAre("pause"));
  EXPECT_FALSE(ownership_->may_commit());
  quiet();
  EXPECT_THAT(said_, ElementsAre("pause", "drop", "resume"));
  EXPECT_TRUE(ownership_->may_commit());
}

TEST_F(OwnershipTest, LosesWhatItWasAboutToGiveUp) {
  read(1);
  revoke("revoked");
  ownership_->lose();
  EXPECT_FALSE(ownership_->may_commit());
  quiet();
  EXPECT_THAT(said_, ElementsAre("pause", "drop", "resume"));
}

TEST_F(OwnershipTest, DropsWhatItHasLostBeforeItBeginsWhatItIsAssignedNext) {
  read(1);
  ownership_->lose();
  assign(2);
  EXPECT_FALSE(ownership_->may_commit());
  EXPECT_THAT(said_, ElementsAre("pause"));
  quiet();
  EXPECT_THAT(said_, ElementsAre("pause", "drop", "resume", "begin t-2"));
}

TEST_F(OwnershipTest, ForgetsAnAssignmentThatIsTakenBackBeforeItCouldBegin) {
  read(1);
  ownership_->lose();
  assign(2);
  revoke("revoked");
  quiet();
  EXPECT_THAT(said_, ElementsAre("pause", "drop", "resume", "revoked"));
}

TEST_F(OwnershipTest, DoesNotTakeAnEarlierAssignmentsPositionsForTheNext) {
  assign(1);
  const std::uint64_t first = turn_;
  ownership_->lose();
  EXPECT_FALSE(ownership_->begun(first));
  assign(2);
  EXPECT_FALSE(ownership_->begun(first));
  EXPECT_TRUE(ownership_->begun(turn_));
}

TEST_F(OwnershipTest, MayEndBeforeTheEngineIsQuiet) {
  read(1);
  revoke("revoked");
  ownership_.reset();
  quiet();
  EXPECT_THAT(said_, ElementsAre("pause"));
}

}  // namespace
}  // namespace weir::kafka
