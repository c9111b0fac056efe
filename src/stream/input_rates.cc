#include "stream/input_rates.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace weir::stream {

namespace {

std::int64_t records_of(const plan::ReadAhead& partition) {
  std::int64_t records = 0;
  for (const plan::Piece& piece : partition.pieces) records += piece.records;
  return records;
}

std::int64_t records_of(const Offer& offer) {
  std::int64_t records = 0;
  for (const plan::ReadAhead& partition : offer.read_ahead) records += records_of(partition);
  return records;
}

}  // namespace

InputRates::InputRates(const BackPressure& options, Duration interval)
    : options_(options), interval_(interval) {}

InputRates::Source& InputRates::source(std::size_t offer) {
  while (sources_.size() <= offer) {
    Source& made = sources_.emplace_back();
    made.estimator = make_estimator(options_, interval_);
    if (made.estimator && options_.initial_rate > 0) {
      made.rate = static_cast<double>(options_.initial_rate);
    }
  }
  return sources_[offer];
}

std::optional<double> InputRates::rate(std::size_t offer) const {
  return offer < sources_.size() ? sources_[offer].rate : std::nullopt;
}

bool InputRates::frees(const Source& source, Occasion occasion) const {
  const bool paces = options_.estimator == BackPressure::Estimator::kPace;
  return occasion == Occasion::kTurn && paces && (!source.rate || source.paces);
}

InputRates::Allowed InputRates::allowed(const std::vector<Offer>& offers, Occasion occasion) {
  const bool is_tick = occasion != Occasion::kMore;
  Allowed allowed;
  for (std::size_t i = 0; i < offers.size(); ++i) {
    Source& of = source(i);
    if (!of.rate || frees(of, occasion)) continue;
    if (is_tick) of.left = *of.rate * std::chrono::duration<double>(interval_).count();
    const auto total = static_cast<double>(records_of(offers[i]));
    const std::int64_t least = is_tick ? options_.min_records_per_partition : 0;
    for (const plan::ReadAhead& partition : offers[i].read_ahead) {
      const double share = static_cast<double>(records_of(partition)) / total;
      allowed[partition.origin] =
          std::max(least, static_cast<std::int64_t>(share * std::max(0.0, of.left)));
    }
  }
  return allowed;
}

void InputRates::took(const std::vector<Offer>& offers,
                      const std::vector<std::vector<plan::Slice>>& slices, Occasion occasion) {
  taken_.clear();
  for (std::size_t i = 0; i < slices.size(); ++i) {
    if (!source(i).estimator || frees(source(i), occasion)) continue;
    Taken& taken = taken_.emplace_back();
    taken.offer = i;
    for (const plan::Slice& slice : slices[i]) taken.records += slice.records;
    taken.all = taken.records == records_of(offers[i]);
    source(i).left -= static_cast<double>(taken.records);
  }
}

void InputRates::committed(const BatchReport& report, TimePoint ended) {
  const auto batch = under_way_.find(report.time);
  if (batch == under_way_.end()) return;
  // While its output waited for that of the batch before, it was waiting for its turn.
  const TimePoint began = ended - report.processing_time;
  const Duration waited =
      std::clamp(last_ended_.value_or(began) - began, Duration::zero(), report.processing_time);
  for (const Taken& taken : batch->second) {
    Source& of = source(taken.offer);
    const auto rate = of.estimator->after({ended, taken.records, report.processing_time - waited,
                                           report.scheduling_delay + waited, taken.all});
    if (!rate) continue;
    of.rate = rate;
    of.paces = true;
  }
  last_ended_ = ended;
  under_way_.erase(under_way_.begin(), std::next(batch));
}

}  // namespace weir::stream
