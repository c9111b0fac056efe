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
using testing::SizeIs;

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

TEST_F(MetadataTest, KnowsAllTopicsWhereAllAreWanted) {
  cluster_.leaders = {{"tweets", {1}}, {"users", {1, 2}}, {"__consumer_offsets", {1}}};
  start();
  metadata_->want_all();
  EXPECT_FALSE(metadata_->knows_all());
  EXPECT_TRUE(run_until(1));
  EXPECT_TRUE(metadata_->knows_all());
  EXPECT_THAT(metadata_->topics(), SizeIs(3));
  EXPECT_EQ(metadata_->topic("users")->partitions.size(), 2u);
  EXPECT_FALSE(metadata_->topic("users")->is_internal);
  EXPECT_TRUE(metadata_->topic("__consumer_offsets")->is_internal);
}

TEST_F(MetadataTest, ForgetsTopicsThatAreNoMoreAmongAll) {
  cluster_.leaders = {{"tweets", {1}}, {"users", {1}}};
  start();
  metadata_->want_all();
  metadata_->add_topic("missing");
  metadata_->add_topic("users");
  EXPECT_TRUE(run_until(1));
  EXPECT_EQ(metadata_->topic("missing")->error_code, 3);
  cluster_.leaders = {{"words", {1}}};
  metadata_->refresh();
  EXPECT_TRUE(run_until(2));
  EXPECT_EQ(metadata_->topic("tweets"), nullptr);
  EXPECT_EQ(metadata_->topic("users")->error_code, 3);  // someone asks for it
  EXPECT_EQ(metadata_->topic("words")->partitions.size(), 1u);
}

TEST_F(MetadataTest, AsksForAllAtOnceWhereItHasAskedForSome) {
  cluster_.leaders = {{"tweets", {1}}, {"users", {1}}};
  start();
  metadata_->add_topic("tweets");
  ASSERT_TRUE(network_.run_until([&] { return cluster_.one.count("MetadataRequest") == 1; }));
  metadata_->want_all();
  EXPECT_TRUE(run_until(1));
  EXPECT_FALSE(metadata_->knows_all());
  EXPECT_TRUE(network_.run_until([&] { return metadata_->knows_all(); }, 20ms));
  EXPECT_NE(metadata_->topic("users"), nullptr);
}

TEST_F(MetadataTest, RefreshesWhatHasGrownOld) {
  start();
  EXPECT_TRUE(run_until(1));
  network_.run_for(11min);
  EXPECT_EQ(outcomes_.size(), 3u);
}

/// A cluster that its clients find by an address of its own, "boot", and that may move as a whole.
class MovingCluster : public MetadataTest {
 protected:
  MovingCluster() {
    context_.options.bootstrap = {{"boot", 9092}};
    context_.log = Log(LogLevel::kWarning,
                       [this](LogLevel, std::string_view line) { warnings_.emplace_back(line); });
    boot_.on<wire::MetadataRequest>([this](const auto& request, const auto& reply) {
      wire::MetadataResponse response = cluster_.answer(request);
      if (has_moved_) response.brokers = {{7, "seven", 9092, {}}};
      response.error_code = boot_error_;
      reply(response);
    });
    start();
    EXPECT_TRUE(run_until(1));
  }
  bool knows_seven() {
    return network_.run_until([&] { return metadata_->broker(7) != nullptr; }, 20min);
  }

  FakeBroker boot_{network_, "boot"};
  bool has_moved_ = false;
  std::int16_t boot_error_ = 0;
  std::vector<std::string> warnings_;
};

TEST_F(MovingCluster, IsForgottenOnlyWhenNobodyHasAnsweredForLong) {
  for (FakeBroker* broker : {&boot_, &cluster_.one, &cluster_.two}) broker->stop();
  metadata_->refresh();
  network_.run_for(4min);
  EXPECT_EQ(metadata_->brokers().size(), 2u);
  network_.run_for(2min);
  EXPECT_THAT(metadata_->brokers(), ElementsAre());
  EXPECT_EQ(metadata_->leader({"tweets", {0}}), std::nullopt);
  network_.run_for(30min);
  EXPECT_THAT(warnings_, ElementsAre(AllOf(HasSubstr("starting again from the bootstrap addresses"),
                                           HasSubstr("2 brokers are forgotten"))));
}

TEST_F(MovingCluster, IsFoundAgainElsewhere) {
  for (FakeBroker* broker : {&boot_, &cluster_.one, &cluster_.two}) broker->stop();
  metadata_->refresh();
  network_.run_for(10min);
  has_moved_ = true;
  boot_.start();
  EXPECT_TRUE(knows_seven());
  EXPECT_EQ(metadata_->brokers().size(), 1u);
}

TEST_F(MovingCluster, IsLeftWhereABrokerAsksForIt) {
  // Now asks the bootstrap address, which is the one that has answered.
  boot_error_ = 129;  // REBOOTSTRAP_REQUIRED
  metadata_->refresh();
  ASSERT_TRUE(run_until(2));
  EXPECT_THAT(metadata_->brokers(), ElementsAre());
  EXPECT_THAT(outcomes_[1], HasSubstr("REBOOTSTRAP_REQUIRED"));
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("REBOOTSTRAP_REQUIRED")));
  has_moved_ = true;
  boot_error_ = 0;
  EXPECT_TRUE(knows_seven());
}

TEST_F(MovingCluster, IsLeftWithoutAnErrorThatIsFinal) {
  std::optional<Error> told;
  const auto subscription = metadata_->subscribe([&](const Result<void>& outcome) {
    if (!outcome.ok()) told = outcome.error();
  });
  boot_error_ = 129;
  metadata_->refresh();
  ASSERT_TRUE(run_until(2));
  ASSERT_TRUE(told);
  EXPECT_TRUE(may_pass(*told));
}

TEST_F(MovingCluster, IsNotForgottenForAnotherErrorBesideAGoodAnswer) {
  boot_error_ = -1;
  metadata_->refresh();
  ASSERT_TRUE(run_until(2));
  EXPECT_EQ(metadata_->brokers().size(), 2u);
  EXPECT_THAT(outcomes_, ElementsAre("ok", "ok"));
}

TEST_F(MetadataTest, FindsTheClusterWhereSomeBootstrapAddressesNeverAnswer) {
  context_.options.bootstrap = {{"silent", 9092}, {"nowhere", 9092}, {"two", 9092}};
  const FakeBroker silent(network_, "silent");
  network_.set_silent("silent", true);
  start();
  EXPECT_TRUE(run_until(1));
  EXPECT_THAT(outcomes_, ElementsAre("ok"));
}

TEST_F(MetadataTest, KnowsNoPartitionsOfATopicThatMayNotBeRead) {
  cluster_.one.on<wire::MetadataRequest>([this](const auto& request, const auto& reply) {
    auto response = cluster_.answer(request);
    for (auto& topic : response.topics) topic.error_code = 29;  // TOPIC_AUTHORIZATION_FAILED
    reply(response);
  });
  start();
  metadata_->add_topic("tweets");
  EXPECT_TRUE(run_until(1));
  EXPECT_EQ(metadata_->leader({"tweets", {0}}), std::nullopt);
  EXPECT_FALSE(metadata_->why_no_leader({"tweets", {0}}).retriable());
}

TEST_F(MetadataTest, IsNotLedBackByABrokerThatIsBehind) {
  cluster_.topic_id = {{1}};
  cluster_.leader_epoch = 5;
  start();
  metadata_->add_topic("tweets");
  ASSERT_TRUE(run_until(1));
  cluster_.leaders["tweets"] = {2, 1};
  cluster_.leader_epoch = 4;
  metadata_->refresh();
  ASSERT_TRUE(run_until(2));
  EXPECT_THAT(metadata_->leader({"tweets", {0}}), Optional(1));
  EXPECT_EQ(metadata_->leader_epoch({"tweets", {0}}), 5);

  cluster_.topic_id = {{2}};  // deleted and made anew: its epochs begin anew
  metadata_->refresh();
  ASSERT_TRUE(run_until(3));
  EXPECT_THAT(metadata_->leader({"tweets", {0}}), Optional(2));
  EXPECT_EQ(metadata_->leader_epoch({"tweets", {0}}), 4);
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
