#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "kafka/source_reader.h"
#include "plan/io.h"

namespace weir::kafka {

/// The partitions that a source reads now: which worker has each, what has been read ahead, how far
/// batches have taken it and are done with it. Plain bookkeeping of a KafkaSource, on the driver's
/// thread.
class Assignments {
 public:
  struct Entry {
    AssignmentId id = 0;
    const RecordOrigin* origin = nullptr;
    std::size_t worker = 0;
    std::size_t input = 0;      ///< the input whose member owns it
    Offset taken;               ///< where the next batch begins
    Offset settled;             ///< of what lies before here all is done and committed
    std::optional<Offset> end;  ///< nothing from here on is wanted
    Offset high_watermark;
    std::deque<plan::Piece> pieces;
    std::map<Offset, std::int32_t> epochs;  ///< by the first record of each leader that was read
    std::optional<Offset> out_of_range;     ///< where the log has nothing to go on with
    std::optional<LogPosition> common;  ///< up to where it is what was read, where it was cut off
    bool restarting = false;            ///< take_restarts() has returned it
    bool let_go = false;                ///< nothing more of it is wanted in batches
    bool lost = false;                  ///< and nothing may be committed: it may be another's

    bool is_settled() const { return settled == taken; }
  };

  /// Begins to count a partition anew, whose last record before `entry.taken` is of a leader's
  /// `epoch`, and returns the order for its worker. Nothing of it may be under way.
  ReadOrder add(Entry entry, std::int32_t epoch = -1);
  /// Lists these no more as read ahead, where the input reads them.
  void let_go(std::size_t input, const std::vector<const RecordOrigin*>& origins);
  /// The same with all that an input has, which is not its own any more.
  void lose(std::size_t input);
  /// Takes out, and returns, what was let go of or lost, and is settled.
  std::vector<Entry> take_gone();
  /// Something that an input has let go of or lost is still under way.
  bool is_letting_go(std::size_t input) const;

  /// Notes what a worker has read, if the assignment still stands.
  void on_read(const ReadReport& report);
  std::vector<plan::ReadAhead> read_ahead() const;
  void take(const std::vector<plan::Slice>& slices);
  /// How far slices go, by assignment.
  using Untils = std::map<AssignmentId, Offset>;
  Untils untils_of(const std::vector<plan::Slice>& slices) const;
  /// What was taken before `untils` is done with, and committed, or never will be. What is told of
  /// assignments that are gone, or has been told already, is void: commits end in any order.
  void settle(const Untils& untils);
  /// Nothing of what was taken is under way any more. Takes out, and returns, all that is read.
  std::vector<Entry> take_all();
  /// Returns, once each, the assignments that must begin elsewhere in their logs: they are out of
  /// range, and all that was read of them before is settled.
  std::vector<AssignmentId> take_restarts();

  /// True when every partition with an end has been taken up to it.
  bool reached_ends() const;
  std::int64_t lag() const;

  /// The position before a record that was read and is not settled.
  static LogPosition position(const Entry& entry, Offset offset);

  const Entry* find(const RecordOrigin* origin) const;
  const Entry* find(AssignmentId id) const;
  const std::map<const RecordOrigin*, Entry, plan::OriginOrder>& entries() const {
    return entries_;
  }

 private:
  AssignmentId last_id_ = 0;
  std::map<const RecordOrigin*, Entry, plan::OriginOrder> entries_;
};

}  // namespace weir::kafka
