#include "weir/producer_pool.h"

#include <gmock/gmock.h>

namespace weir::kafka {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

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
