#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "stream/context_test.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class BackPressureTest : public stream::ContextTest {
 protected:
  void add(std::size_t records) { source->add_piece(0, std::vector<std::string>(records, "x")); }
  /// The output takes 10 s for 1000 records. Returns what the next batch takes of 1000 more.
  std::int64_t after_a_slow_batch(BackPressure back_pressure) {
    make({.batch_interval = 1s, .back_pressure = back_pressure});
    plan::FakeOutput* output = write(strings());
    output->hold = true;
    add(1000);
    EXPECT_TRUE(context->start().ok());
    run_until([&] { return output->held() > 0; });
    network.run_for(10s);
    output->hold = false;
    output->let_go();
    network.run_for(1ms);
    add(1000);
    const std::size_t before = reports.size();
    run_until([&] { return reports.size() > before; });
    return reports.back().records_in;
  }
};

TEST_F(BackPressureTest, ABatchThatTookTooLongMakesTheNextOneSmaller) {
  EXPECT_EQ(after_a_slow_batch({}), 100);
}

TEST_F(BackPressureTest, ThatCanBeTurnedOff) {
  EXPECT_EQ(after_a_slow_batch({.estimator = BackPressure::Estimator::kNone}), 1000);
}

TEST_F(BackPressureTest, StartSaysWhatMakesNoSense) {
  make({.back_pressure = {.estimator = BackPressure::Estimator::kPid}});
  write(strings());
  const Result<void> started = context->start();
  ASSERT_FALSE(started.ok());
  EXPECT_THAT(started.error().message(), HasSubstr("needs a .batch_interval"));
}

}  // namespace
}  // namespace weir
