#include "kafka/producer.h"

#include <gmock/gmock.h>

#include <deque>
#include <limits>

#include "kafka/fake_broker.h"
#include "kafka/fake_log.h"
#include "wire/error_codes.h"

namespace weir::kafka {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using wire::ProduceRequest;
using wire::ProduceResponse;

/// Two fake brokers that check sequences as Kafka does, and a Producer that writes to them.
class ProducerTest : public testing::Test, public Producer::Listener {
 protected:
  ProducerTest() {
    context_.options.bootstrap = {{"one", 9092}};
    cluster_.leaders["t"] = {1, 1, 2};
    for (FakeBroker* broker : {&cluster_.one, &cluster_.two}) {
      broker->on<wire::InitProducerIdRequest>([this](const auto&, const auto& reply) {
        wire::InitProducerIdResponse response;
        response.producer_id = ++last_id_;
        reply(response);
      });
      broker->on<ProduceRequest>([this, broker](const ProduceRequest& request, const auto& reply) {
        produce(*broker, request, reply);
      });
    }
  }

  void start(ProducerOptions options = {}) {
    metadata_ = std::make_unique<Metadata>(context_);
    producer_ = std::make_unique<Producer>(context_, *metadata_, options, *this);
  }
  void send(std::int32_t partition, const std::string& value) { send_together(partition, {value}); }
  void send_together(std::int32_t partition, const std::vector<std::string>& values) {
    producer_->send(
        {"t", {partition}}, batch_of(values), [this, value = values[0]](Result<Offset> outcome) {
          ended_.push_back(outcome.ok() ? concat(value, "@", outcome->value)
                                        : concat(value, ": ", outcome.error().message()));
        });
  }
  bool run_until_ended(std::size_t count) {
    return network_.run_until([&] { return ended_.size() >= count; });
  }
  std::vector<std::string> written(std::int32_t partition) {
    return values_in(logs_[partition].read(0, 1 << 30));
  }

  void produce(FakeBroker& broker, const ProduceRequest& request,
               const Reply<ProduceResponse>& reply) {
    std::string partitions;
    ProduceResponse response;
    for (const auto& topic : request.topic_data) {
      response.responses.emplace_back().name = "t";
      for (const auto& data : topic.partition_data) {
        auto& told = response.responses.back().partition_responses.emplace_back();
        told.index = data.index;
        const int node = &broker == &cluster_.one ? 1 : 2;
        const bool leads = cluster_.leaders["t"][static_cast<std::size_t>(data.index)] == node;
        std::tie(told.error_code, told.base_offset) =
            leads ? append(data.index, data.records.view)
                  : std::pair(std::int16_t{6}, std::int64_t{-1});
        partitions += concat(partitions.empty() ? "" : " ", data.index);
      }
    }
    requests_.push_back(partitions);
    if (lose_answers_ > 0) {
      --lose_answers_;
      return reply.hang_up();
    }
    if (hold_) return held_.push_back([reply, response] { reply(response); });
    reply(response);
  }

  std::pair<std::int16_t, std::int64_t> append(std::int32_t partition, std::string_view records) {
    if (!errors_[partition].empty()) {
      const std::int16_t error = errors_[partition].front();
      errors_[partition].pop_front();
      if (error != 0) return {error, -1};
    }
    if (records.size() > largest_) return {wire::kafka_code::kMessageTooLarge, -1};
    const auto batch = *wire::RecordBatchCursor(records).next().value();
    EXPECT_TRUE(wire::verify_crc(batch).ok());
    const auto& header = batch.header;
    auto& [id, next, offsets] = states_[partition];
    if (id != header.producer_id) {
      offsets.clear();
      next = id < 0 ? header.base_sequence : 0;
      id = header.producer_id;
    }
    if (const auto had = offsets.find(header.base_sequence); had != offsets.end()) {
      return {0, had->second};
    }
    if (header.base_sequence != next) return {45, -1};
    next += header.record_count;
    return {0, offsets[header.base_sequence] = logs_[partition].append_batch(records)};
  }

  void on_trouble(const Error& error) override { trouble_.push_back(error.message()); }
  void on_recovery() override { trouble_.push_back("recovered"); }

  struct State {
    std::int64_t id = -1;
    std::int32_t next = 0;
    std::map<std::int32_t, std::int64_t> offsets;
  };

  net::SimNetwork network_{23};
  FakeCluster cluster_{network_};
  ClientContext context_{network_.loop("client"), {}, BufferPool(1 << 20), Log()};
  std::map<std::int32_t, FakeLog> logs_;
  std::map<std::int32_t, State> states_;
  std::map<std::int32_t, std::deque<std::int16_t>> errors_;
  std::int64_t last_id_ = 100;
  std::size_t largest_ = std::numeric_limits<std::size_t>::max();  // that brokers take
  int lose_answers_ = 0;
  bool hold_ = false;
  std::deque<std::function<void()>> held_;
  std::vector<std::string> requests_;  // the partitions of each request
  std::unique_ptr<Metadata> metadata_;
  std::unique_ptr<Producer> producer_;
  std::vector<std::string> ended_;
  std::vector<std::string> trouble_;
};

TEST_F(ProducerTest, WritesBatchesInOrderAndTellsTheirOffsets) {
  start();
  for (const char* value : {"a", "b", "c"}) send(0, value);
  EXPECT_GT(producer_->pending_bytes(), 0u);
  ASSERT_TRUE(run_until_ended(3));
  EXPECT_THAT(ended_, ElementsAre("a@0", "b@1", "c@2"));
  EXPECT_THAT(written(0), ElementsAre("0:a", "1:b", "2:c"));
  EXPECT_EQ(producer_->pending_bytes(), 0u);
}

TEST_F(ProducerTest, SendsTheFirstBatchesOfAllPartitionsOfALeaderTogether) {
  start();
  for (const char* value : {"a", "b"}) {
    for (const std::int32_t partition : {0, 1, 2}) send(partition, value);
  }
  ASSERT_TRUE(run_until_ended(6));
  EXPECT_THAT(requests_, testing::UnorderedElementsAre("0 1", "0 1", "2", "2"));
}

TEST_F(ProducerTest, KeepsAtMostFiveRequestsUnderWayToABroker) {
  start({.gather_bytes = 0});
  send(0, "first");
  ASSERT_TRUE(run_until_ended(1));
  hold_ = true;
  for (int i = 0; i < 9; ++i) send(0, std::to_string(i));
  network_.run_for(1s);
  while (!held_.empty()) {
    held_.front()();
    held_.pop_front();
    network_.run_for(1s);
  }
  EXPECT_EQ(ended_.size(), 10u);
  EXPECT_THAT(written(0), testing::SizeIs(10));
}

TEST_F(ProducerTest, GathersWhileTwoRequestsAreUnderWay) {
  start();
  send(0, "first");
  send(1, "first");
  ASSERT_TRUE(run_until_ended(2));
  hold_ = true;
  requests_.clear();
  for (int i = 0; i < 4; ++i) {
    send(0, std::to_string(i));
    network_.run_for(10ms);
  }
  send(1, "x");
  network_.run_for(10ms);
  EXPECT_THAT(requests_, ElementsAre("0"));  // the broker handles one at a time
  hold_ = false;
  held_.front()();
  ASSERT_TRUE(run_until_ended(7));
  EXPECT_THAT(requests_, ElementsAre("0", "0", "0 1", "0"));
}

TEST_F(ProducerTest, DoesNotHoldBackABacklogOfSmallBatches) {
  start({.gather_bytes = 1000});
  send(0, "first");
  ASSERT_TRUE(run_until_ended(1));
  hold_ = true;
  for (int i = 0; i < 40; ++i) send(0, std::to_string(i));
  network_.run_for(1s);
  EXPECT_EQ(producer_->requests_in_flight(), 5u);
}

TEST_F(ProducerTest, SendsAgainInOrderWhatCameBack) {
  start();
  send(0, "first");
  ASSERT_TRUE(run_until_ended(1));
  errors_[0] = {7};  // REQUEST_TIMED_OUT
  for (const char* value : {"a", "b", "c"}) send(0, value);
  ASSERT_TRUE(run_until_ended(4));
  EXPECT_THAT(written(0), ElementsAre("0:first", "1:a", "2:b", "3:c"));
  EXPECT_THAT(ended_, ElementsAre("first@0", "a@1", "b@2", "c@3"));
  EXPECT_THAT(trouble_.front(), AllOf(StartsWith("Produce to t-0 on broker 1 at one:9092"),
                                      HasSubstr("REQUEST_TIMED_OUT")));
  EXPECT_EQ(trouble_.back(), "recovered");
  EXPECT_EQ(last_id_, 101);
}

TEST_F(ProducerTest, WritesNothingTwiceWhenAnswersAreLost) {
  start();
  lose_answers_ = 3;
  for (const char* value : {"a", "b", "c", "d"}) send(0, value);
  ASSERT_TRUE(run_until_ended(4));
  EXPECT_THAT(written(0), ElementsAre("0:a", "1:b", "2:c", "3:d"));
  EXPECT_THAT(ended_, ElementsAre("a@0", "b@1", "c@2", "d@3"));
}

TEST_F(ProducerTest, FollowsThePartitionToItsNewLeader) {
  start();
  send(0, "a");
  ASSERT_TRUE(run_until_ended(1));
  cluster_.leaders["t"] = {2, 1, 2};
  send(0, "b");
  send(0, "c");
  ASSERT_TRUE(run_until_ended(3));
  EXPECT_THAT(written(0), ElementsAre("0:a", "1:b", "2:c"));
}

TEST_F(ProducerTest, WaitsForABrokerThatIsAway) {
  start();
  send(0, "a");
  ASSERT_TRUE(run_until_ended(1));
  cluster_.one.stop();
  send(0, "b");
  send(0, "c");
  network_.run_for(30s);
  EXPECT_EQ(ended_.size(), 1u);
  EXPECT_FALSE(trouble_.empty());
  cluster_.one.start();
  ASSERT_TRUE(run_until_ended(3));
  EXPECT_THAT(written(0), ElementsAre("0:a", "1:b", "2:c"));
}

TEST_F(ProducerTest, FailsWhatTheBrokerWillNeverTakeAndGoesOnWithTheRest) {
  start();
  send(0, "first");
  ASSERT_TRUE(run_until_ended(1));
  errors_[0] = {10};  // MESSAGE_TOO_LARGE
  for (const char* value : {"a", "b", "c"}) send(0, value);
  ASSERT_TRUE(run_until_ended(4));
  EXPECT_THAT(ended_[1], AllOf(StartsWith("a: Produce to t-0"), HasSubstr("MESSAGE_TOO_LARGE")));
  EXPECT_THAT(written(0), ElementsAre("0:first", "1:b", "2:c"));
}

TEST_F(ProducerTest, SaysHowLargeARecordIsThatATopicDoesNotTakeAndWhatToRaise) {
  start();
  const std::size_t bytes = batch_of({"large"}).size();
  errors_[0] = {wire::kafka_code::kMessageTooLarge};
  errors_[1] = {wire::kafka_code::kRecordListTooLarge};
  send(0, "large");
  send(1, "large");
  ASSERT_TRUE(run_until_ended(2));
  const std::string size = concat(": the batch has ", bytes, " bytes in 1 record; ");
  const std::string otherwise = " or write less in one record";
  EXPECT_THAT(ended_[0],
              AllOf(HasSubstr("t-0"),
                    EndsWith(concat(size, "raise the topic's max.message.bytes", otherwise))));
  EXPECT_THAT(ended_[1],
              AllOf(HasSubstr("t-1"),
                    EndsWith(concat(size, "raise the topic's segment.bytes", otherwise))));
}

TEST_F(ProducerTest, SplitsWhatIsTooLargeInPlaceAndTellsItsFirstOffsetOnce) {
  start();
  send(0, "first");
  ASSERT_TRUE(run_until_ended(1));
  largest_ = batch_of({"a", "b"}).size();
  hold_ = true;
  send_together(0, {"a", "b", "c", "d", "e"});
  send(0, "behind");
  ASSERT_TRUE(network_.run_until([&] { return held_.size() >= 2; }));
  hold_ = false;
  for (const auto& answer : std::exchange(held_, {})) answer();
  ASSERT_TRUE(run_until_ended(3));
  send(0, "later");
  ASSERT_TRUE(run_until_ended(4));
  EXPECT_THAT(ended_, ElementsAre("first@0", "a@1", "behind@6", "later@7"));
  EXPECT_THAT(written(0),
              ElementsAre("0:first", "1:a", "2:b", "3:c", "4:d", "5:e", "6:behind", "7:later"));
  EXPECT_EQ(last_id_, 101);  // sequences went back: no new identity
  EXPECT_EQ(producer_->pending_bytes(), 0U);
}

TEST_F(ProducerTest, TellsOnceOfASplitBatchWithARecordThatIsTooLarge) {
  start();
  largest_ = batch_of({"a", "b"}).size();
  send_together(0, {"a", std::string(500, 'x'), std::string(500, 'y'), "b"});
  send(0, "behind");
  ASSERT_TRUE(run_until_ended(2));
  EXPECT_THAT(ended_, ElementsAre(AllOf(StartsWith("a: Produce to t-0"), HasSubstr("in 1 record")),
                                  StartsWith("behind@")));
  EXPECT_THAT(written(0), ElementsAre("0:a", "1:b", "2:behind"));
  EXPECT_EQ(producer_->pending_bytes(), 0U);
}

TEST_F(ProducerTest, BeginsAnewUnderANewIdWhenTheBrokerHasLostTrack) {
  start();
  send(0, "a");
  ASSERT_TRUE(run_until_ended(1));
  states_[0] = {101, 77, {}};
  send(0, "b");
  send(1, "x");
  ASSERT_TRUE(run_until_ended(3));
  EXPECT_THAT(written(0), ElementsAre("0:a", "1:b"));
  EXPECT_THAT(written(1), ElementsAre("0:x"));
  EXPECT_EQ(last_id_, 102);
}

TEST_F(ProducerTest, SendsOneBatchFirstToALeaderThatDoesNotKnowIt) {
  start();
  hold_ = true;
  for (const char* value : {"a", "b", "c"}) send(0, value);
  network_.run_for(1s);
  EXPECT_THAT(requests_, ElementsAre("0"));
  EXPECT_EQ(cluster_.one.count("ProduceRequest"), 1u);
}

TEST_F(ProducerTest, GivesUpAtTheDeliveryTimeOutAndSaysWhy) {
  start({.delivery_timeout = 5s});
  errors_[0] = std::deque<std::int16_t>(1000, 19);  // NOT_ENOUGH_REPLICAS
  send(0, "a");
  const TimePoint start = network_.clock().now();
  ASSERT_TRUE(run_until_ended(1));
  EXPECT_LE(network_.clock().now() - start, 5100ms);
  EXPECT_THAT(ended_[0], AllOf(HasSubstr("was not acknowledged within its delivery time-out"),
                               HasSubstr("NOT_ENOUGH_REPLICAS")));
  errors_.clear();
  send(0, "b");
  ASSERT_TRUE(run_until_ended(2));
  EXPECT_EQ(ended_[1], "b@0");
}

TEST_F(ProducerTest, WaitsForBrokersThatDoNotKnowEachOtherYet) {
  cluster_.fenced = true;
  start();
  send(0, "a");
  network_.run_for(2s);
  cluster_.fenced = false;
  network_.run_for(2s);
  EXPECT_THAT(ended_, ElementsAre("a@0"));
}

TEST_F(ProducerTest, SaysThatATopicIsMissingAndWaitsForIt) {
  start();
  producer_->send({"new", {0}}, batch_of({"a"}), [](const Result<Offset>&) {});
  ASSERT_TRUE(network_.run_until([&] { return !trouble_.empty(); }));
  EXPECT_THAT(trouble_.back(), HasSubstr("topic \"new\""));
  network_.run_for(10s);
  EXPECT_LE(trouble_.size(), 2u);
  cluster_.leaders["new"] = {2};
  EXPECT_TRUE(network_.run_until([&] { return cluster_.two.count("ProduceRequest") > 0; }));
}

TEST_F(ProducerTest, MayBeDestroyedByTheHandlerOfADelivery) {
  start();
  producer_->send({"t", {0}}, batch_of({"a"}),
                  [this](const Result<Offset>&) { producer_.reset(); });
  send(0, "b");
  ASSERT_TRUE(network_.run_until([&] { return producer_ == nullptr; }));
  network_.run_for(1s);
  EXPECT_THAT(ended_, ElementsAre());
}

/// Chance breaks connections all the time; whatever it does, each partition gets all, once, in
/// order.
TEST_F(ProducerTest, LosesNothingAndDoublesNothingOnABadNetwork) {
  network_.options().break_one_in = 12;
  start({.gather_bytes = 0});
  std::vector<std::string> expected;
  for (int i = 0; i < 300; ++i) {
    for (const std::int32_t partition : {0, 2}) send(partition, std::to_string(i));
    expected.push_back(concat(i, ":", i));
    network_.run_for(3ms);
  }
  ASSERT_TRUE(network_.run_until([&] { return ended_.size() == 600; }, 10min));
  EXPECT_EQ(written(0), expected);
  EXPECT_EQ(written(2), expected);
}

}  // namespace
}  // namespace weir::kafka
