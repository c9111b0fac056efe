// The Kafka source where a partition gets a leader that did not have all of its log: records that
// were read are gone, and others have their offsets.

#include <gmock/gmock.h>

#include "broker/cluster.h"
#include "broker/node.h"
#include "kafka/fake_log.h"
#include "source_town.h"

namespace weir {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Two brokers with topic "t" of one partition, and processes that read it.
class SourceCutOffTest : public testing::Test {
 protected:
  SourceCutOffTest() {
    broker::BrokerOptions options;
    options.port = 9092;
    options.seed = 1;
    for (const std::string host : {"node-0", "node-1"}) {
      options.host = host;
      if (!cluster_) cluster_ = std::make_unique<broker::Cluster>(network_.loop(host), options);
      nodes_.push_back(
          std::make_unique<broker::Node>(network_.loop(host), *cluster_, options, Log()));
      EXPECT_TRUE(nodes_.back()->listen().ok());
    }
    topic_ = cluster_->create_topic({.name = "t", .partitions = 1, .settings = {}}).value();
  }
  ~SourceCutOffTest() override {
    for (const auto& job : jobs_) close(*job);
  }

  void write(const std::vector<std::string>& values) {
    broker::Node& leader = *nodes_[static_cast<std::size_t>(topic_->leaders[0].node)];
    for (const std::string& value : values) {
      const Buffer batch = kafka::batch_of({value});
      wire::RecordBatchCursor cursor(batch.view());
      const auto partition = leader.partition(*topic_, 0);
      ASSERT_TRUE(leader.append(*topic_, *partition, *cursor.next().value()).ok());
    }
  }
  void move_leader(std::int32_t to, std::optional<Offset> has = std::nullopt) {
    cluster_->move_leader(*topic_, 0, to, has);
  }
  SourceJob& start(const std::string& group = "") {
    kafka::StreamOptions options;
    options.brokers = "node-0:9092,node-1:9092";
    options.topics = {"t"};
    options.group = group;
    jobs_.push_back(
        std::make_unique<SourceJob>(network_, options, JobOptions{concat("job-", jobs_.size())}));
    jobs_.back()->open();
    return *jobs_.back();
  }
  bool run_until_read(SourceJob& job, std::size_t records) {
    return network_.run_until([&] { return job.records() == records; });
  }
  /// Closes a process that has committed what it read.
  void close(SourceJob& job) {
    if (job.closed) return;
    EXPECT_TRUE(network_.run_until([&] { return !job.batch_under_way(); }));
    job.close();
    EXPECT_TRUE(network_.run_until([&] { return job.closed; }));
  }

  net::SimNetwork network_{5};
  std::unique_ptr<broker::Cluster> cluster_;
  std::vector<std::unique_ptr<broker::Node>> nodes_;
  const broker::Topic* topic_ = nullptr;
  std::vector<std::unique_ptr<SourceJob>> jobs_;
};

TEST_F(SourceCutOffTest, ReadsWhatHasTakenThePlaceOfRecords) {
  write({"a", "b", "c"});
  SourceJob& job = start();
  ASSERT_TRUE(run_until_read(job, 3));
  move_leader(1, Offset{1});
  write({"x", "y", "z"});
  ASSERT_TRUE(run_until_read(job, 6));
  EXPECT_THAT(job.read["t-0"], ElementsAre("0:a", "1:b", "2:c", "1:x", "2:y", "3:z"));
  EXPECT_THAT(
      job.warnings,
      ElementsAre(HasSubstr("t-0 was cut off at offset 1 by a leader that did not have 2")));
  EXPECT_THAT(job.failures, IsEmpty());
}

TEST_F(SourceCutOffTest, GoesOnWhereTheLogIsShorterThanWhatWasRead) {
  write({"a", "b", "c"});
  SourceJob& job = start();
  ASSERT_TRUE(run_until_read(job, 3));
  move_leader(1, Offset{1});
  network_.run_for(std::chrono::seconds(5));
  write({"x"});
  ASSERT_TRUE(run_until_read(job, 4));
  EXPECT_EQ(job.read["t-0"].back(), "1:x");
}

TEST_F(SourceCutOffTest, NoticesItOfCommittedOffsetsToo) {
  write({"a", "b", "c"});
  SourceJob& before = start("g");
  ASSERT_TRUE(run_until_read(before, 3));
  close(before);
  move_leader(1, Offset{1});
  write({"x", "y", "z"});
  SourceJob& after = start("g");
  ASSERT_TRUE(run_until_read(after, 3));
  EXPECT_THAT(after.read["t-0"], ElementsAre("1:x", "2:y", "3:z"));
}

TEST_F(SourceCutOffTest, ReadsOnWhereALeaderHadAllThatWasRead) {
  write({"a", "b"});
  SourceJob& job = start("g");
  ASSERT_TRUE(run_until_read(job, 2));
  move_leader(1);
  write({"c"});
  ASSERT_TRUE(run_until_read(job, 3));
  move_leader(0, Offset{3});
  write({"d"});
  ASSERT_TRUE(run_until_read(job, 4));
  close(job);
  write({"e"});
  SourceJob& next = start("g");
  ASSERT_TRUE(run_until_read(next, 1));
  EXPECT_EQ(next.read["t-0"], std::vector<std::string>{"4:e"});
  EXPECT_THAT(job.warnings, IsEmpty());
  EXPECT_THAT(next.warnings, IsEmpty());
}

}  // namespace
}  // namespace weir
