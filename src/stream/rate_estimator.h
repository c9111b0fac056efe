#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "weir/streaming_context.h"
#include "weir/types.h"

namespace weir::stream {

/// What a batch tells of the speed of the stream.
struct BatchPace {
  TimePoint ended;               ///< all its output was acknowledged
  std::int64_t records = 0;      ///< that it took of the source
  Duration processing{0};        ///< that it took for itself
  Duration scheduling_delay{0};  ///< from its time until the stream had time for it
  bool took_all = false;         ///< there was no more to take
};

/// Says from batch to batch how many records a second a stream should take. A pure machine.
class RateEstimator {
 public:
  virtual ~RateEstimator() = default;
  /// Returns the new rate; nothing where the batch says nothing of it, and the last one holds.
  virtual std::optional<double> after(const BatchPace& batch) = 0;
};

/// As many records as the last batch shows that the stream can process in what is left of the next
/// one's interval: all of it, or less while batches are late. It sets a limit only when a batch has
/// been longer than the interval, and batches that took all there was never lower it.
class PaceEstimator final : public RateEstimator {
 public:
  explicit PaceEstimator(Duration interval) : interval_(interval) {}
  std::optional<double> after(const BatchPace& batch) override;

 private:
  void learn(const BatchPace& batch);

  const Duration interval_;
  std::optional<double> speed_;  // records a second, once there is a limit
};

/// Spark's: a controller of the rate with proportional, integral and derivative parts, where the
/// error is by how much the last rate was above the last batch's speed, and its sum over time is
/// what the scheduling delay stands for.
class PidEstimator final : public RateEstimator {
 public:
  PidEstimator(Duration interval, const BackPressure& options)
      : interval_(interval), options_(options) {}
  std::optional<double> after(const BatchPace& batch) override;

 private:
  struct Last {
    TimePoint ended;
    double rate = 0;
    double error = 0;
  };
  const Duration interval_;
  const BackPressure options_;
  std::optional<Last> last_;
};

/// Null where no estimator is wanted or there is no interval.
std::unique_ptr<RateEstimator> make_estimator(const BackPressure& options, Duration interval);
/// Says what in the options makes no sense.
Result<void> validate(const BackPressure& options, Duration interval);

}  // namespace weir::stream
