#include "stream/planner.h"

#include <algorithm>

namespace weir::stream {

namespace {

/// Takes pieces of one partition, in order, and gathers them into slices.
class PartitionPlan {
 public:
  PartitionPlan(const plan::ReadAhead& read_ahead, const PlanLimits& limits)
      : read_ahead_(read_ahead),
        limits_(limits),
        allowed_(limits.records_allowed ? limits.records_allowed(*read_ahead.origin) : -1) {}

  bool has_more() const { return next_ < read_ahead_.pieces.size() && allowed_ != 0; }
  bool held_by_rate() const { return next_ < read_ahead_.pieces.size() && allowed_ == 0; }
  std::size_t next_bytes() const { return read_ahead_.pieces[next_].bytes; }

  /// Takes the next piece, or as much of it as the rate allows.
  void take_one() {
    const plan::Piece& piece = read_ahead_.pieces[next_++];
    plan::Piece part = piece;
    if (allowed_ >= 0 && piece.records > allowed_) {
      part.until = Offset{piece.from.value + allowed_};
      part.records = allowed_;
      part.bytes = piece.bytes * static_cast<std::size_t>(allowed_) /
                   static_cast<std::size_t>(piece.records);
      was_cut_ = true;
    }
    if (allowed_ >= 0) allowed_ -= std::min(allowed_, part.records);
    if (was_cut_) next_ = read_ahead_.pieces.size();
    add(part);
  }
  bool was_cut() const { return was_cut_; }

  std::vector<plan::Slice> slices;

 private:
  void add(const plan::Piece& part) {
    const bool joins = !slices.empty() && (limits_.whole_partition ||
                                           slices.back().bytes + part.bytes <= limits_.task_bytes);
    if (!joins) {
      slices.push_back({read_ahead_.origin, read_ahead_.worker, part.from, part.until, part.bytes,
                        part.records});
      return;
    }
    slices.back().until = part.until;
    slices.back().bytes += part.bytes;
    slices.back().records += part.records;
  }

  const plan::ReadAhead& read_ahead_;
  const PlanLimits& limits_;
  std::int64_t allowed_;
  std::size_t next_ = 0;
  bool was_cut_ = false;
};

}  // namespace

Plan plan_batch(const std::vector<plan::ReadAhead>& read_ahead, const PlanLimits& limits) {
  std::vector<PartitionPlan> partitions;
  partitions.reserve(read_ahead.size());
  for (const plan::ReadAhead& each : read_ahead) partitions.emplace_back(each, limits);

  Plan plan;
  std::size_t bytes = 0;
  for (bool took = true; took;) {
    took = false;
    for (PartitionPlan& partition : partitions) {
      if (!partition.has_more()) continue;
      if (bytes > 0 && bytes + partition.next_bytes() > limits.batch_bytes) {
        plan.cut_by_bytes = true;
        continue;
      }
      bytes += partition.next_bytes();
      partition.take_one();
      took = true;
    }
  }
  for (PartitionPlan& partition : partitions) {
    plan.cut_by_rate |= partition.was_cut() || partition.held_by_rate();
    plan.slices.insert(plan.slices.end(), partition.slices.begin(), partition.slices.end());
  }
  return plan;
}

}  // namespace weir::stream
