// The Kafka source on brokers that send what they should not.

#include <gmock/gmock.h>

#include "kafka/fake_logs.h"
#include "source_town.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Two brokers that do as the test says, and a process that reads their topic "t".
class SourceFaultsTest : public testing::Test {
 protected:
  SourceFaultsTest() { cluster_.leaders["t"] = {1, 2}; }
  ~SourceFaultsTest() override {
    if (!job_) return;
    job_->close();
    network_.run_until([&] { return job_->closed; });
  }

  void start(JobOptions process = {}) {
    kafka::StreamOptions options;
    options.brokers = "one:9092";
    options.topics = {"t"};
    job_ = std::make_unique<SourceJob>(network_, options, process);
    job_->open();
  }
  bool run_until_read(std::size_t records) {
    return network_.run_until([&] { return job_->records() == records; });
  }

  net::SimNetwork network_{3};
  kafka::FakeCluster cluster_{network_};
  kafka::FakeLogs logs_{network_, cluster_};
  std::unique_ptr<SourceJob> job_;
};

TEST_F(SourceFaultsTest, ABatchWithAWrongBitIsReadAgainOnANewConnection) {
  logs_[0].append({"a"});
  logs_[1].append({"x"});
  start();
  ASSERT_TRUE(run_until_read(2));
  const int connections = cluster_.one.accepted;
  logs_.corrupt_next = true;
  logs_[0].append({"b", "c"});
  ASSERT_TRUE(run_until_read(4));
  EXPECT_THAT(job_->read["t-0"], ElementsAre("0:a", "1:b", "2:c"));
  EXPECT_THAT(job_->troubles,
              Contains(AllOf(HasSubstr("Fetch of t-0 at offset 1 from broker 1 at one:9092"),
                             HasSubstr("record batch at offset 1"))));
  EXPECT_EQ(job_->troubles.back(), "");
  EXPECT_GT(cluster_.one.accepted, connections);
  EXPECT_THAT(job_->failures, IsEmpty());
}

TEST_F(SourceFaultsTest, StopsWhereItsTopicMayNotBeSeenAnyMore) {
  logs_[0].append({"a"});
  start();
  ASSERT_TRUE(run_until_read(1));
  for (kafka::FakeBroker* broker : {&cluster_.one, &cluster_.two}) {
    broker->on<wire::MetadataRequest>([this](const auto& request, const auto& reply) {
      auto response = cluster_.answer(request);
      for (auto& topic : response.topics) topic.error_code = 29;  // TOPIC_AUTHORIZATION_FAILED
      reply(response);
    });
  }
  ASSERT_TRUE(network_.run_until([&] { return !job_->failures.empty(); }, 6min));
  EXPECT_THAT(job_->failures[0], AllOf(HasSubstr("source topic t at one:9092"),
                                       HasSubstr("TOPIC_AUTHORIZATION_FAILED")));
}

TEST_F(SourceFaultsTest, RecordsThatCannotBeReadFailTheirBatch) {
  logs_[0].append({"a"});
  Buffer batch = kafka::batch_of({"b"});
  batch.data()[22] = static_cast<char>(wire::Compression::kZstd);  // which it is not
  wire::stamp(batch, -1, -1, -1);
  logs_[0].append_batch(batch.view());
  start();
  ASSERT_TRUE(network_.run_until([&] { return !job_->failures.empty(); }));
  EXPECT_THAT(job_->failures[0], HasSubstr("reading topic t, partition 0, offset 1"));
}

TEST_F(SourceFaultsTest, APartitionThatMayNotBeReadFailsTheSource) {
  logs_.errors[1] = 29;
  start();
  ASSERT_TRUE(network_.run_until([&] { return !job_->failures.empty(); }));
  EXPECT_THAT(job_->failures[0],
              AllOf(HasSubstr("Fetch of t-1 at offset 0 from broker 2 at two:9092"),
                    HasSubstr("TOPIC_AUTHORIZATION_FAILED")));
}

TEST_F(SourceFaultsTest, ALogThatWasCutShortIsReadFromTheStartPolicyOn) {
  logs_[0].append({"a", "b", "c"});
  start();
  ASSERT_TRUE(run_until_read(3));
  logs_[0] = {};
  logs_[0].append({"z"});
  ASSERT_TRUE(run_until_read(4));
  EXPECT_THAT(job_->read["t-0"], ElementsAre("0:a", "1:b", "2:c", "0:z"));
  EXPECT_THAT(job_->warnings,
              ElementsAre("offset 3 of t-0 is not in the log any more; reading goes on at 0"));
}

TEST_F(SourceFaultsTest, ReadsOnFromOneBrokerWhileTheOtherIsAway) {
  logs_[0].append({"a"});
  logs_[1].append({"x"});
  start({.workers = 1});
  ASSERT_TRUE(run_until_read(2));
  cluster_.two.stop();
  logs_[0].append({"b"});
  EXPECT_TRUE(network_.run_until([&] { return job_->read["t-0"].size() == 2; }, 1s));
  network_.run_for(30s);
  logs_[0].append({"c"});
  EXPECT_TRUE(network_.run_until([&] { return job_->read["t-0"].size() == 3; }, 1s));
  logs_[1].append({"y"});
  cluster_.two.start();
  EXPECT_TRUE(run_until_read(5));
}

}  // namespace
}  // namespace weir
