#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "base/buffer.h"
#include "base/check.h"
#include "base/log.h"
#include "net/loop.h"
#include "plan/transactions.h"
#include "weir/record.h"
#include "weir/result.h"
#include "weir/sink.h"
#include "weir/task_context.h"
#include "weir/types.h"

namespace weir {
enum class ReceiverChange;  // weir/listener.h
struct ReceiverInfo;
}  // namespace weir

/// Where the engine meets the world: what a source, an output and a committer are to it. Kafka's
/// are in src/kafka, the tests' are FakeSource and FakeOutput; the engine knows no others.
namespace weir::plan {

/// The threads and the memory a running context gives its sources and outputs. Outlives them.
struct Site {
  net::Loop* driver = nullptr;
  std::vector<net::Loop*> workers;
  /// Makes a loop for what blocks, at its first call with a name; for the driver's thread.
  std::function<net::Loop&(const std::string& name)> aside;
  std::shared_ptr<BufferPool> buffers;
  /// Limits for one source or output on one worker, in bytes: what is read ahead and not yet
  /// released, and what is written and not yet acknowledged.
  std::size_t read_ahead_bytes = 0;
  std::size_t output_bytes = 0;
  std::string app;
  bool stop_at_end = false;              ///< sources end where their partitions ended at open()
  Transactions* transactions = nullptr;  ///< under exactly-once: open, and outlives the ports
  std::string instance;                  ///< names this process in the application, if it has one
  Log log;
};

/// A run of one partition's log that a worker has at hand: the smallest amount a plan takes unless
/// a rate limit cuts it.
struct Piece {
  Offset from;
  Offset until;
  std::size_t bytes = 0;
  std::int64_t records = 0;  ///< an upper bound: gaps and control records count
};

/// Orders partitions by their names: what is done in the order of addresses would not be the same
/// in the next run.
struct OriginOrder {
  bool operator()(const RecordOrigin* a, const RecordOrigin* b) const {
    return std::tie(a->topic, a->partition.value) < std::tie(b->topic, b->partition.value);
  }
};

/// What has been read ahead of one partition and is in no batch yet.
struct ReadAhead {
  const RecordOrigin* origin = nullptr;  ///< names the partition; lives as long as the source
  std::size_t worker = 0;                ///< the worker that owns the partition
  std::vector<Piece> pieces;             ///< in order, without gaps
  std::int64_t max_rate = 0;             ///< the source's own limit in records a second; 0: none
};

/// A range of one partition and the worker that can read it: a task's input.
struct Slice {
  const RecordOrigin* origin = nullptr;
  std::size_t worker = 0;
  Offset from;
  Offset until;
  std::size_t bytes = 0;
  std::int64_t records = 0;
  OffsetRange range() const { return {origin->topic, origin->partition, from, until}; }
};

/// What a source tells the engine. Called on the driver's thread, at any time between open() and
/// the end of close().
class SourceHost {
 public:
  virtual ~SourceHost() = default;
  /// read_ahead() or finished() has changed.
  virtual void on_change() = 0;
  /// The source has trouble it will get over by itself (or has got over it: empty text); to be
  /// shown.
  virtual void on_trouble(const std::string& what) = 0;
  /// The source cannot go on; the stream stops with this reason.
  virtual void on_failure(const Error& error) = 0;
  /// True where what the source reads is brought together by key, or kept in a window or a state:
  /// this process must read all of it, since what others read would be missing.
  virtual bool needs_all_records() const { return false; }
  /// The source, which receives records by itself, has changed.
  virtual void on_receiver(ReceiverChange change, const ReceiverInfo& receiver) {
    (void)change, (void)receiver;
  }
};

/// The end of one worker that reads. Used by the worker's thread only.
class Reader {
 public:
  virtual ~Reader() = default;
  /// Pushes the records of `slice` in order; the same slice may be read again until it is released.
  /// Sets context.record_time before each push. Fails when the bytes are not what they should be.
  virtual Result<void> read(const Slice& slice, TaskContext& context, Sink<Record>& into) = 0;
};

/// A source of records in partitions. Driver's thread only, but for reader().
class Source {
 public:
  virtual ~Source() = default;

  /// A short text for messages, such as "kafka topic tweets".
  virtual std::string name() const = 0;
  /// Fails, before anything is opened, when the options make no sense.
  virtual Result<void> validate() const = 0;
  /// Begins to connect and to read ahead. `opened` says whether the source could be reached.
  virtual void open(const Site& site, SourceHost& host, Done opened) = 0;

  /// What could be put into a batch now. A source that must give a partition up lists nothing of it
  /// any more, and waits for the commits of what was taken.
  virtual std::vector<ReadAhead> read_ahead() const = 0;
  /// These slices are in a batch now: read_ahead() no longer lists them; their bytes stay readable.
  virtual void take(const std::vector<Slice>& slices) = 0;
  /// The batch is done with these slices: their bytes may go.
  virtual void release(const std::vector<Slice>& slices) = 0;
  /// Makes the positions behind these slices durable, where the source has a place for it. Later
  /// calls may be folded into one; `done` comes once for each, in order.
  virtual void commit(BatchTime batch, const std::vector<Slice>& slices, Done done) = 0;

  /// For exactly-once. Makes the transactions that this source and others of its kind take part in;
  /// null where it cannot.
  virtual std::unique_ptr<Transactions> make_transactions(const TransactionsSetup& setup) const {
    (void)setup;
    return nullptr;
  }
  /// Fails where this source cannot take part in any.
  virtual Result<void> validate_exactly_once() const {
    return Error(ErrorCode::kUnsupported, name() + " cannot take part in a transaction");
  }
  /// Instead of commit(): makes the positions behind these slices part of the batch's transaction.
  virtual void enlist(BatchTime batch, const std::vector<Slice>& slices, Done done) {
    (void)batch, (void)slices, (void)done;
    WEIR_CHECK(false, "only a source that can take part in transactions is asked to");
  }
  /// The transaction that they are part of is committed.
  virtual void settle(const std::vector<Slice>& slices) { (void)slices; }
  /// Nothing of what has been taken and is not committed is under way any more, or ever will be:
  /// it is read again.
  virtual void rewind() {}
  /// A graceful stop begins: takes no more in of what would be lost with this process.
  virtual void stop_receiving() {}
  /// After that: nothing would be lost any more, since all there was has been taken.
  virtual bool drained() const { return true; }
  /// True when the source has an end and everything before it has been taken.
  virtual bool finished() const = 0;
  /// How many records, about, lie between what was taken and the ends of the partitions.
  virtual std::int64_t lag() const = 0;

  /// The reader of one worker. Called on that worker's thread, for slices that it owns.
  virtual Reader& reader(std::size_t worker) = 0;

  /// Leaves the group, closes connections, frees what the workers hold. The last call.
  virtual void close(Done closed) = 0;
};

/// One task's writer and what becomes of it. Used by the worker's thread only; destroying it
/// without submit() drops what was written.
class TaskWriter : public RecordWriter {
 public:
  /// Lets the records go. `acknowledged` comes on the worker's thread once all of them are durable
  /// or one cannot be written (never from inside submit()). May throw weir::detail::TaskError
  /// instead: the batch fails then.
  virtual void submit(Done acknowledged) = 0;
  /// Bytes and records written so far.
  virtual std::size_t bytes() const = 0;
  virtual std::int64_t records() const = 0;
};

/// How much a task may write to an output.
struct OutputSize {
  std::size_t expected = 0;     ///< a hint: how many bytes the task reads
  std::size_t most = SIZE_MAX;  ///< beyond so many bytes, about, append() throws OutputTooLarge
};

/// The end of one worker that writes. Used by the worker's thread only.
class Writer {
 public:
  virtual ~Writer() = default;
  /// `batch` is what the task belongs to.
  virtual std::unique_ptr<TaskWriter> open_task(BatchTime batch, PartitionId partition,
                                                OutputSize size) = 0;
  /// Bytes submitted and not yet acknowledged; has fallen before an acknowledgement is told.
  virtual std::size_t pending_bytes() const = 0;
};

/// What an output tells the engine, on the driver's thread.
class OutputHost {
 public:
  virtual ~OutputHost() = default;
  virtual void on_trouble(const std::string& what) = 0;
};

/// A place to write records to. Driver's thread only, but for writer().
class Output {
 public:
  virtual ~Output() = default;
  virtual std::string name() const = 0;
  virtual Result<void> validate() const = 0;
  /// Begins to connect. `opened` says whether the output is there (a missing topic is an error).
  virtual void open(const Site& site, OutputHost& host, Done opened) = 0;
  /// The writer of one worker. Called on that worker's thread, after open() succeeded.
  virtual Writer& writer(std::size_t worker) = 0;
  /// Drops what is not acknowledged and closes connections. The last call.
  virtual void close(Done closed) = 0;
};

}  // namespace weir::plan
