#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "broker/journal.h"
#include "broker/saved_state.h"
#include "broker/segment_files.h"
#include "broker/storage.h"

namespace weir::broker {

/// Where a broker keeps what must survive it: a journal, "metadata", and for each partition a
/// directory of segments, "TOPIC_ID-PARTITION". Its process alone uses it while this lives. Owned
/// by the Cluster; one thread.
class DataDirectory {
 public:
  /// Makes the directory where it is not there yet. Fails where another process uses it, where a
  /// file is damaged, and where there are partitions without a journal. `storage` outlives it. With
  /// `sync`, what was written survives a loss of power too.
  static Result<std::unique_ptr<DataDirectory>> open(Storage& storage, const std::string& path,
                                                     bool sync);

  /// What the journal held when it was opened; what must be kept of it is taken by its user.
  SavedState take_state() { return std::move(state_); }
  /// Makes all of the changes or, with KAFKA_STORAGE_ERROR, none.
  Result<void> save(const std::vector<Journal::Change>& changes);

  /// The files of a partition.
  std::unique_ptr<SegmentFiles> files_of(const wire::Uuid& topic, std::int32_t partition);
  /// The directories of partitions, by name.
  Result<std::set<std::string>> partition_directories();
  static std::string directory_of(const wire::Uuid& topic, std::int32_t partition);
  /// Removes one of partition_directories(), or one that was added to them.
  Result<void> remove(const std::string& partition_directory);

 private:
  DataDirectory(Storage& storage, std::string path, bool sync, std::unique_ptr<StorageFile> lock,
                Journal journal, SavedState state);

  Storage& storage_;
  const std::string path_;
  const bool sync_;
  const std::unique_ptr<StorageFile> lock_;
  Journal journal_;
  SavedState state_;
};

}  // namespace weir::broker
