#include "stream/input_rates.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "base/log.h"

namespace weir::stream {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::Gt;
using testing::IsEmpty;
using testing::Le;
using testing::Lt;
using testing::Pair;

BackPressure of(BackPressure::Estimator estimator) { return {.estimator = estimator}; }
BackPressure initially(std::int64_t rate) { return {.initial_rate = rate}; }

const RecordOrigin kFirst{"in", PartitionId{0}};
const RecordOrigin kSecond{"in", PartitionId{1}};

plan::ReadAhead ahead(const RecordOrigin& origin, std::int64_t records) {
  return {&origin, 0, {{Offset{0}, Offset{records}, static_cast<std::size_t>(records), records}}};
}
Offer offer(std::int64_t first, std::int64_t second) {
  return {{ahead(kFirst, first), ahead(kSecond, second)}, false};
}

TEST(InputRatesTest, DK9_WithoutRecordsOrAnEstimateThereIsNoLimit) {
  InputRates limited(initially(100), 100ms);
  EXPECT_THAT(limited.allowed({Offer{}}, Occasion::kTick), IsEmpty());
  InputRates unlimited({}, 100ms);
  EXPECT_THAT(unlimited.allowed({offer(50, 50)}, Occasion::kTick), IsEmpty());
}

TEST(InputRatesTest, DividesTheRateInProportionToWhatIsThere) {
  InputRates rates(initially(1000), 100ms);
  const auto allowed = rates.allowed({offer(300, 100)}, Occasion::kTick);
  EXPECT_EQ(allowed.at(&kFirst), 75);
  EXPECT_EQ(allowed.at(&kSecond), 25);
}

TEST(InputRatesTest, APartitionIsNeverLeftOut) {
  InputRates rates(initially(10), 100ms);
  const auto allowed = rates.allowed({offer(1'000'000, 1)}, Occasion::kTick);
  EXPECT_EQ(allowed.at(&kSecond), 1);
  rates.took({offer(1, 1)}, {{{&kFirst, 0, Offset{0}, Offset{1}, 1, 1}}}, Occasion::kTick);
  EXPECT_EQ(rates.allowed({offer(1, 1)}, Occasion::kMore).at(&kSecond), 0);
}

TEST(InputRatesTest, OneThatWaitedForItsTurnFollowsNoPace) {
  const auto after_a_long_one = [](Occasion of_the_batch) {
    InputRates rates({}, 5ms);
    rates.took({offer(50, 0)}, {{{&kFirst, 0, Offset{0}, Offset{50}, 50, 50}}}, of_the_batch);
    rates.begun(BatchTime{1});
    BatchReport report;
    report.time = BatchTime{1};
    report.processing_time = 20ms;
    rates.committed(report, TimePoint{1s});
    return rates;
  };
  EXPECT_FALSE(after_a_long_one(Occasion::kTurn).rate(0));
  InputRates limited = after_a_long_one(Occasion::kTick);
  EXPECT_FALSE(limited.allowed({offer(50, 0)}, Occasion::kTick).empty());
  EXPECT_THAT(limited.allowed({offer(50, 0)}, Occasion::kTurn), IsEmpty());
  // What the user has asked for holds.
  EXPECT_FALSE(InputRates(initially(100), 5ms).allowed({offer(50, 0)}, Occasion::kTurn).empty());
}

TEST(InputRatesTest, SeveralBatchesOfAnIntervalShareItsRecords) {
  InputRates rates(initially(100), 1s);
  ASSERT_EQ(rates.allowed({offer(500, 500)}, Occasion::kTick).at(&kFirst), 50);
  rates.took({offer(500, 500)}, {{{&kFirst, 0, Offset{0}, Offset{60}, 60, 60}}}, Occasion::kTick);
  EXPECT_EQ(rates.allowed({offer(500, 500)}, Occasion::kMore).at(&kFirst), 20);
  EXPECT_EQ(rates.allowed({offer(500, 500)}, Occasion::kTick).at(&kFirst), 50);
}

TEST(InputRatesTest, RC1_TheRateFollowsTheBatches) {
  InputRates rates(of(BackPressure::Estimator::kPid), 50ms);
  BatchReport report;
  for (int batch = 1; batch <= 2; ++batch) {
    rates.took({offer(10, 10)}, {{{&kFirst, 0, Offset{0}, Offset{10}, 10, 10}}}, Occasion::kTick);
    rates.begun(BatchTime{batch});
    EXPECT_EQ(rates.rate(0), std::nullopt);
    report.time = BatchTime{batch};
    report.processing_time = 10ms;
    rates.committed(report, TimePoint{batch * 50ms});
  }
  EXPECT_THAT(rates.rate(0), testing::Optional(Gt(0)));
}

/// A stream with an interval of a second, whose batches run one after the other as the engine's do:
/// each at its time, or when the one before has ended. A record costs so much, and a batch 5 ms.
class Model {
 public:
  explicit Model(BackPressure::Estimator estimator) : rates_(of(estimator), 1s) {}

  struct Batch {
    std::int64_t records = 0;
    Duration processing{0};
    Duration delay{0};  // from its time to its end
  };
  /// What the outside does until the next call.
  double arrivals = 0;  // records in an interval
  double speed = 0;     // records a second that the sink takes

  std::vector<Batch> run(int batches) {
    std::vector<Batch> all;
    for (int i = 0; i < batches; ++i) all.push_back(run_one());
    return all;
  }

 private:
  Batch run_one() {
    due_ += 1s;
    waiting_ += static_cast<std::int64_t>(arrivals);
    const Offer offer{{ahead(kFirst, waiting_)}, false};
    const std::vector<Offer> offers{waiting_ > 0 ? offer : Offer{}};
    const auto allowed = rates_.allowed(offers, Occasion::kTick);
    std::int64_t take = std::min<std::int64_t>(waiting_, kMemory);
    if (allowed.contains(&kFirst)) take = std::min(take, allowed.at(&kFirst));
    std::vector<plan::Slice> slices;
    if (take > 0) slices.push_back({&kFirst, 0, Offset{0}, Offset{take}, 1, take});
    rates_.took(offers, {slices}, Occasion::kTick);
    waiting_ -= take;
    BatchReport report;
    report.time = BatchTime{due_ / std::chrono::microseconds(1)};
    rates_.begun(report.time);
    const TimePoint began = std::max(TimePoint{due_}, free_);
    report.scheduling_delay = began - TimePoint{due_};
    report.processing_time = 5ms + std::chrono::nanoseconds(static_cast<std::int64_t>(
                                       1e9 * static_cast<double>(take) / speed));
    free_ = began + report.processing_time;
    rates_.committed(report, free_);
    return {take, report.processing_time, free_ - TimePoint{due_}};
  }

  static constexpr std::int64_t kMemory = 100'000;  // records that a batch can hold
  InputRates rates_;
  std::int64_t waiting_ = 0;
  Duration due_{0};
  TimePoint free_{};
};

/// After how many batches all that follow end within 1.1 intervals and use 0.9 of them.
std::size_t settled_after(const std::vector<Model::Batch>& batches) {
  std::size_t settled = 0;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const bool is_steady = batches[i].delay <= 1100ms && batches[i].processing >= 900ms;
    if (!is_steady) settled = i + 1;
  }
  return settled;
}

std::int64_t sum(const std::vector<Model::Batch>& batches) {
  return std::accumulate(batches.begin(), batches.end(), std::int64_t{0},
                         [](std::int64_t sum, const auto& batch) { return sum + batch.records; });
}

/// Both estimators meet the same.
class RateSimulation : public testing::Test {
 protected:
  std::pair<std::vector<Model::Batch>, std::vector<Model::Batch>> run(double arrivals, double speed,
                                                                      int batches) {
    for (Model* model : {&pace, &pid}) {
      model->arrivals = arrivals;
      model->speed = speed;
    }
    return {pace.run(batches), pid.run(batches)};
  }
  Model pace{BackPressure::Estimator::kPace};
  Model pid{BackPressure::Estimator::kPid};
};

TEST_F(RateSimulation, PaceSettlesInFewerBatchesThanPidBehindABacklog) {
  const auto [by_pace, by_pid] = run(50'000, 10'000, 200);
  EXPECT_LE(settled_after(by_pace), 8u);
  EXPECT_GE(settled_after(by_pid), 2 * settled_after(by_pace));
}

TEST_F(RateSimulation, PaceFollowsASinkThatBecomesSlowerAndFaster) {
  run(50'000, 10'000, 200);
  const auto [slow_pace, slow_pid] = run(50'000, 2'000, 100);
  EXPECT_LE(settled_after(slow_pace), 8u);
  EXPECT_GT(settled_after(slow_pid), settled_after(slow_pace));
  const auto [fast_pace, fast_pid] = run(50'000, 20'000, 100);
  EXPECT_LE(settled_after(fast_pace), 2u);
  EXPECT_GE(settled_after(fast_pid), settled_after(fast_pace));
}

TEST_F(RateSimulation, PidFallsToItsFloorWhereLittleComesAndPaceDoesNot) {
  run(50'000, 10'000, 40);
  run(0, 10'000'000, 60);
  // A few records a batch: a batch costs more than they do.
  run(3, 10'000, 500);
  const auto [by_pace, by_pid] = run(20'000, 10'000, 1);
  EXPECT_GE(sum(by_pace), 9'000);
  EXPECT_LE(sum(by_pid), 1'000);
}

TEST_F(RateSimulation, PaceRecoversAfterIdleAtOnce) {
  run(50'000, 10'000, 40);
  run(0, 10'000'000, 60);
  run(0, 10'000, 100);
  const auto [by_pace, by_pid] = run(8'000, 10'000, 20);
  EXPECT_EQ(sum(by_pace), 8'000 * 20);
  EXPECT_THAT(by_pace, Each(testing::Field(&Model::Batch::delay, Le(1s))));
  EXPECT_LE(sum(by_pid), sum(by_pace));
}

}  // namespace
}  // namespace weir::stream
