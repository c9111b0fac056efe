#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "exec/batch_run.h"
#include "exec/states.h"
#include "exec/windows.h"
#include "net/loop.h"
#include "plan/graph.h"
#include "state/state_log.h"
#include "stream/batch_history.h"

namespace weir::stream {

/// Opens the directory at a path; it is called on the disk's loop.
using OpenDirectory =
    std::function<Result<std::unique_ptr<state::Directory>>(const std::string& path)>;

/// Something goes on from batch to batch: a window or a state.
bool remembers(const plan::Graph& graph);

/// Keeps what operators and windows remember in a directory, batch by batch, so that the next
/// process goes on from the last batch that was committed. Owned by the driver, on its loop; what
/// blocks on the disk runs on a loop of its own.
class Checkpoint {
 public:
  struct Setup {
    const plan::Graph* graph = nullptr;
    exec::Windows* windows = nullptr;
    net::Loop* driver = nullptr;
    net::Loop* disk = nullptr;
    std::string app;
    std::string directory;
    OpenDirectory open;
    Log log;
    std::uint64_t least_generation_bytes = std::uint64_t{16} << 20;
  };
  explicit Checkpoint(Setup setup);
  ~Checkpoint();

  /// What the last process has left.
  struct Restored {
    BatchTime batch;  ///< 0 where there is nothing
    BatchTime ended_until;
    std::shared_ptr<exec::StoredStates> states;
  };
  /// Opens the directory, and restores windows. `committed` is the last committed batch, 0 where
  /// none was; without it, the last one that is written counts. `done` comes once.
  void restore(std::optional<BatchTime> committed, std::function<void(Result<Restored>)> done);

  /// What a batch that begins now is to tell of states.
  std::vector<exec::Keep> wanted() const;
  /// Takes note of what a batch has done to states and windows. All its tasks have ended; batches
  /// come in order.
  struct Changes;
  std::shared_ptr<Changes> collect(const exec::BatchRun& batch);
  /// Writes it down; batches come in the same order. `done` comes once it is durable.
  void write(std::shared_ptr<Changes> changes, std::function<void(Result<void>)> done);
  void on_committed(BatchTime batch);
  /// What follows this batch is given up.
  void rewind(BatchTime committed);

 private:
  class Disk;
  struct WindowPart;
  Result<void> restore_window(const plan::NamedWindow& window, const detail::StoredState& stored);
  Result<Restored> take_in(state::Stored stored, BatchTime committed);
  std::vector<WindowPart> window_parts(const exec::BatchRun& batch);
  bool begins_generation() const;
  void note_told(const std::vector<state::Change>& changes);

  Setup setup_;
  const std::vector<std::string> names_;  // of all states and windows
  std::shared_ptr<Disk> disk_;            // shared with what is posted to its loop
  std::set<std::string> told_;            // states of which all is in the newest generation
  bool is_new_ = true;                    // the next batch begins a generation
  std::uint64_t all_bytes_ = 0;           // that the newest generation began with
  std::uint64_t bytes_ = 0;               // written to it since
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // expires with this
};

}  // namespace weir::stream
