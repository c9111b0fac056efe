#include "weir/producer_pool.h"

#include <gmock/gmock.h>

#include <set>

#include "base/check.h"
#include "kafka/fake_broker.h"
#include "kafka/producer_pool_lease.h"
#include "plan/current_task.h"
#include "wire/error_codes.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/produce.h"
#include "wire/record_batch.h"

namespace weir::kafka {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using wire::ProduceRequest;
using wire::ProduceResponse;

/// A simulated loop whose network is stepped by whoever waits.
class SimHost final : public PoolHost {
 public:
  explicit SimHost(net::SimNetwork& network) : network_(network) {}
  net::Loop& loop() override { return network_.loop("client"); }
  void wait(Mutex& mutex, Condition&) override {
    mutex.unlock();
    WEIR_CHECK(network_.step(), "what is waited for will happen");
    mutex.lock();
  }
  void end(const std::function<void()>& last) override {
    network_.run_for(0s);
    last();
  }

 private:
  net::SimNetwork& network_;
};

/// A task that remembers how what it began ended.
class FakeTask final : public plan::CurrentTask {
 public:
  plan::AccumulatorDeltas& accumulators() override { return accumulators_; }
  std::function<void(Result<void>)> hold() override {
    const std::size_t index = outcomes.size();
    outcomes.push_back("held");
    return [this, index](const Result<void>& outcome) {
      outcomes[index] = outcome.ok() ? "written" : outcome.error().message();
    };
  }
  std::vector<std::string> outcomes;

 private:
  plan::AccumulatorDeltas accumulators_;
};

/// Pools over a simulated network with two fake brokers.
class ProducerPoolTest : public testing::Test {
 protected:
  ProducerPoolTest() {
    cluster_.leaders["t"] = {1, 2};
    for (FakeBroker* broker : {&cluster_.one, &cluster_.two}) {
      broker->on<wire::InitProducerIdRequest>([this](const auto&, const auto& reply) {
        wire::InitProducerIdResponse response;
        response.producer_id = ++last_id_;
        reply(response);
      });
      broker->on<ProduceRequest>(
          [this](const ProduceRequest& request, const auto& reply) { produce(request, reply); });
    }
  }

  std::shared_ptr<Pool> open(PoolOptions options = {}) {
    options.brokers = "one:9092";
    Log log(LogLevel::kWarning,
            [this](LogLevel, std::string_view line) { logged_.emplace_back(line); });
    return std::make_shared<Pool>(options, std::vector<net::Endpoint>{{"one", 9092}},
                                  std::make_unique<SimHost>(network_), log);
  }
  static std::unique_ptr<PoolLease> borrow(const std::shared_ptr<Pool>& pool) {
    return PoolLease::borrow(pool).value();
  }
  bool run_until_free(const Pool& pool) {
    return network_.run_until([&] { return pool.use().lent == 0 && pool.use().records > 0; });
  }

  void produce(const ProduceRequest& request, const Reply<ProduceResponse>& reply) {
    ProduceResponse response;
    for (const auto& topic : request.topic_data) {
      auto& answered = response.responses.emplace_back();
      answered.name = topic.name;
      for (const auto& data : topic.partition_data) {
        auto& told = answered.partition_responses.emplace_back();
        told.index = data.index;
        told.error_code = error_;
        if (error_ == 0) keep(data.index, data.records.view);
      }
    }
    if (silent_) return held_.push_back([reply, response] { reply(response); });
    reply(response);
  }

  void keep(std::int32_t partition, std::string_view records) {
    const auto batch = *wire::RecordBatchCursor(records).next().value();
    EXPECT_TRUE(wire::verify_crc(batch).ok());
    producers_.insert(batch.header.producer_id);
    ++batches_;
    std::string scratch;
    const auto payload =
        batch.header.compression() == wire::Compression::kNone
            ? batch.payload()
            : wire::decompress(batch.header.compression(), batch.payload(), scratch, 1 << 20)
                  .value();
    wire::Reader reader(payload);
    for (std::int32_t i = 0; i < batch.header.record_count; ++i) {
      const auto record = wire::read_record(reader, batch.header);
      written_.push_back(concat(partition, record.has_key ? concat("/", record.key) : "", ": ",
                                record.value));
      timestamps_.push_back(record.timestamp);
      header_counts_.push_back(record.header_count);
    }
  }

  net::SimNetwork network_{5};
  FakeCluster cluster_{network_};
  std::int64_t last_id_ = 100;
  std::int16_t error_ = 0;
  bool silent_ = false;
  std::vector<std::function<void()>> held_;
  std::vector<std::string> written_;  // "partition/key: value"
  std::vector<std::int64_t> timestamps_;
  std::vector<std::int32_t> header_counts_;
  std::set<std::int64_t> producers_;
  int batches_ = 0;
  std::vector<std::string> logged_;
};

TEST_F(ProducerPoolTest, WritesWhatWasSentAtFlush) {
  const auto pool = open();
  const auto lease = borrow(pool);
  ASSERT_TRUE(lease->send("t", {.value = "a", .partition = PartitionId{0}}).ok());
  ASSERT_TRUE(lease->send("t", {.value = "b", .partition = PartitionId{1}}).ok());
  EXPECT_THAT(written_, IsEmpty());
  ASSERT_TRUE(lease->flush().ok());
  EXPECT_THAT(written_, UnorderedElementsAre("0: a", "1: b"));
  EXPECT_EQ(pool->use().records, 2);
}

TEST_F(ProducerPoolTest, WritesWhatWasSentWhenTheLeaseIsGivenBack) {
  const auto pool = open();
  {
    const auto lease = borrow(pool);
    ASSERT_TRUE(lease->send("t", {.value = "a", .partition = PartitionId{0}}).ok());
    EXPECT_EQ(pool->use().lent, 1u);
  }
  EXPECT_EQ(pool->use().lent, 0u);
  ASSERT_TRUE(run_until_free(*pool));
  EXPECT_THAT(written_, ElementsAre("0: a"));
}

TEST_F(ProducerPoolTest, GivesBackWhenTheBorrowerThrows) {
  const auto pool = open({.max_producers = 1});
  try {
    const auto lease = borrow(pool);
    ASSERT_TRUE(lease->send("t", {.value = "a", .partition = PartitionId{0}}).ok());
    throw std::runtime_error("no");
  } catch (const std::runtime_error&) {
  }
  EXPECT_TRUE(borrow(pool)->flush().ok());
  EXPECT_THAT(written_, ElementsAre("0: a"));
}

TEST_F(ProducerPoolTest, SendsKeysWhereTheJavaClientDoes) {
  const auto pool = open();
  cluster_.leaders["t"] = {1, 1, 1, 1, 2, 2, 2, 2};
  const auto lease = borrow(pool);
  for (const char* key : {"21", "foobar", "a-little-bit-long-string"}) {
    ASSERT_TRUE(lease->send("t", {.key = key, .value = "v"}).ok());
  }
  ASSERT_TRUE(lease->flush().ok());
  // murmur2 as in Kafka's UtilsTest: -973932308, -790332482, -985981536, made positive, modulo 8.
  EXPECT_THAT(written_, UnorderedElementsAre("4/21: v", "6/foobar: v",
                                             "0/a-little-bit-long-string: v"));
}

TEST_F(ProducerPoolTest, KeepsKeylessRecordsTogetherAndTurnsToTheNextPartitionWithABatch) {
  const auto pool = open();
  const auto lease = borrow(pool);
  for (const char* value : {"a", "b"}) ASSERT_TRUE(lease->send("t", {.value = value}).ok());
  ASSERT_TRUE(lease->flush().ok());
  for (const char* value : {"c", "d"}) ASSERT_TRUE(lease->send("t", {.value = value}).ok());
  ASSERT_TRUE(lease->flush().ok());
  EXPECT_THAT(written_, ElementsAre("1: a", "1: b", "0: c", "0: d"));
}

TEST_F(ProducerPoolTest, KeepsTimeAndHeaders) {
  const auto pool = open();
  const auto lease = borrow(pool);
  const HeaderView headers[] = {{"from", "here"}};
  ASSERT_TRUE(
      lease->send("t", {.value = "a", .headers = headers, .timestamp = WallTime{1234}}).ok());
  const WallTime now = network_.clock().wall();
  ASSERT_TRUE(lease->send("t", {.value = "b"}).ok());
  ASSERT_TRUE(lease->flush().ok());
  EXPECT_THAT(timestamps_, ElementsAre(1234, now.millis));
  EXPECT_THAT(header_counts_, ElementsAre(1, 0));
}

TEST_F(ProducerPoolTest, ClosesBatchesAtTheirSizeAndCompresses) {
  const auto pool = open({.compression = Compression::kLz4, .batch_bytes = 4096});
  const auto lease = borrow(pool);
  const std::string value(1000, 'x');
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(lease->send("t", {.value = value}).ok());
  ASSERT_TRUE(lease->flush().ok());
  EXPECT_EQ(written_.size(), 20u);
  EXPECT_GT(batches_, 4);
}

TEST_F(ProducerPoolTest, WritesARecordLargerThanABatchUsuallyIs) {
  const auto pool = open({.batch_bytes = 1000});
  const auto lease = borrow(pool);
  ASSERT_TRUE(lease->send("t", {.value = std::string(100'000, 'x')}).ok());
  ASSERT_TRUE(lease->flush().ok());
  EXPECT_EQ(written_.size(), 1u);
}

TEST_F(ProducerPoolTest, RefusesARecordThatIsTooLarge) {
  const auto pool = open();
  const auto lease = borrow(pool);
  const auto sent = lease->send("t", {.value = std::string(2'000'000, 'x')});
  ASSERT_FALSE(sent.ok());
  EXPECT_THAT(sent.error().message(),
              AllOf(HasSubstr("topic \"t\" takes 2000040 bytes"), HasSubstr("max.message.bytes")));
  EXPECT_TRUE(lease->flush().ok());
}

TEST_F(ProducerPoolTest, RefusesAPartitionThatIsNotThere) {
  const auto pool = open();
  const auto lease = borrow(pool);
  EXPECT_THAT(lease->send("t", {.value = "a", .partition = PartitionId{2}}).error().message(),
              HasSubstr("partition 2 of topic \"t\", which has 2 partitions"));
}

TEST_F(ProducerPoolTest, SaysThatATopicDoesNotExistAfterALittlePatience) {
  const auto pool = open();
  const auto lease = borrow(pool);
  const TimePoint start = network_.clock().now();
  const auto sent = lease->send("none", {.value = "a"});
  EXPECT_EQ(sent.error().message(),
            "topic \"none\" does not exist; create it, or write to another name");
  EXPECT_EQ(sent.error().code(), ErrorCode::kNotFound);
  EXPECT_LT(network_.clock().now() - start, 6s);
}

TEST_F(ProducerPoolTest, WaitsForATopicThatIsJustBeingCreated) {
  const auto pool = open();
  const auto lease = borrow(pool);
  const auto created = network_.loop("other").call_after(2s, [this] { cluster_.leaders["new"] = {1}; });
  ASSERT_TRUE(lease->send("new", {.value = "a"}).ok());
  EXPECT_TRUE(lease->flush().ok());
}

TEST_F(ProducerPoolTest, SaysThatTheClusterDoesNotAnswer) {
  cluster_.one.stop();
  const auto pool = open();
  const auto lease = borrow(pool);
  EXPECT_THAT(lease->send("t", {.value = "a"}).error().message(),
              AllOf(HasSubstr("cannot learn about topic \"t\""), HasSubstr("one:9092")));
}

TEST_F(ProducerPoolTest, LendsAtMostSoManyAndSaysWhoHasThem) {
  const auto pool = open({.max_producers = 2, .borrow_limit = 3s});
  const auto one = borrow(pool);
  const auto two = borrow(pool);
  const TimePoint start = network_.clock().now();
  const auto refused = PoolLease::borrow(pool);
  EXPECT_EQ(network_.clock().now() - start, 3s);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(),
              AllOf(HasSubstr("free within 3 s: of 2, 2 are lent and 0 wait"),
                    HasSubstr("raise .max_producers")));
  EXPECT_EQ(pool->use().refused, 1);
  EXPECT_EQ(pool->use().open, 2u);
}

TEST_F(ProducerPoolTest, LendsToWhoeverWaitsOnceOneIsGivenBack) {
  const auto pool = open({.max_producers = 1});
  auto first = borrow(pool);
  const auto later = network_.loop("other").call_after(2s, [&] { first.reset(); });
  const auto second = borrow(pool);
  EXPECT_EQ(first, nullptr);
  EXPECT_EQ(pool->use().borrowed, 2);
  EXPECT_EQ(pool->use().open, 1u);
}

TEST_F(ProducerPoolTest, UsesAProducerAgain) {
  const auto pool = open();
  for (int i = 0; i < 5; ++i) {
    const auto lease = borrow(pool);
    ASSERT_TRUE(lease->send("t", {.value = "a"}).ok());
    ASSERT_TRUE(lease->flush().ok());
  }
  EXPECT_EQ(pool->use().open, 1u);
  EXPECT_EQ(producers_.size(), 1u);
}

TEST_F(ProducerPoolTest, DoesNotLendAProducerThatStillWrites) {
  silent_ = true;
  const auto pool = open({.max_producers = 1, .borrow_limit = 3s});
  ASSERT_TRUE(borrow(pool)->send("t", {.value = "a"}).ok());
  EXPECT_THAT(PoolLease::borrow(pool).error().message(),
              HasSubstr("of 1, 0 are lent and 1 wait for acknowledgements"));
  held_.at(0)();
  EXPECT_TRUE(PoolLease::borrow(pool).ok());
}

TEST_F(ProducerPoolTest, ClosesProducersThatAreIdle) {
  const auto pool = open({.idle_limit = 10s});
  {
    const auto one = borrow(pool);
    const auto two = borrow(pool);
  }
  network_.run_for(5s);
  { const auto again = borrow(pool); }
  EXPECT_EQ(pool->use().open, 2u);
  network_.run_for(6s);
  EXPECT_EQ(pool->use().open, 1u);
  network_.run_for(6s);
  EXPECT_EQ(pool->use().open, 0u);
  EXPECT_EQ(pool->use().closed_idle, 2);
  EXPECT_TRUE(PoolLease::borrow(pool).ok());
}

TEST_F(ProducerPoolTest, EndsALeaseThatIsOutTooLongAndReplacesItsProducer) {
  const auto pool = open({.max_producers = 1, .lease_limit = 20s});
  const auto lease = borrow(pool);
  ASSERT_TRUE(lease->send("t", {.value = "a"}).ok());
  ASSERT_TRUE(lease->flush().ok());
  const auto other = borrow(pool);  // has waited for the other's end
  EXPECT_THAT(lease->send("t", {.value = "b"}).error().message(),
              HasSubstr("ran out after 20 s; borrow one for each piece of work"));
  EXPECT_THAT(lease->flush().error().message(), HasSubstr("ran out after 20 s"));
  ASSERT_TRUE(other->send("t", {.value = "c"}).ok());
  ASSERT_TRUE(other->flush().ok());
  EXPECT_EQ(producers_.size(), 2u);
  EXPECT_EQ(pool->use().expired, 1);
  EXPECT_EQ(pool->use().open, 1u);
  EXPECT_EQ(pool->use().lent, 1u);
}

TEST_F(ProducerPoolTest, SaysWhatALeaseThatRanOutHasNotWritten) {
  const auto pool = open({.lease_limit = 20s});
  auto lease = borrow(pool);
  ASSERT_TRUE(lease->send("t", {.value = "a"}).ok());
  network_.run_for(21s);
  lease.reset();
  network_.run_for(1s);
  EXPECT_THAT(logged_, Contains(AllOf(HasSubstr("1 records were not written"),
                                      HasSubstr("ran out after 20 s"))));
  EXPECT_THAT(written_, IsEmpty());
}

TEST_F(ProducerPoolTest, EndsTheWaitForATopicWithTheLease) {
  cluster_.one.stop();
  const auto pool = open({.lease_limit = 2s});
  const auto lease = borrow(pool);
  EXPECT_THAT(lease->send("t", {.value = "a"}).error().message(), HasSubstr("ran out after 2 s"));
}

TEST_F(ProducerPoolTest, TellsOnceAtFlushThatARecordWasNotWritten) {
  error_ = wire::kafka_code::kMessageTooLarge;
  const auto pool = open();
  const auto lease = borrow(pool);
  ASSERT_TRUE(lease->send("t", {.value = "a"}).ok());
  EXPECT_THAT(lease->flush().error().message(), HasSubstr("MESSAGE_TOO_LARGE"));
  EXPECT_THAT(logged_, Contains(HasSubstr("1 records were not written: Produce to t-")));
  error_ = 0;
  ASSERT_TRUE(lease->send("t", {.value = "b"}).ok());
  EXPECT_TRUE(lease->flush().ok());
  EXPECT_EQ(pool->use().records, 1);
}

TEST_F(ProducerPoolTest, GivesUpAtTheDeliveryLimit) {
  const auto pool = open({.lease_limit = 1h, .delivery_limit = 30s});
  const auto lease = borrow(pool);
  ASSERT_TRUE(lease->send("t", {.value = "a"}).ok());
  cluster_.one.stop();
  cluster_.two.stop();
  const TimePoint start = network_.clock().now();
  EXPECT_THAT(lease->flush().error().message(),
              HasSubstr("was not acknowledged within its delivery time-out"));
  EXPECT_LT(network_.clock().now() - start, 31s);
}

TEST_F(ProducerPoolTest, WaitsWhenTheLeaseHoldsEightMebibytes) {
  silent_ = true;
  const auto pool = open({.batch_bytes = 512 * 1024});
  const auto lease = borrow(pool);
  const std::string value(500'000, 'x');
  for (int i = 0; i < 14; ++i) ASSERT_TRUE(lease->send("t", {.value = value}).ok());
  bool answering = false;
  const auto later = network_.loop("other").call_after(2s, [&] {
    answering = true;
    silent_ = false;
    for (const auto& answer : held_) answer();
  });
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(lease->send("t", {.value = value}).ok());
  EXPECT_TRUE(answering);
  EXPECT_TRUE(lease->flush().ok());
  EXPECT_EQ(written_.size(), 24u);
}

TEST_F(ProducerPoolTest, MakesATaskWaitForAllAcknowledgements) {
  const auto pool = open();
  FakeTask task;
  {
    const plan::CurrentTaskScope scope(task);
    const auto lease = borrow(pool);
    ASSERT_TRUE(lease->send("t", {.value = "a"}).ok());
  }
  EXPECT_THAT(task.outcomes, ElementsAre("held"));
  ASSERT_TRUE(run_until_free(*pool));
  EXPECT_THAT(task.outcomes, ElementsAre("written"));
}

TEST_F(ProducerPoolTest, FailsATaskWhoseRecordCouldNotBeWritten) {
  error_ = wire::kafka_code::kMessageTooLarge;
  const auto pool = open();
  FakeTask task;
  {
    const plan::CurrentTaskScope scope(task);
    ASSERT_TRUE(borrow(pool)->send("t", {.value = "a"}).ok());
  }
  ASSERT_TRUE(network_.run_until([&] { return task.outcomes[0] != "held"; }));
  EXPECT_THAT(task.outcomes, ElementsAre(HasSubstr("MESSAGE_TOO_LARGE")));
}

TEST_F(ProducerPoolTest, FailsATaskWhoseLeaseRanOut) {
  const auto pool = open({.lease_limit = 20s});
  FakeTask task;
  const plan::CurrentTaskScope scope(task);
  const auto lease = borrow(pool);
  network_.run_for(21s);
  EXPECT_THAT(task.outcomes, ElementsAre(HasSubstr("ran out after 20 s")));
}

TEST_F(ProducerPoolTest, DoesNotHoldATaskThatGotNoProducer) {
  const auto pool = open({.max_producers = 1, .borrow_limit = 1s});
  const auto lease = borrow(pool);
  FakeTask task;
  const plan::CurrentTaskScope scope(task);
  EXPECT_FALSE(PoolLease::borrow(pool).ok());
  EXPECT_THAT(task.outcomes, ElementsAre("written"));
}

TEST_F(ProducerPoolTest, SaysWhatWasNotAcknowledgedWhenItEnds) {
  silent_ = true;
  auto pool = open();
  FakeTask task;
  {
    const plan::CurrentTaskScope scope(task);
    ASSERT_TRUE(borrow(pool)->send("t", {.value = "a"}).ok());
  }
  network_.run_for(1s);
  pool.reset();
  EXPECT_THAT(task.outcomes, ElementsAre(HasSubstr("the producer pool ended before")));
  EXPECT_THAT(logged_, ElementsAre(HasSubstr("1 records were not written")));
}

TEST(ProducerPool, RefusesOptionsThatMakeNoSense) {
  const auto why = [](const PoolOptions& options) {
    return ProducerPool::open(options).error().message();
  };
  EXPECT_THAT(why({}), HasSubstr(".brokers must be"));
  EXPECT_THAT(why({.brokers = "a/b"}), HasSubstr("ProducerPool: .brokers: \"a/b\" is no address"));
  EXPECT_THAT(why({.brokers = "a", .max_producers = 0}), HasSubstr(".max_producers must be at"));
  EXPECT_THAT(why({.brokers = "a", .lease_limit = 0s}), HasSubstr(".lease_limit must be longer"));
  EXPECT_THAT(why({.brokers = "a", .batch_bytes = 0}), HasSubstr(".batch_bytes must be from 1"));
}

TEST(ProducerPool, EndsWithoutHavingBeenUsed) {
  const ProducerPool pool = ProducerPool::open({.brokers = "localhost:1"}).value();
  EXPECT_EQ(pool.use().open, 0u);
}

}  // namespace
}  // namespace weir::kafka
