#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string_view>

#include "exec/batch_run.h"
#include "net/loop.h"
#include "plan/graph.h"
#include "stream/kept_accumulators.h"
#include "weir/streaming_context.h"

namespace weir::stream {

class Checkpoint;

/// Under which transactions keep the name of the last batch, in microseconds.
inline constexpr std::string_view kBatchName = "(batch)";

/// The batches under way, oldest first: from their first task to their commit. Commits in this
/// order only, each batch once all its output is acknowledged. Owned by the driver, on its loop.
class BatchQueue {
 public:
  struct Setup {
    const plan::Graph* graph = nullptr;
    net::Loop* driver = nullptr;
    std::function<void()> changed;  ///< advance() has something to do
    /// A batch has left the queue.
    std::function<void(const BatchReport&, const exec::BatchRun&)> committed;
    /// A batch that was given up has left it.
    std::function<void(const exec::BatchRun&)> given_up;
    plan::Transactions* transactions = nullptr;  ///< under exactly-once
    KeptAccumulators* accumulators = nullptr;    ///< and what they keep
    Checkpoint* checkpoint = nullptr;            ///< where state is kept
    bool keeps_name = false;  ///< transactions keep the name of the last batch, under kBatchName
  };
  explicit BatchQueue(Setup setup);
  ~BatchQueue();

  /// Adds a batch behind the others and starts it.
  void start(std::shared_ptr<exec::BatchRun> run);
  /// The youngest batch, once, when all its tasks have ended.
  std::shared_ptr<exec::BatchRun> take_ended();
  /// Takes the youngest batch, which has left no trace, out again.
  void withdraw() { batches_.pop_back(); }
  /// Commits what is over and lets go what is committed. Returns why a batch failed: nothing behind
  /// it will be committed then; drop() is to follow.
  Result<void> advance();
  /// Gives all batches up: none is committed any more, each leaves once its tasks have ended.
  void drop(const Error& why);
  /// After drop(), once it is empty: begins anew.
  void reset();

  /// The oldest batch, where it has been under way for so long; else null.
  const exec::BatchRun* under_way_for(Duration time) const;
  bool empty() const { return batches_.empty(); }
  std::size_t size() const { return batches_.size(); }
  /// A batch has tasks that have not ended.
  bool runs() const;
  /// How many batches wait for tasks or acknowledgements.
  std::ptrdiff_t unwritten() const;
  /// The input that the batches hold.
  std::size_t bytes() const;

 private:
  struct Batch;
  void complete_what_has_run();
  void prepare(const std::shared_ptr<Batch>& batch);
  void complete(const std::shared_ptr<Batch>& batch);
  Result<void> commit_what_is_over();
  bool let_go_of_first();
  void let_go_of_given_up();
  bool may_commit(const Batch& batch) const;
  void commit(const std::shared_ptr<Batch>& batch);
  void commit_positions(std::size_t source, const std::shared_ptr<Batch>& batch);
  void on_positions(const std::shared_ptr<Batch>& batch, Result<void> result);
  void commit_transaction(const std::shared_ptr<Batch>& batch);
  BatchReport report_of(const Batch& batch) const;

  Setup setup_;
  std::deque<std::shared_ptr<Batch>> batches_;  // shared with commit answers under way
  Result<void> commit_result_;
  bool dropped_ = false;
  std::uint64_t round_ = 0;  // counts reset(): answers from before are void
};

}  // namespace weir::stream
