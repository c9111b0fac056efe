#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "broker/append_file.h"
#include "broker/storage.h"
#include "weir/types.h"

namespace weir::broker {

/// The log of one partition on disk: a directory of segments, each a file of record batches as they
/// lie in memory, named by the offset it begins at. The directory comes with the first segment.
/// Owned by its log; one thread.
class SegmentFiles {
 public:
  /// A segment as it was found.
  struct Segment {
    Offset base;
    Offset end;         ///< the offset behind its last record
    std::string bytes;  ///< whole batches
  };

  /// `storage` must outlive the files. With `sync`, what was appended survives a loss of power.
  SegmentFiles(Storage& storage, std::string directory, bool sync)
      : storage_(storage), directory_(std::move(directory)), sync_(sync) {}

  /// Finds what a process before this one has left; comes before all else. Gives the segments to
  /// `take`, the newest first, until these have `enough` bytes, and removes those before them. A
  /// batch that a crash has cut off at the end of the newest is removed. Fails on any other damage:
  /// a batch that does not match its checksum or does not follow on the one before.
  Result<void> recover(std::size_t enough, const std::function<void(const Segment&)>& take);
  /// Makes a new, empty segment the newest. After a failure there is none.
  Result<void> begin(Offset base);
  /// Writes a whole batch to the newest segment, of which there is one. After a failure nothing of
  /// the batch is there.
  Result<void> append(std::string_view batch);
  /// Removes the oldest segment, of which there is one.
  Result<void> drop_oldest();
  /// Removes all segments. After a failure the newest of them are left.
  Result<void> drop_all();

 private:
  Result<void> find();
  Result<Segment> read(Offset base, bool newest) const;
  Result<void> sync_names();
  std::string path_of(Offset base) const;

  Storage& storage_;
  const std::string directory_;
  const bool sync_;
  std::deque<Offset> bases_;
  std::uint64_t recovered_size_ = 0;  // of the newest, until it is open
  std::optional<AppendFile> newest_;
};

}  // namespace weir::broker
