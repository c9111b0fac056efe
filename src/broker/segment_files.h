#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/append_file.h"
#include "broker/storage.h"
#include "weir/types.h"

namespace weir::broker {

/// The log of one partition on disk: a directory of segments, each a file of record batches as they
/// lie in memory, named by the offset it begins at. The directory comes with the first segment. A
/// segment that compaction has written is named by the offset that it ends at too, so that those
/// that it replaces are known by their names; offsets may be missing in it, and a checksum of it
/// all stands at its end. Owned by its log; one thread.
class SegmentFiles {
 public:
  /// A segment as it was found.
  struct Segment {
    Offset base;
    Offset end;         ///< the offset behind its last record
    std::string bytes;  ///< whole batches
    bool compacted = false;
  };

  /// `storage` must outlive the files. With `sync`, what was appended survives a loss of power.
  SegmentFiles(Storage& storage, std::string directory, bool sync)
      : storage_(storage), directory_(std::move(directory)), sync_(sync) {}

  /// Finds what a process before this one has left; comes before all else. Gives the segments to
  /// `take`, the newest first, until these have `enough` bytes, and removes those before them. A
  /// batch that a crash has cut off at the end of the newest is removed, and what it left of a
  /// compaction. Fails on any other damage: a batch that does not match its checksum or does not
  /// follow on the one before.
  Result<void> recover(std::size_t enough, const std::function<void(const Segment&)>& take);
  /// Makes a new, empty segment the newest. After a failure there is none.
  Result<void> begin(Offset base);
  /// Writes a whole batch to the newest segment, of which there is one. After a failure nothing of
  /// the batch is there.
  Result<void> append(std::string_view batch);
  /// Whether the newest segment is one to append to: it is none that compaction wrote.
  bool newest_goes_on() const { return !names_.empty() && !names_.back().compacted_end; }
  /// Puts a segment of these batches, which ends at `end`, in the place of `count` segments, the
  /// first of which is that number `first`, the oldest being number 0. The newest is not among
  /// them. Wherever the process ends, the next one finds the old ones or the new one. After a
  /// failure nothing has changed. Files that were replaced and cannot be removed make what removes
  /// or replaces others fail, until they can be.
  Result<void> replace(std::size_t first, std::size_t count, Offset end, std::string_view batches);
  /// Removes the oldest segment, of which there is one.
  Result<void> drop_oldest();
  /// Removes all segments. After a failure the newest of them are left.
  Result<void> drop_all();

 private:
  struct Name {
    Offset base;
    std::optional<Offset> compacted_end = std::nullopt;  // where compaction wrote it
  };

  Result<void> find();
  static std::optional<Name> parse(std::string_view name);
  Result<Segment> read(const Name& name, bool newest) const;
  Result<Segment> read_compacted(const Name& name) const;
  Result<void> write_compacted(const std::string& path, std::string_view batches);
  Result<void> remove_replaced();
  Result<void> sync_names();
  std::string path_of(const Name& name) const;

  Storage& storage_;
  const std::string directory_;
  const bool sync_;
  std::deque<Name> names_;             // oldest first
  std::vector<std::string> replaced_;  // files that are no part of the log any more
  bool name_is_unsynced_ = false;      // of what replaced them
  std::uint64_t recovered_size_ = 0;   // of the newest, until it is open
  std::optional<AppendFile> newest_;
};

}  // namespace weir::broker
