#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "plan/io.h"
#include "stream/planner.h"
#include "stream/rate_estimator.h"

namespace weir::stream {

/// Why a batch begins.
enum class Occasion {
  kTick,  ///< an interval begins
  kMore,  ///< there is more than the last one could take
  /// Ticks have passed while those before it could not be committed: it takes what has come, as
  /// without an interval.
  kTurn
};

/// How many records batches may take of each source and of its partitions, so that batches take
/// about their interval: back-pressure. Learns from each committed batch. A pure machine.
class InputRates {
 public:
  using Allowed = std::map<const RecordOrigin*, std::int64_t>;

  InputRates(const BackPressure& options, Duration interval);

  /// What may be taken of each partition, for sources that have a limit: what is left of an
  /// interval's records, which begins anew with a tick, in proportion to what has been read ahead
  /// of it.
  Allowed allowed(const std::vector<Offer>& offers, Occasion occasion);
  /// A batch takes this, by offer.
  void took(const std::vector<Offer>& offers, const std::vector<std::vector<plan::Slice>>& slices,
            Occasion occasion);
  /// The batch that took what was taken last.
  void begun(BatchTime batch) { under_way_[batch] = std::exchange(taken_, {}); }
  void committed(const BatchReport& report, TimePoint ended);
  /// What was under way is not committed.
  void drop() { under_way_.clear(); }

  /// Records a second; nothing where there is no limit.
  std::optional<double> rate(std::size_t offer) const;

 private:
  struct Source {
    std::unique_ptr<RateEstimator> estimator;
    std::optional<double> rate;
    double left = 0;     // records, of this interval
    bool paces = false;  // the rate is what the pace of batches has shown
  };
  struct Taken {
    std::size_t offer = 0;
    std::int64_t records = 0;
    bool all = false;
  };
  Source& source(std::size_t offer);
  /// What the pace of batches shows says nothing of one that waits for its turn: it is longer than
  /// an interval by how long commits take, whatever it holds.
  bool frees(const Source& source, Occasion occasion) const;

  const BackPressure options_;
  const Duration interval_;
  std::vector<Source> sources_;  // by offer
  std::vector<Taken> taken_;
  std::map<BatchTime, std::vector<Taken>> under_way_;
  std::optional<TimePoint> last_ended_;
};

}  // namespace weir::stream
