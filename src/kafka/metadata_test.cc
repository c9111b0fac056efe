#include "kafka/metadata.h"

#include <gmock/gmock.h>

#include "kafka/fake_broker.h"

namespace weir::kafka {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;
using testing::Pair;

class MetadataTest : public testing::Test {
 protected:
  MetadataTest() {
    context_.options.bootstrap = {{"one", 9092}, {"two", 9092}};
    cluster_.leaders["tweets"] = {1, 2};
  }

  void start() {
    metadata_ = std::make_unique<Metadata>(context_);
    subscription_ = metadata_->subscribe([this](const Result<void>& outcome) {
      outcomes_.push_back(outcome.ok() ? "ok" : outcome.error().message());
    });
  }
  bool run_until(std::size_t outcomes) {
    return network_.run_until([&] { return outcomes_.size() >= outcomes; });
  }

  net::SimNetwork network_{5};
  FakeCluster cluster_{network_};
  ClientContext context_{network_.loop("client"), {}, BufferPool(1 << 20), Log()};
  std::unique_ptr<Metadata> metadata_;
  Metadata::Subscription subscription_;
  std::vector<std::string> outcomes_;
};

TEST_F(MetadataTest, LearnsBrokersAndLeaders) {
  start();
  metadata_->add_topic("tweets");
  EXPECT_FALSE(metadata_->known());
  EXPECT_TRUE(run_until(1));
  EXPECT_TRUE(metadata_->known());
  EXPECT_THAT(metadata_->brokers(), ElementsAre(Pair(1, BrokerAddress{1, {"one", 9092}}),
                                                Pair(2, BrokerAddress{2, {"two", 9092}})));
  EXPECT_THAT(metadata_->leader({"tweets", {1}}), Optional(2));
  EXPECT_EQ(metadata_->leader({"tweets", {2}}), std::nullopt);
  EXPECT_EQ(metadata_->leader({"other", {0}}), std::nullopt);
}

TEST_F(MetadataTest, TellsThatATopicIsNotThere) {
  start();
  metadata_->add_topic("missing");
  EXPECT_TRUE(run_until(1));
  ASSERT_NE(metadata_->topic("missing"), nullptr);
  EXPECT_EQ(metadata_->topic("missing")->error_code, 3);
}

TEST_F(MetadataTest, AsksTheNextAddressWhereOneDoesNotAnswer) {
  cluster_.one.stop();
  start();
  EXPECT_TRUE(run_until(1));
  EXPECT_THAT(outcomes_, ElementsAre("ok"));
}

TEST_F(MetadataTest, TellsOnceARoundThatNobodyAnswersAndGoesOn) {
  cluster_.one.stop();
  cluster_.two.stop();
  start();
  EXPECT_TRUE(run_until(2));
  EXPECT_THAT(outcomes_[0], AllOf(HasSubstr("none of the 2 known Kafka brokers answers"),
                                  HasSubstr("cannot connect to two:9092")));
  cluster_.two.start();
  EXPECT_TRUE(network_.run_until([&] { return metadata_->known(); }));
}

TEST_F(MetadataTest, NamesTheOnlyBrokerThatDoesNotAnswer) {
  context_.options.bootstrap = {{"nowhere", 1}};
  start();
  EXPECT_TRUE(run_until(1));
  EXPECT_THAT(outcomes_[0], HasSubstr("cannot connect to nowhere:1: Connection refused"));
}

TEST_F(MetadataTest, RefreshesWhenAskedButNotMoreOftenThanTheBackoff) {
  start();
  metadata_->add_topic("tweets");
  EXPECT_TRUE(run_until(1));
  cluster_.leaders["tweets"] = {2, 1};
  const TimePoint start = network_.clock().now();
  for (int i = 0; i < 10; ++i) metadata_->refresh();
  EXPECT_TRUE(run_until(2));
  EXPECT_GE(network_.clock().now() - start, 90ms);
  EXPECT_THAT(metadata_->leader({"tweets", {0}}), Optional(2));
  network_.run_for(1min);
  EXPECT_EQ(outcomes_.size(), 2u);
}

TEST_F(MetadataTest, AsksAgainWhenATopicWasAddedAfterTheQuestionWasSent) {
  start();
  ASSERT_TRUE(network_.run_until([&] { return cluster_.one.count("MetadataRequest") == 1; }));
  metadata_->add_topic("tweets");
  EXPECT_TRUE(network_.run_until([&] { return metadata_->topic("tweets") != nullptr; }, 20ms));
}

TEST_F(MetadataTest, AsksForANewTopicAtOnce) {
  start();
  EXPECT_TRUE(run_until(1));
  metadata_->add_topic("tweets");
  EXPECT_TRUE(network_.run_until([&] { return metadata_->topic("tweets") != nullptr; }, 20ms));
}

TEST_F(MetadataTest, RefreshesWhatHasGrownOld) {
  start();
  EXPECT_TRUE(run_until(1));
  network_.run_for(11min);
  EXPECT_EQ(outcomes_.size(), 3u);
}

TEST_F(MetadataTest, LetsAListenerEndItself) {
  start();
  int calls = 0;
  Metadata::Subscription once;
  once = metadata_->subscribe([&](const Result<void>&) {
    ++calls;
    once = {};
  });
  EXPECT_TRUE(run_until(1));
  metadata_->refresh();
  EXPECT_TRUE(run_until(2));
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace weir::kafka
