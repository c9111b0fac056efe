#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "weir/result.h"
#include "weir/types.h"

namespace weir::plan {

/// Called once with the outcome, on the driver's thread, never from inside the call it answers.
using Done = std::function<void(Result<void>)>;

struct Site;

/// How a context's transactions are to be.
struct TransactionsSetup {
  std::string app;
  std::string instance;  ///< of this process, and of the one that follows it after a crash
  Duration timeout{};    ///< who is open for longer is aborted
  /// The topic for what complete() keeps; empty where nothing is kept.
  std::string values_topic{};
};

/// A value that is kept under a name, as text.
struct KeptValue {
  std::string name;
  std::string value;
  bool operator==(const KeptValue&) const = default;
};

/// What transactions tell the engine, on the driver's thread.
class TransactionsHost {
 public:
  virtual ~TransactionsHost() = default;
  /// Something is wrong that is tried again; with an empty text, that it is over.
  virtual void on_trouble(const std::string& what) = 0;
  /// A transaction can no longer be committed: of ErrorCode::kAborted where another one may be.
  virtual void on_doomed(const Error& error) = 0;
};

/// Makes what a batch has written and the positions of its input durable together, or nothing of
/// it. Outputs and sources take part by themselves: they know the batch. Driver's thread only.
class Transactions {
 public:
  virtual ~Transactions() = default;

  /// Takes over from the last process of this name: what that had begun is aborted, or completed
  /// where it was decided. To be opened before the sources, which read what is committed.
  virtual void open(const Site& site, TransactionsHost& host, Done opened) = 0;
  /// How many batches may be between begin() and the end of commit() at once.
  virtual std::size_t in_turn() const = 0;
  /// The next batch begins. One that has left no trace may begin again, in its own place.
  virtual void begin(BatchTime batch) = 0;
  /// All that the tasks of the batch write has been handed over. Makes these values part of its
  /// transaction too, each in place of the last one of its name. Batches complete in turn.
  virtual void complete(BatchTime batch, const std::vector<KeptValue>& values, Done kept) = 0;
  /// What this process, or the last one of its instance, has kept: known after open() and
  /// recover().
  virtual std::vector<KeptValue> kept() const = 0;
  /// All that the first of the batches that have begun wrote is acknowledged: what the next one
  /// writes comes behind it.
  virtual void on_written(BatchTime batch) = 0;
  /// The first of the batches that have begun is committed: it has written all, all its positions
  /// are in. `done` comes once it is; where it is not, or nobody knows, on_doomed()
  /// comes instead.
  virtual void commit(BatchTime batch, Done done) = 0;
  /// Gives all batches that have begun up, whose tasks have all ended, and takes over from itself.
  /// What was committed is known then. Fails where `why`, or what comes up, shows that this process
  /// must not go on.
  virtual void recover(const Error& why, Done done) = 0;
  /// Aborts what is not committed. The last call.
  virtual void close(Done closed) = 0;
};

}  // namespace weir::plan
