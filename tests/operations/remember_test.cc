#include "weir/remember.h"

#include <gmock/gmock.h>

#include <chrono>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <vector>

#include "weir/dataset_operations.h"
#include "weir/testing.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A stream of numbers with a batch a second, of which some are remembered.
class RememberTest : public testing::Test {
 protected:
  BatchTime after(Duration time) const {
    return {kTestStart.millis * 1000 + time / std::chrono::microseconds(1)};
  }
  void run(int number) {
    numbers.add({number});
    const Result<void> ran = test.run_batch();
    ASSERT_TRUE(ran.ok()) << ran.error().message();
  }
  std::multiset<int> slice(Duration from, Duration to) {
    const auto batches = remembered.slice(after(from), after(to));
    EXPECT_TRUE(batches.ok()) << batches.error().message();
    std::multiset<int> found;
    for (const Dataset<int>& batch : *batches) found.insert(batch.begin(), batch.end());
    return found;
  }

  StreamTest test;
  TestInput<int> numbers = test.input<int>(1);
  Remembered<int> remembered = remember(test.context(), numbers, 4s);
};

TEST_F(RememberTest, BO35_SliceHasTheBatchesFromOneTimeToAnother) {
  for (int number = 1; number <= 4; ++number) run(number);
  EXPECT_THAT(slice(0s, 1s), ElementsAre(1));
  EXPECT_THAT(slice(0s, 2s), ElementsAre(1, 2));
  EXPECT_THAT(slice(1s, 2s), ElementsAre(1, 2));
  EXPECT_THAT(slice(2s, 4s), ElementsAre(2, 3, 4));
}

TEST_F(RememberTest, BO36_SliceBeforeTheStartIsAnError) {
  const auto batches = remembered.slice(after(0s), after(1s));
  ASSERT_FALSE(batches.ok());
  EXPECT_THAT(batches.error().message(), HasSubstr("has not been initialized"));
}

TEST_F(RememberTest, SliceHasNothingOfATimeThatIsToCome) {
  run(1);
  EXPECT_THAT(slice(2s, 9s), IsEmpty());
}

TEST_F(RememberTest, BatchesAreForgotten) {
  for (int number = 1; number <= 6; ++number) run(number);
  EXPECT_THAT(slice(0s, 9s), ElementsAre(3, 4, 5, 6));
}

TEST(Remember, KeepsNothingOfABatchThatFailed) {
  StreamTest test;
  const auto numbers = test.input<int>(1);
  const auto remembered = remember(test.context(), numbers, 10s);
  numbers.for_each([](int number) {
    if (number == 2) throw std::runtime_error("no");
  });
  numbers.add({1});
  ASSERT_TRUE(test.run_batch().ok());
  numbers.add({2});
  ASSERT_FALSE(test.run_batch().ok());
  const auto batches = remembered.slice(BatchTime{0}, BatchTime{INT64_MAX});
  ASSERT_TRUE(batches.ok());
  ASSERT_EQ(batches->size(), 1U);
  EXPECT_THAT(batches->front().records(), ElementsAre(1));
}

TEST(Remember, KeepsEmptyBatchesAndWhatTransformationsMake) {
  StreamTest test;
  const auto numbers = test.input<int>(1);
  const auto doubled = remember(test.context(), numbers.map([](int n) { return 2 * n; }), 10s);
  ASSERT_TRUE(test.run_batch().ok());
  numbers.add({1, 2});
  ASSERT_TRUE(test.run_batch().ok());
  const auto batches = doubled.slice(BatchTime{0}, BatchTime{INT64_MAX});
  ASSERT_TRUE(batches.ok());
  ASSERT_EQ(batches->size(), 2U);
  EXPECT_TRUE((*batches)[0].empty());
  EXPECT_THAT((*batches)[1].records(), ElementsAre(2, 4));
}

}  // namespace
}  // namespace weir
