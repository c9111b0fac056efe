#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "weir/types.h"

namespace weir {

/// What one source gives to a batch.
struct InputInfo {
  int stream = 0;            ///< the source's number, in the order they were described, from 0
  std::string description;   ///< the source, such as "kafka topic tweets"
  std::int64_t records = 0;  ///< at most so many, until the batch has ended; exactly so many then
  std::vector<OffsetRange> ranges;
};

/// What one output operation does in a batch: for_each(), for_each_batch(), print() or to().
/// Operations that run in the same tasks begin and end together.
struct OutputInfo {
  BatchTime batch;
  int id = 0;               ///< its number, in the order they were described, from 0
  std::string name;         ///< the operation, such as "for_each"
  std::string description;  ///< how its records come there, such as "source > map > for_each"
  std::optional<WallTime> started;
  std::optional<WallTime> ended;       ///< its tasks have
  std::optional<Duration> duration;    ///< from start to end
  int failed_attempts = 0;             ///< of its tasks, that were tried again
  std::optional<std::string> failure;  ///< why its tasks failed for good
};

/// What becomes of a batch.
struct BatchInfo {
  BatchTime time;
  std::vector<InputInfo> inputs;  ///< by source
  WallTime submitted;             ///< its input was fixed
  std::optional<WallTime> started;
  std::optional<WallTime> ended;             ///< all its output was acknowledged, or it has failed
  std::optional<Duration> scheduling_delay;  ///< from the batch's time to its start
  std::optional<Duration> processing_delay;  ///< from its start to its end
  std::vector<OutputInfo> outputs;           ///< those that had something to do, by id
  std::int64_t records_out = 0;
  std::int64_t records_skipped = 0;
  int failed_attempts = 0;             ///< task attempts that failed and were tried again
  std::optional<std::string> failure;  ///< why it was not committed

  std::int64_t records() const {
    std::int64_t sum = 0;
    for (const InputInfo& input : inputs) sum += input.records;
    return sum;
  }
  /// From the batch's time to its end.
  std::optional<Duration> total_delay() const {
    if (!scheduling_delay || !processing_delay) return std::nullopt;
    return *scheduling_delay + *processing_delay;
  }
};

/// How a source stands that receives records by itself.
struct ReceiverInfo {
  int stream = 0;  ///< the source's number
  std::string name{};
  bool active = false;
  std::string last_error{};  ///< empty where there was none
  std::optional<WallTime> last_error_time{};
};
enum class ReceiverChange { kStarted, kFailed, kStopped };

/// Is told how a stream goes on: give it to StreamingContext::add_listener(). All calls come on one
/// thread, one after the other, in the order in which things happened, and a while later: the
/// stream does not wait for a listener. So a listener may block; where it is so slow that a
/// thousand calls wait, it is not told of the batches that begin meanwhile, and the log says how
/// many those were. Of every other batch it is told all.
///
/// What a listener throws is logged, and the stream goes on. A listener may call stop() on its
/// context: that asks for the end and does not wait for it.
class Listener {
 public:
  virtual ~Listener() = default;

  virtual void on_stream_started(WallTime time) { (void)time; }

  /// A batch's input is fixed; there are no delays yet.
  virtual void on_batch_submitted(const BatchInfo& batch) { (void)batch; }
  /// Its first tasks are given out; there is no processing delay yet.
  virtual void on_batch_started(const BatchInfo& batch) { (void)batch; }
  /// It is committed, or has failed. A batch that needs more memory than there is fails, and its
  /// input is that of smaller ones; so does one whose transaction cannot be committed, and its
  /// input is read again.
  virtual void on_batch_completed(const BatchInfo& batch) { (void)batch; }

  virtual void on_output_started(const OutputInfo& output) { (void)output; }
  virtual void on_output_completed(const OutputInfo& output) { (void)output; }

  virtual void on_receiver_started(const ReceiverInfo& receiver) { (void)receiver; }
  virtual void on_receiver_error(const ReceiverInfo& receiver) { (void)receiver; }
  virtual void on_receiver_stopped(const ReceiverInfo& receiver) { (void)receiver; }
};

}  // namespace weir
