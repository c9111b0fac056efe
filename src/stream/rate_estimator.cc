#include "stream/rate_estimator.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/log.h"

namespace weir::stream {

namespace {

// While batches are late, the next one is given this part of an interval at least; so is a batch
// that took no time that can be measured counted.
constexpr int kLeastPart = 4;
constexpr int kShortestPart = 100;

double in_seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

void PaceEstimator::learn(const BatchPace& batch) {
  if (batch.records <= 0) return;
  const bool fits = batch.scheduling_delay + batch.processing <= interval_;
  if (!speed_ && fits) return;
  const Duration processing = std::max(batch.processing, interval_ / kShortestPart);
  const double speed = static_cast<double>(batch.records) / in_seconds(processing);
  speed_ = batch.took_all && fits ? std::max(speed, speed_.value_or(0)) : speed;
}

std::optional<double> PaceEstimator::after(const BatchPace& batch) {
  learn(batch);
  if (!speed_) return std::nullopt;
  const Duration late =
      std::max(Duration::zero(), batch.scheduling_delay + batch.processing - interval_);
  const Duration left = std::max(interval_ / kLeastPart, interval_ - late);
  return *speed_ * in_seconds(left) / in_seconds(interval_);
}

std::optional<double> PidEstimator::after(const BatchPace& batch) {
  const bool is_later = !last_ || batch.ended > last_->ended;
  if (!is_later || batch.records <= 0 || batch.processing <= Duration::zero()) return std::nullopt;
  const double speed = static_cast<double>(batch.records) / in_seconds(batch.processing);
  if (!last_) {
    last_ = {batch.ended, speed, 0};
    return std::nullopt;
  }
  const double error = last_->rate - speed;
  const double error_sum = in_seconds(batch.scheduling_delay) * speed / in_seconds(interval_);
  const double error_change = (error - last_->error) / in_seconds(batch.ended - last_->ended);
  const double rate = last_->rate - options_.proportional * error - options_.integral * error_sum -
                      options_.derivative * error_change;
  last_ = {batch.ended, std::max(options_.min_rate, rate), error};
  return last_->rate;
}

std::unique_ptr<RateEstimator> make_estimator(const BackPressure& options, Duration interval) {
  if (interval <= Duration::zero()) return nullptr;
  switch (options.estimator) {
    case BackPressure::Estimator::kNone:
      return nullptr;
    case BackPressure::Estimator::kPace:
      return std::make_unique<PaceEstimator>(interval);
    case BackPressure::Estimator::kPid:
      return std::make_unique<PidEstimator>(interval, options);
  }
  return nullptr;
}

Result<void> validate(const BackPressure& options, Duration interval) {
  const auto refuse = [](auto... parts) {
    return Error(ErrorCode::kInvalidArgument, concat(".back_pressure.", parts...));
  };
  const auto is_gain = [](double gain) { return std::isfinite(gain) && gain >= 0; };
  if (options.estimator == BackPressure::Estimator::kPid && interval <= Duration::zero()) {
    return refuse("estimator is kPid, which needs a .batch_interval");
  }
  if (!is_gain(options.proportional) || !is_gain(options.integral) ||
      !is_gain(options.derivative)) {
    return refuse("proportional, .integral and .derivative must be 0 or more");
  }
  if (!std::isfinite(options.min_rate) || options.min_rate <= 0) {
    return refuse("min_rate is ", options.min_rate, "; it must be above 0");
  }
  if (options.initial_rate < 0) {
    return refuse("initial_rate is ", options.initial_rate,
                  "; it must be 0 (no limit) or more records a second");
  }
  if (options.min_records_per_partition < 1) {
    return refuse("min_records_per_partition is ", options.min_records_per_partition,
                  "; at least 1 is needed, or a partition might never be read");
  }
  return {};
}

}  // namespace weir::stream
