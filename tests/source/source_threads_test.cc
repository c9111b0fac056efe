// Kafka sources and outputs with threads and sockets, for what the simulated network cannot show.

#include <gmock/gmock.h>

#include "../pool/topic_contents.h"
#include "weir/embedded_broker.h"
#include "weir/kafka.h"
#include "weir/producer_pool.h"
#include "weir/streaming_context.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using testing::SizeIs;

/// A broker in this process with the topics "in" and "out".
class SourceThreads : public testing::Test {
 protected:
  static constexpr std::int32_t kPartitions = 4;

  void write(int records) const {
    kafka::PoolOptions options;
    options.brokers = broker_->address();
    const auto pool = kafka::ProducerPool::open(options).value();
    auto lease = pool.borrow().value();
    for (int i = 0; i < records; ++i) {
      const std::string value(8, static_cast<char>(i));
      ASSERT_TRUE(
          lease.send("in", {.value = value, .partition = PartitionId{i % kPartitions}}).ok());
    }
    ASSERT_TRUE(lease.flush().ok());
  }
  /// A stream that copies "in" to "out".
  void describe(StreamingContext& context, kafka::StreamOptions options) const {
    options.brokers = broker_->address();
    options.topics = {"in"};
    kafka::stream<std::int64_t>(context, options)
        .to(kafka::topic<std::int64_t>({.brokers = broker_->address(), .topic = "out"}));
  }
  std::vector<std::string> contents() const {
    return kafka::TopicContents(broker_->address(), "out", kPartitions).values();
  }

  std::unique_ptr<broker::EmbeddedBroker> broker_ =
      broker::EmbeddedBroker::start(
          {.topics = {{"in", kPartitions}, {"out", kPartitions}}, .auto_create_topics = false})
          .value();
};

TEST_F(SourceThreads, CopyATopicAsAGroup) {
  write(1000);
  StreamingContext context({.workers = 2, .stop_at_end = true});
  describe(context, {.group = "g", .inputs = 2});
  ASSERT_TRUE(context.start().ok());
  ASSERT_TRUE(context.await().ok());
  EXPECT_THAT(contents(), SizeIs(1000));
}

/// Each partition of "out" is written by one worker, for all of them.
TEST_F(SourceThreads, CopyATopicExactlyOnce) {
  for (int round = 0; round < 3; ++round) {
    write(1000);
    StreamingContext context({.app = "copy",
                              .workers = 3,
                              .delivery = Delivery::kExactlyOnce,
                              .instance = "one",
                              .stop_at_end = true,
                              .log = [](auto, auto) {}});
    const auto copied = context.accumulator("copied");
    kafka::stream<std::int64_t>(context,
                                {.brokers = broker_->address(), .topics = {"in"}, .group = "g"})
        .repartition(7)
        .map([=](std::int64_t value) {
          copied += 1;
          return value;
        })
        .to(kafka::topic<std::int64_t>({.brokers = broker_->address(), .topic = "out"}));
    ASSERT_TRUE(context.start().ok());
    ASSERT_TRUE(context.await().ok());
    EXPECT_EQ(copied.value(), 1000 * (round + 1));
  }
  EXPECT_THAT(contents(), SizeIs(3000));
}

TEST_F(SourceThreads, MayBeStoppedWhileTheyOpenExactlyOnce) {
  for (int i = 0; i < 20; ++i) {
    StreamingContext context({.app = "copy",
                              .workers = 2,
                              .delivery = Delivery::kExactlyOnce,
                              .instance = "one",
                              .start_timeout = std::chrono::microseconds(400 * i),
                              .log = [](auto, auto) {}});
    describe(context, {.group = "g", .inputs = 2});
    if (context.start().ok()) context.stop(/*gracefully=*/i % 3 == 0);
    EXPECT_EQ(context.state(), StreamingContext::State::kStopped);
  }
}

TEST_F(SourceThreads, MayBeStoppedWhileTheyOpen) {
  for (int i = 0; i < 20; ++i) {
    StreamingContext context({.workers = 2,
                              .start_timeout = std::chrono::microseconds(200 * i),
                              .log = [](auto, auto) {}});
    describe(context,
             i % 2 == 0 ? kafka::StreamOptions{} : kafka::StreamOptions{.group = "g", .inputs = 2});
    if (context.start().ok()) context.stop(/*gracefully=*/i % 3 == 0);
    EXPECT_EQ(context.state(), StreamingContext::State::kStopped);
  }
}

}  // namespace
}  // namespace weir
