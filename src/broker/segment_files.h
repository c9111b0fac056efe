#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/append_file.h"
#include "broker/storage.h"
#include "weir/types.h"

namespace weir::broker {

/// The log of one partition on disk: a directory of segments, each a file of record batches as they
/// lie in memory, named by the offset it begins at. Owned by its partition; one thread.
class SegmentFiles {
 public:
  /// A segment as it was found.
  struct Segment {
    Offset base;
    Offset end;         ///< the offset behind its last record
    std::string bytes;  ///< whole batches
  };

  /// `storage` must outlive the files; `directory` is made when it is not there.
  SegmentFiles(Storage& storage, std::string directory, bool sync)
      : storage_(storage), directory_(std::move(directory)), sync_(sync) {}

  /// Reads what is there, oldest first; comes before all else. Batches that a crash has cut off the
  /// end of the newest segment are removed. Fails on any other damage: a batch that does not match
  /// its checksum or does not follow on the one before.
  Result<std::vector<Segment>> recover();
  /// Writes a whole batch to the newest segment, which is a new one if that begins at another
  /// offset than `segment`. After a failure nothing of the batch is there.
  Result<void> append(Offset segment, std::string_view batch);
  /// Removes the oldest segment. There are two or more.
  Result<void> drop_oldest();

 private:
  Result<Segment> read(Offset base, bool newest);
  Result<void> open(Offset base, std::uint64_t size);
  std::string path_of(Offset base) const;

  Storage& storage_;
  const std::string directory_;
  const bool sync_;
  std::vector<Offset> bases_;
  std::optional<AppendFile> newest_;
};

}  // namespace weir::broker
