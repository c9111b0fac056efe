#include <gmock/gmock.h>

#include <set>
#include <stdexcept>
#include <thread>

#include "plan/fake_source.h"
#include "plan/graph.h"
#include "topic_contents.h"
#include "weir/dstream.h"
#include "weir/embedded_broker.h"
#include "weir/producer_pool.h"
#include "weir/record_operators.h"
#include "weir/streaming_context.h"

namespace weir::kafka {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::int32_t kPartitions = 3;

/// Pools with threads, and a broker in this process with the topic "t".
class ProducerPoolThreads : public testing::Test {
 protected:
  ProducerPool open(PoolOptions options = {}) const {
    options.brokers = broker_->address();
    return ProducerPool::open(options).value();
  }
  std::vector<std::string> contents() const {
    return TopicContents(broker_->address(), "t", kPartitions).values();
  }
  std::set<std::string> distinct_contents() const {
    const auto all = contents();
    return {all.begin(), all.end()};
  }

  std::unique_ptr<broker::EmbeddedBroker> broker_ =
      broker::EmbeddedBroker::start(
          {.topics = {{.name = "t", .partitions = kPartitions}}, .auto_create_topics = false})
          .value();
};

void write(const ProducerPool& pool, const std::string& prefix, int records) {
  auto lease = pool.borrow().value();
  for (int i = 0; i < records; ++i) {
    ASSERT_TRUE(lease.send("t", {.value = concat(prefix, " ", i)}).ok());
  }
  ASSERT_TRUE(lease.flush().ok());
}

TEST_F(ProducerPoolThreads, SK7_WriteEachRecordOnceHoweverManyBorrow) {
  const ProducerPool pool = open({.max_producers = 3});
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([pool, t] {
        for (int i = 0; i < 20; ++i) write(pool, concat(t, " ", i), 10);
      });
    }
  }
  EXPECT_THAT(contents(), SizeIs(1600));
  EXPECT_THAT(distinct_contents(), SizeIs(1600));
  const PoolUse use = pool.use();
  EXPECT_EQ(use.borrowed, 160);
  EXPECT_EQ(use.records, 1600);
  EXPECT_EQ(use.lent, 0u);
  EXPECT_EQ(use.refused, 0);
  EXPECT_LE(use.open, 3u);
}

TEST_F(ProducerPoolThreads, GetTheirProducersBackFromThrowingBorrowers) {
  const ProducerPool pool = open({.max_producers = 2});
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([pool, t] {
        for (int i = 0; i < 20; ++i) {
          try {
            auto lease = pool.borrow().value();
            ASSERT_TRUE(lease.send("t", {.value = concat(t, " ", i)}).ok());
            throw std::runtime_error("no");
          } catch (const std::runtime_error&) {
          }
        }
      });
    }
  }
  EXPECT_EQ(pool.use().lent, 0u);
  // Both at once are lent again only when all has been written.
  const auto one = pool.borrow();
  const auto two = pool.borrow();
  EXPECT_THAT(distinct_contents(), SizeIs(80));
  EXPECT_EQ(pool.use().records, 80);
}

TEST_F(ProducerPoolThreads, CarryMoreThanALeaseHoldsInMemory) {
  const ProducerPool pool = open();
  const std::string value(100'000, 'x');
  auto lease = pool.borrow().value();
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(lease.send("t", {.value = value}).ok());
  ASSERT_TRUE(lease.flush().ok());
  EXPECT_EQ(pool.use().records, 300);
}

TEST_F(ProducerPoolThreads, MayEndWhileALeaseIsOut) {
  auto pool = std::make_unique<ProducerPool>(open());
  auto lease = pool->borrow().value();
  pool.reset();
  ASSERT_TRUE(lease.send("t", {.value = "a"}).ok());
  ASSERT_TRUE(lease.flush().ok());
  EXPECT_THAT(contents(), testing::ElementsAre("a"));
}

/// A stream of 100 records in 4 partitions.
DStream<std::string> strings(StreamingContext& context) {
  auto source = std::make_unique<plan::FakeSource>("in", 4);
  for (std::size_t i = 0; i < 100; ++i) source->add(i % 4, concat("tweet ", i));
  source->set_finished();
  plan::Node* node = detail::append_source(context, std::move(source));
  return DStream<std::string>(
      detail::append_narrow(node, {"decode", detail::make_tee<std::string>, false},
                            new detail::DecodeOperator<std::string>({}, {})));
}

TEST_F(ProducerPoolThreads, MakeABatchWaitForWhatItWrote) {
  const ProducerPool pool = open();
  StreamingContext context({.workers = 2});
  strings(context).for_each_batch([pool](const Dataset<std::string>& batch) {
    auto lease = pool.borrow().value();
    for (const std::string& tweet : batch) {
      ASSERT_TRUE(lease.send("t", {.value = tweet}).ok());
    }
  });
  ASSERT_TRUE(context.start().ok());
  ASSERT_TRUE(context.await().ok());
  EXPECT_EQ(pool.use().records, 100);
  EXPECT_THAT(distinct_contents(), SizeIs(100));
}

TEST_F(ProducerPoolThreads, StopAStreamWhoseBatchCannotWrite) {
  const ProducerPool pool = open();
  StreamingContext context({.log = [](auto, auto) {}});
  strings(context).for_each_batch([pool](const Dataset<std::string>& batch) {
    auto lease = pool.borrow().value();
    const auto sent = lease.send("t", {.value = *batch.begin(), .partition = PartitionId{7}});
    if (!sent.ok()) throw std::runtime_error(sent.error().message());
  });
  ASSERT_TRUE(context.start().ok());
  const auto outcome = context.await();
  ASSERT_FALSE(outcome.ok());
  EXPECT_THAT(outcome.error().message(),
              AllOf(HasSubstr("threw: a record names partition 7 of topic \"t\""),
                    HasSubstr("which has 3 partitions")));
}

}  // namespace
}  // namespace weir::kafka
