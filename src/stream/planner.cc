#include "stream/planner.h"

#include <algorithm>
#include <cstdint>

namespace weir::stream {

namespace {

/// Takes pieces of one partition, in order, and gathers them into slices.
class PartitionPlan {
 public:
  PartitionPlan(std::size_t offer, const plan::ReadAhead& read_ahead, bool whole,
                const PlanLimits& limits)
      : offer_(offer),
        read_ahead_(read_ahead),
        slice_bytes_(whole ? SIZE_MAX : limits.task_bytes),
        allowed_(limits.records_allowed ? limits.records_allowed(*read_ahead.origin) : -1) {}

  std::size_t offer() const { return offer_; }
  bool has_more() const { return !was_cut_ && next_ < read_ahead_.pieces.size() && allowed_ != 0; }
  bool held_by_rate() const { return next_ < read_ahead_.pieces.size() && allowed_ == 0; }
  /// The next piece, or as much of it as the rate allows.
  plan::Piece next() const {
    const plan::Piece& piece = read_ahead_.pieces[next_];
    const bool whole = allowed_ < 0 || piece.records <= allowed_;
    return whole ? piece : first_of(piece, allowed_);
  }
  /// Takes `part`: next() or the beginning of it.
  void take(const plan::Piece& part) {
    if (allowed_ >= 0) allowed_ -= std::min(allowed_, part.records);
    was_cut_ = part.until != read_ahead_.pieces[next_].until;
    if (!was_cut_) ++next_;
    add(part);
  }

  std::vector<plan::Slice> slices;

 private:
  void add(const plan::Piece& part) {
    const bool joins = !slices.empty() && slices.back().bytes + part.bytes <= slice_bytes_;
    if (!joins) {
      slices.push_back({read_ahead_.origin, read_ahead_.worker, part.from, part.until, part.bytes,
                        part.records});
      return;
    }
    slices.back().until = part.until;
    slices.back().bytes += part.bytes;
    slices.back().records += part.records;
  }

  std::size_t offer_;
  const plan::ReadAhead& read_ahead_;
  std::size_t slice_bytes_;
  std::int64_t allowed_;
  std::size_t next_ = 0;
  bool was_cut_ = false;
};

/// Fills one batch, partition by partition in turn.
class Filling {
 public:
  Filling(const std::vector<Offer>& offers, const PlanLimits& limits)
      : limits_(limits), by_offer_(offers.size()) {
    for (std::size_t i = 0; i < offers.size(); ++i) {
      for (const plan::ReadAhead& each : offers[i].read_ahead) {
        partitions_.emplace_back(i, each, offers[i].whole_partition, limits);
      }
    }
  }

  Plan run() {
    for (bool took = true; took;) {
      took = false;
      for (std::size_t i = 0; i < partitions_.size(); ++i) {
        took |= take_from(partitions_[(i + limits_.turn) % partitions_.size()]);
      }
    }
    Plan plan;
    plan.cut_by_bytes = cut_by_bytes_;
    plan.slices.resize(by_offer_.size());
    for (PartitionPlan& partition : partitions_) {
      plan.cut_by_rate |= partition.held_by_rate();
      auto& slices = plan.slices[partition.offer()];
      slices.insert(slices.end(), partition.slices.begin(), partition.slices.end());
    }
    return plan;
  }

 private:
  bool take_from(PartitionPlan& partition) {
    if (!partition.has_more()) return false;
    plan::Piece part = partition.next();
    std::size_t& of_source = by_offer_[partition.offer()];
    const std::size_t room =
        std::min(limits_.batch_bytes - std::min(bytes_, limits_.batch_bytes),
                 limits_.source_bytes - std::min(of_source, limits_.source_bytes));
    if (size_of(part) > room) {
      const std::int64_t fit = bytes_ == 0 ? records_in(part, room) : 0;
      cut_by_bytes_ |= fit < part.records;
      if (fit == 0) return false;
      part = first_of(part, fit);
    }
    bytes_ += size_of(part);
    of_source += size_of(part);
    partition.take(part);
    return true;
  }
  // Also what has no bytes must not be taken without end.
  static std::size_t size_of(const plan::Piece& piece) {
    return std::max<std::size_t>(1, piece.bytes);
  }
  static std::int64_t records_in(const plan::Piece& piece, std::size_t bytes) {
    const double share = static_cast<double>(bytes) / static_cast<double>(size_of(piece));
    const auto records = static_cast<std::int64_t>(static_cast<double>(piece.records) * share);
    return std::max<std::int64_t>(1, records);
  }

  const PlanLimits& limits_;
  std::vector<PartitionPlan> partitions_;
  std::vector<std::size_t> by_offer_;
  std::size_t bytes_ = 0;
  bool cut_by_bytes_ = false;
};

}  // namespace

plan::Piece first_of(const plan::Piece& piece, std::int64_t records) {
  const double share = static_cast<double>(records) / static_cast<double>(piece.records);
  return {piece.from, Offset{piece.from.value + records},
          static_cast<std::size_t>(static_cast<double>(piece.bytes) * share), records};
}

Plan plan_batch(const std::vector<Offer>& offers, const PlanLimits& limits) {
  return Filling(offers, limits).run();
}

}  // namespace weir::stream
