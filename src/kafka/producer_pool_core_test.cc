#include "kafka/producer_pool_core.h"

#include <gmock/gmock.h>

#include <stdexcept>

#include "kafka/producer_pool_testing.h"
#include "plan/current_task.h"
#include "wire/error_codes.h"

namespace weir::kafka {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A task that remembers how what it began ended.
class FakeTask final : public plan::CurrentTask {
 public:
  std::function<void(Result<void>)> hold() override {
    const std::size_t index = outcomes.size();
    outcomes.push_back("held");
    return [this, index](const Result<void>& outcome) {
      outcomes[index] = outcome.ok() ? "written" : outcome.error().message();
    };
  }
  std::vector<std::string> outcomes;
};

class PoolCoreTest : public PoolFixture {};

TEST_F(PoolCoreTest, GivesBackWhenTheBorrowerThrows) {
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

TEST_F(PoolCoreTest, SK7_LendsAtMostSoManyAndSaysWhoHasThem) {
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

TEST_F(PoolCoreTest, LendsToWhoeverWaitsOnceOneIsGivenBack) {
  const auto pool = open({.max_producers = 1});
  auto first = borrow(pool);
  const auto later = network_.loop("other").call_after(2s, [&] { first.reset(); });
  const auto second = borrow(pool);
  EXPECT_EQ(first, nullptr);
  EXPECT_EQ(pool->use().borrowed, 2);
  EXPECT_EQ(pool->use().open, 1u);
}

TEST_F(PoolCoreTest, SK7_UsesAProducerAgain) {
  const auto pool = open();
  for (int i = 0; i < 5; ++i) {
    const auto lease = borrow(pool);
    ASSERT_TRUE(lease->send("t", {.value = "a"}).ok());
    ASSERT_TRUE(lease->flush().ok());
  }
  EXPECT_EQ(pool->use().open, 1u);
  EXPECT_EQ(producers_.size(), 1u);
}

TEST_F(PoolCoreTest, DoesNotLendAProducerThatStillWrites) {
  silent_ = true;
  const auto pool = open({.max_producers = 1, .borrow_limit = 3s});
  ASSERT_TRUE(borrow(pool)->send("t", {.value = "a"}).ok());
  EXPECT_THAT(PoolLease::borrow(pool).error().message(),
              HasSubstr("of 1, 0 are lent and 1 wait for acknowledgements"));
  held_.at(0)();
  EXPECT_TRUE(PoolLease::borrow(pool).ok());
}

TEST_F(PoolCoreTest, SK7_ClosesProducersThatAreIdle) {
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

TEST_F(PoolCoreTest, SK7_EndsALeaseThatIsOutTooLongAndReplacesItsProducer) {
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

TEST_F(PoolCoreTest, SaysWhatALeaseThatRanOutHasNotWritten) {
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

TEST_F(PoolCoreTest, EndsTheWaitForATopicWithTheLease) {
  cluster_.one.stop();
  const auto pool = open({.lease_limit = 2s});
  const auto lease = borrow(pool);
  EXPECT_THAT(lease->send("t", {.value = "a"}).error().message(), HasSubstr("ran out after 2 s"));
}

TEST_F(PoolCoreTest, MakesATaskWaitForAllAcknowledgements) {
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

TEST_F(PoolCoreTest, FailsATaskWhoseRecordCouldNotBeWritten) {
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

TEST_F(PoolCoreTest, FailsATaskWhoseLeaseRanOut) {
  const auto pool = open({.lease_limit = 20s});
  FakeTask task;
  const plan::CurrentTaskScope scope(task);
  const auto lease = borrow(pool);
  network_.run_for(21s);
  EXPECT_THAT(task.outcomes, ElementsAre(HasSubstr("ran out after 20 s")));
}

TEST_F(PoolCoreTest, DoesNotHoldATaskThatGotNoProducer) {
  const auto pool = open({.max_producers = 1, .borrow_limit = 1s});
  const auto lease = borrow(pool);
  FakeTask task;
  const plan::CurrentTaskScope scope(task);
  EXPECT_FALSE(PoolLease::borrow(pool).ok());
  EXPECT_THAT(task.outcomes, ElementsAre("written"));
}

TEST_F(PoolCoreTest, SaysWhatWasNotAcknowledgedWhenItEnds) {
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

}  // namespace
}  // namespace weir::kafka
