#include "stream/input_planner.h"

#include <algorithm>
#include <utility>

namespace weir::stream {

namespace {

constexpr std::size_t kTaskBytes = std::size_t{1} << 20;

std::int64_t records_of(const exec::BatchRun::Input& input) {
  std::int64_t records = 0;
  for (const auto& slices : input) {
    for (const plan::Slice& slice : slices) records += slice.records;
  }
  return records;
}

}  // namespace

InputPlanner::InputPlanner(const Setup& setup, BatchSize size, RateLimit rate, InputRates rates)
    : setup_(setup),
      size_(size),
      rate_(std::move(rate)),
      rates_(std::move(rates)),
      returned_(*setup.stages) {}

exec::BatchRun::Input InputPlanner::take_next(TimePoint now, Occasion occasion) {
  const bool again = has_returned();
  const std::vector<Offer> offers = again ? returned_.offers() : read_ahead();
  PlanLimits limits{size_.bytes(), setup_.source_bytes, kTaskBytes, turn_++};
  const auto of_rates = again ? InputRates::Allowed() : rates_.allowed(offers, occasion);
  if (!again) {
    limits.records_allowed = [&](const RecordOrigin& origin) {
      return allowed(origin, now, of_rates);
    };
  }
  Plan plan = plan_batch(offers, limits);
  has_more_ = plan.cut_by_bytes;
  held_by_rate_ = plan.cut_by_rate;
  if (again) {
    returned_.remove(plan.slices);
  } else {
    take_from_sources(plan.slices);
    rates_.took(offers, plan.slices, occasion);
  }
  return std::move(plan.slices);
}

/// The lower one of two limits; negative where there is none.
std::int64_t InputPlanner::allowed(const RecordOrigin& origin, TimePoint now,
                                   const InputRates::Allowed& limits) {
  const std::int64_t most = rate_.allowed(origin, now);
  const auto limit = limits.find(&origin);
  if (limit == limits.end()) return most;
  return most < 0 ? limit->second : std::min(most, limit->second);
}

std::vector<Offer> InputPlanner::read_ahead() {
  std::vector<Offer> offers;
  for (const plan::Stage& stage : *setup_.stages) {
    Offer& offer = offers.emplace_back();
    offer.whole_partition = stage.whole_partition;
    if (stage.head->kind != plan::Node::Kind::kSource) continue;
    offer.read_ahead = setup_.graph->sources()[stage.head->index]->read_ahead();
    for (const plan::ReadAhead& each : offer.read_ahead) rate_.limit(*each.origin, each.max_rate);
  }
  return offers;
}

void InputPlanner::take_from_sources(const exec::BatchRun::Input& input) {
  for (std::size_t stage = 0; stage < input.size(); ++stage) {
    if (input[stage].empty()) continue;
    for (const plan::Slice& slice : input[stage]) rate_.took(*slice.origin, slice.records);
    setup_.graph->sources()[(*setup_.stages)[stage].head->index]->take(input[stage]);
  }
}

void InputPlanner::learn_from(const exec::BatchRun& batch) {
  size_.fitted(batch.input_bytes(), batch.memory_peak());
}

bool InputPlanner::give_back(const exec::BatchRun& batch) {
  if (records_of(batch.input()) <= 1) return false;
  size_.overran(batch.input_bytes());
  returned_.add(batch.input());
  return true;
}

bool InputPlanner::took_too_long(const exec::BatchRun& batch) {
  if (records_of(batch.input()) <= 1) return false;
  size_.took_too_long(batch.input_bytes());
  return true;
}

void InputPlanner::was_in_time(const exec::BatchRun& batch, Duration took, Duration allowed) {
  size_.was_in_time(batch.input_bytes(),
                    static_cast<double>(took.count()) / static_cast<double>(allowed.count()));
}

}  // namespace weir::stream
