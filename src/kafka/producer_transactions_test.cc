// A Producer in transactions: what leaves when, and with what else.

#include <gmock/gmock.h>

#include "kafka/fake_broker.h"
#include "kafka/fake_log.h"
#include "kafka/producer.h"

namespace weir::kafka {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

/// Topic "a" on the first broker, "b" on the second. What is produced is listed, request by
/// request, and answered when the test says so.
class ProducerInTransactions : public testing::Test, public Producer::Listener {
 protected:
  ProducerInTransactions() {
    context_.options.bootstrap = {{"one", 9092}};
    cluster_.leaders["a"] = {1, 1, 1};
    cluster_.leaders["b"] = {2};
    for (FakeBroker* broker : {&cluster_.one, &cluster_.two}) set_up(*broker);
    ProducerOptions options;
    options.transactional_id = "id";
    options.gather_bytes = 10'000;
    producer_ = std::make_unique<Producer>(context_, metadata_, options, *this);
  }

  void set_up(FakeBroker& broker) {
    broker.on<wire::MetadataRequest>(
        [this](const auto& request, const auto& reply) { reply(cluster_.answer(request)); });
    broker.on<wire::ProduceRequest>([this](const auto& request, const auto& reply) {
      std::vector<std::string> places;
      wire::ProduceResponse response;
      for (const auto& topic : request.topic_data) {
        response.responses.emplace_back().name = topic.name;
        for (const auto& partition : topic.partition_data) {
          places.push_back(concat(topic.name, "-", partition.index));
          response.responses.back().partition_responses.emplace_back().index = partition.index;
        }
      }
      requests_.push_back(places);
      waiting_.push_back([reply, response] { reply(response); });
    });
  }

  void begin(bool adds_itself) {
    producer_->await_begin();
    producer_->begin({"id", {7, 0}, adds_itself});
  }
  void send(const std::string& topic, std::int32_t partition, std::size_t size = 1) {
    producer_->send({topic, {partition}}, batch_of({std::string(size, 'x')}),
                    [this](const Result<Offset>& outcome) { acknowledged_ += outcome.ok(); });
  }
  void run() {
    network_.run_until([] { return false; }, 1s);
  }
  /// Answers all that has come so far.
  void answer() {
    for (const auto& call : std::exchange(waiting_, {})) call();
    run();
  }

  void on_trouble(const Error&) override {}
  void on_recovery() override {}
  void on_new_partition(const TopicPartition& partition) override {
    told_.push_back(to_string(partition));
  }

  net::SimNetwork network_{3};
  FakeCluster cluster_{network_};
  ClientContext context_{network_.loop("client"), {}, BufferPool(1 << 20), Log()};
  Metadata metadata_{context_};
  std::vector<std::vector<std::string>> requests_;
  std::vector<std::function<void()>> waiting_;
  std::vector<std::string> told_;
  int acknowledged_ = 0;
  std::unique_ptr<Producer> producer_;
};

TEST_F(ProducerInTransactions, SendsLittleTogetherOnceItIsComplete) {
  begin(/*adds_itself=*/true);
  send("a", 0);
  run();
  send("a", 1);
  run();
  EXPECT_THAT(requests_, IsEmpty());
  producer_->complete();
  run();
  EXPECT_THAT(requests_, ElementsAre(ElementsAre("a-0", "a-1")));
  EXPECT_THAT(told_, ElementsAre("a-0", "a-1"));
}

TEST_F(ProducerInTransactions, SendsMuchBeforeItIsComplete) {
  begin(/*adds_itself=*/true);
  send("a", 0, 20'000);
  run();
  EXPECT_THAT(requests_, ElementsAre(ElementsAre("a-0")));
}

TEST_F(ProducerInTransactions, GathersAnewInTheNextTransaction) {
  begin(/*adds_itself=*/true);
  send("a", 0);
  producer_->complete();
  run();
  answer();
  begin(/*adds_itself=*/true);
  send("a", 0);
  run();
  EXPECT_THAT(requests_, SizeIs(1));
}

TEST_F(ProducerInTransactions, OneRequestAtATimeAddsToATransaction) {
  begin(/*adds_itself=*/true);
  send("a", 0, 20'000);
  run();
  send("a", 1);
  send("b", 0);
  producer_->complete();
  run();
  EXPECT_THAT(requests_, ElementsAre(ElementsAre("a-0"))) << "it adds one at the moment";
  answer();
  EXPECT_THAT(requests_, ElementsAre(ElementsAre("a-0"), ElementsAre("a-1")));
  send("a", 0);
  run();
  EXPECT_EQ(producer_->requests_in_flight(), 2u) << "that partition is in it already";
  answer();
  EXPECT_THAT(requests_, UnorderedElementsAre(ElementsAre("a-0"), ElementsAre("a-1"),
                                              ElementsAre("a-0"), ElementsAre("b-0")))
      << "another broker's turn";
  answer();
  EXPECT_EQ(acknowledged_, 4);
}

TEST_F(ProducerInTransactions, AfterAnAbandonedRequestOthersMayAdd) {
  begin(/*adds_itself=*/true);
  send("a", 0, 20'000);
  run();
  producer_->abandon();
  producer_->begin({"id", {7, 1}, true});
  send("a", 1, 20'000);
  run();
  EXPECT_EQ(producer_->requests_in_flight(), 1u);
  answer();  // to the first one, which nobody waits for
  answer();
  EXPECT_EQ(acknowledged_, 1);
}

TEST_F(ProducerInTransactions, ALostRequestLetsOthersAdd) {
  begin(/*adds_itself=*/true);
  send("a", 0);
  producer_->complete();
  run();
  ASSERT_THAT(requests_, SizeIs(1));
  waiting_.clear();
  cluster_.one.stop();
  send("b", 0);
  run();
  EXPECT_THAT(requests_.back(), ElementsAre("b-0"));
}

TEST_F(ProducerInTransactions, InTheOlderProtocolAPartitionWaitsUntilItIsAdded) {
  begin(/*adds_itself=*/false);
  send("a", 0);
  send("b", 0);
  producer_->complete();
  run();
  EXPECT_THAT(requests_, IsEmpty());
  EXPECT_THAT(told_, ElementsAre("a-0", "b-0"));
  producer_->added({{"a", {0}}, {"b", {0}}});
  run();
  EXPECT_THAT(requests_, UnorderedElementsAre(ElementsAre("a-0"), ElementsAre("b-0")));
}

}  // namespace
}  // namespace weir::kafka
