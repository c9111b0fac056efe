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
    Offset released;            ///< what lies between here and `taken` is in a batch
    std::optional<Offset> end;  ///< nothing from here on is wanted
    Offset high_watermark;
    std::deque<plan::Piece> pieces;
    std::map<Offset, std::int32_t> epochs;  ///< by the first record of each leader that was read
    std::optional<Offset> out_of_range;     ///< where the log has nothing to go on with
    std::optional<LogPosition> common;  ///< up to where it is what was read, where it was cut off
    bool restarting = false;            ///< take_restarts() has returned it
  };

  /// Begins to count a partition anew, whose last record before `entry.taken` is of a leader's
  /// `epoch`, and returns the order for its worker.
  ReadOrder add(Entry entry, std::int32_t epoch = -1);
  /// Takes out, and returns, all that an input has.
  std::vector<Entry> remove_all_of(std::size_t input);

  /// Notes what a worker has read, if the assignment still stands.
  void on_read(const ReadReport& report);
  std::vector<plan::ReadAhead> read_ahead() const;
  void take(const std::vector<plan::Slice>& slices);
  void release(const std::vector<plan::Slice>& slices);
  /// Returns, once each, the assignments that must begin elsewhere in their logs: they are out of
  /// range, and all that was read of them before is done with.
  std::vector<AssignmentId> take_restarts();

  /// True when every partition with an end has been taken up to it.
  bool reached_ends() const;
  std::int64_t lag() const;

  /// The position before a record that was read and is not released.
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
