#include "kafka/producer_pool_lease.h"

#include <gmock/gmock.h>

#include "kafka/producer_pool_testing.h"
#include "wire/error_codes.h"

namespace weir::kafka {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class PoolLeaseTest : public PoolFixture {};

TEST_F(PoolLeaseTest, WritesWhatWasSentAtFlush) {
  const auto pool = open();
  const auto lease = borrow(pool);
  ASSERT_TRUE(lease->send("t", {.value = "a", .partition = PartitionId{0}}).ok());
  ASSERT_TRUE(lease->send("t", {.value = "b", .partition = PartitionId{1}}).ok());
  EXPECT_THAT(written_, IsEmpty());
  ASSERT_TRUE(lease->flush().ok());
  EXPECT_THAT(written_, UnorderedElementsAre("0: a", "1: b"));
  EXPECT_EQ(pool->use().records, 2);
}

TEST_F(PoolLeaseTest, WritesWhatWasSentWhenTheLeaseIsGivenBack) {
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

TEST_F(PoolLeaseTest, SendsKeysWhereTheJavaClientDoes) {
  const auto pool = open();
  cluster_.leaders["t"] = {1, 1, 1, 1, 2, 2, 2, 2};
  const auto lease = borrow(pool);
  for (const char* key : {"21", "foobar", "a-little-bit-long-string"}) {
    ASSERT_TRUE(lease->send("t", {.key = key, .value = "v"}).ok());
  }
  ASSERT_TRUE(lease->flush().ok());
  // murmur2 as in Kafka's UtilsTest: -973932308, -790332482, -985981536, made positive, modulo 8.
  EXPECT_THAT(written_,
              UnorderedElementsAre("4/21: v", "6/foobar: v", "0/a-little-bit-long-string: v"));
}

TEST_F(PoolLeaseTest, KeepsKeylessRecordsTogetherAndTurnsToTheNextPartitionWithABatch) {
  const auto pool = open();
  const auto lease = borrow(pool);
  for (const char* value : {"a", "b"}) ASSERT_TRUE(lease->send("t", {.value = value}).ok());
  ASSERT_TRUE(lease->flush().ok());
  for (const char* value : {"c", "d"}) ASSERT_TRUE(lease->send("t", {.value = value}).ok());
  ASSERT_TRUE(lease->flush().ok());
  EXPECT_THAT(written_, ElementsAre("1: a", "1: b", "0: c", "0: d"));
}

TEST_F(PoolLeaseTest, KeepsTimeAndHeaders) {
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

TEST_F(PoolLeaseTest, ClosesBatchesAtTheirSizeAndCompresses) {
  const auto pool = open({.compression = Compression::kLz4, .batch_bytes = 4096});
  const auto lease = borrow(pool);
  const std::string value(1000, 'x');
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(lease->send("t", {.value = value}).ok());
  ASSERT_TRUE(lease->flush().ok());
  EXPECT_EQ(written_.size(), 20u);
  EXPECT_GT(batches_, 4);
}

TEST_F(PoolLeaseTest, WritesARecordLargerThanABatchUsuallyIs) {
  const auto pool = open({.batch_bytes = 1000});
  const auto lease = borrow(pool);
  ASSERT_TRUE(lease->send("t", {.value = std::string(100'000, 'x')}).ok());
  ASSERT_TRUE(lease->flush().ok());
  EXPECT_EQ(written_.size(), 1u);
}

TEST_F(PoolLeaseTest, RefusesARecordThatIsTooLarge) {
  const auto pool = open();
  const auto lease = borrow(pool);
  const auto sent = lease->send("t", {.value = std::string(2'000'000, 'x')});
  ASSERT_FALSE(sent.ok());
  EXPECT_THAT(sent.error().message(),
              AllOf(HasSubstr("topic \"t\" takes 2000040 bytes"), HasSubstr("max.message.bytes")));
  EXPECT_TRUE(lease->flush().ok());
}

TEST_F(PoolLeaseTest, RefusesAPartitionThatIsNotThere) {
  const auto pool = open();
  const auto lease = borrow(pool);
  EXPECT_THAT(lease->send("t", {.value = "a", .partition = PartitionId{2}}).error().message(),
              HasSubstr("partition 2 of topic \"t\", which has 2 partitions"));
}

TEST_F(PoolLeaseTest, SaysThatATopicDoesNotExistAfterALittlePatience) {
  const auto pool = open();
  const auto lease = borrow(pool);
  const TimePoint start = network_.clock().now();
  const auto sent = lease->send("none", {.value = "a"});
  EXPECT_EQ(sent.error().message(),
            "topic \"none\" does not exist; create it, or correct its name");
  EXPECT_EQ(sent.error().code(), ErrorCode::kNotFound);
  EXPECT_LT(network_.clock().now() - start, 6s);
}

TEST_F(PoolLeaseTest, WaitsForATopicThatIsJustBeingCreated) {
  const auto pool = open();
  const auto lease = borrow(pool);
  const auto created =
      network_.loop("other").call_after(2s, [this] { cluster_.leaders["new"] = {1}; });
  ASSERT_TRUE(lease->send("new", {.value = "a"}).ok());
  EXPECT_TRUE(lease->flush().ok());
}

TEST_F(PoolLeaseTest, SaysThatTheClusterDoesNotAnswer) {
  cluster_.one.stop();
  const auto pool = open();
  const auto lease = borrow(pool);
  EXPECT_THAT(lease->send("t", {.value = "a"}).error().message(),
              AllOf(HasSubstr("cannot learn about topic \"t\""), HasSubstr("one:9092")));
}

TEST_F(PoolLeaseTest, TellsOnceAtFlushThatARecordWasNotWritten) {
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

TEST_F(PoolLeaseTest, GivesUpAtTheDeliveryLimit) {
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

TEST_F(PoolLeaseTest, WaitsWhenTheLeaseHoldsEightMebibytes) {
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

}  // namespace
}  // namespace weir::kafka
