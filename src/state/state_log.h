#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "state/directory.h"
#include "weir/result.h"
#include "weir/state_entries.h"
#include "weir/types.h"

namespace weir::state {

/// What a batch did to one partition of one state: entries, as weir/state_entries.h has them.
struct Change {
  std::string state;
  std::int32_t partition = 0;
  bool is_all = false;  ///< all that there is of this partition, rather than what has changed
  std::string entries;
};

/// All that one batch did to states, and how it stands to the one before it.
struct BatchChanges {
  BatchTime batch;
  BatchTime follows;      ///< the batch that it builds on; 0 where there is none
  BatchTime ended_until;  ///< windows have ended up to then
  std::vector<Change> changes;
};

/// What a state log has of the batch that was asked for.
struct Stored {
  BatchTime batch;
  BatchTime ended_until;
  std::map<std::string, detail::StoredState> states;  ///< by name
};

/// A directory that has what each batch did to states, written before the batch is committed: once
/// it is known which one was, read() has the state of exactly that. It is a row of files,
/// generations: each begins with all that there was of some states, so that older ones can go. For
/// one thread; blocks on the disk. The format is in the folder's README.
class StateLog {
 public:
  /// `app` is written into the files, and must be that of those there.
  StateLog(Directory& directory, std::string app);

  /// Returns the state as of batch `committed`; without one, of the newest batch that is written.
  /// Nothing where the directory has none at all. Fails where that is damaged or missing, with what
  /// and where. Torn ends are passed over: what
  /// was being written when the process died was not committed. Once, before write().
  Result<Stored> read(std::optional<BatchTime> committed);
  /// Makes a batch's changes durable; in a new generation where asked for.
  Result<void> write(const BatchChanges& changes, bool new_generation);
  /// The batch and all it builds on are committed: removes generations that are not needed, but for
  /// one. `states` are all that there are.
  Result<void> on_committed(BatchTime batch, const std::vector<std::string>& states);

  /// What batches later than this have written counts no more.
  void give_up_after(BatchTime batch);

  /// How many bytes the newest generation has.
  std::uint64_t generation_bytes() const { return generation_bytes_; }

 private:
  /// All that the files have, by batch; of a batch that was given up and written anew, the later.
  struct Frames {
    std::map<BatchTime, BatchChanges> by_batch;
    BatchTime newest;                  // the last that was written
    std::vector<std::string> damages;  // said of files
  };
  Result<void> read_file(const std::string& name, Frames& frames) const;
  Result<Stored> assemble(const Frames& frames, BatchTime batch) const;
  Error incomplete(const Frames& frames, std::string_view what) const;
  void note_all(const BatchChanges& changes);

  Directory& directory_;
  const std::string app_;
  std::vector<std::string> names_;  // of the generations, oldest first; of what files_ begins with
  std::uint64_t next_ = 1;          // the number of the next generation
  std::uint64_t generation_bytes_ = 0;
  std::unique_ptr<AppendedFile> file_;  // the newest generation
  /// The batches that have all of a state, and in which of names_ that is; by state.
  std::map<std::string, std::map<BatchTime, std::string>> all_in_;
};

}  // namespace weir::state
