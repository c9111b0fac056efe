#include "stream/input_planner.h"

#include <utility>

#include "stream/planner.h"

namespace weir::stream {

namespace {
constexpr std::size_t kTaskBytes = std::size_t{1} << 20;
}

InputPlanner::InputPlanner(const Setup& setup, RateLimit rate)
    : setup_(setup), rate_(std::move(rate)) {}

exec::BatchRun::Input InputPlanner::take_next(TimePoint now) {
  has_more_ = false;
  held_by_rate_ = false;
  exec::BatchRun::Input input(setup_.stages->size());
  for (std::size_t stage = 0; stage < input.size(); ++stage) {
    const plan::Node& head = *(*setup_.stages)[stage].head;
    if (head.kind != plan::Node::Kind::kSource) continue;
    plan::Source& source = *setup_.graph->sources()[head.index];
    PlanLimits limits;
    limits.batch_bytes = setup_.batch_bytes;
    limits.task_bytes = kTaskBytes;
    limits.whole_partition = (*setup_.stages)[stage].whole_partition;
    limits.records_allowed = [&](const RecordOrigin& origin) { return rate_.allowed(origin, now); };
    Plan plan = plan_batch(source.read_ahead(), limits);
    has_more_ |= plan.cut_by_bytes;
    held_by_rate_ |= plan.cut_by_rate;
    for (const plan::Slice& slice : plan.slices) rate_.took(*slice.origin, slice.records);
    if (!plan.slices.empty()) source.take(plan.slices);
    input[stage] = std::move(plan.slices);
  }
  return input;
}

}  // namespace weir::stream
