#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "weir/listener.h"

namespace weir {

/// A listener that keeps how batches go: those that are under way, and the last ones that have
/// ended. What a page or a check of one's own would show. Thread-safe: ask from any thread.
class RecentBatches : public Listener {
 public:
  /// How all stands at one moment. Batches are in the order of their times.
  struct Snapshot {
    std::vector<BatchInfo> waiting;       ///< submitted, and not started
    std::vector<BatchInfo> running;       ///< started; the outputs are those that have begun
    std::vector<BatchInfo> ended;         ///< the last ones that were committed or have failed
    std::int64_t committed = 0;           ///< batches, all in all
    std::int64_t failed = 0;              ///< batches, all in all
    std::int64_t records_received = 0;    ///< by batches that were submitted
    std::int64_t records_processed = 0;   ///< by batches that were committed
    std::vector<ReceiverInfo> receivers;  ///< each as it was told of last, by stream
  };

  /// `kept`: so many batches that have ended are kept.
  explicit RecentBatches(std::size_t kept = 1000);
  ~RecentBatches() override;

  Snapshot snapshot() const;

  void on_batch_submitted(const BatchInfo& batch) override;
  void on_batch_started(const BatchInfo& batch) override;
  void on_batch_completed(const BatchInfo& batch) override;
  void on_output_started(const OutputInfo& output) override;
  void on_output_completed(const OutputInfo& output) override;
  void on_receiver_started(const ReceiverInfo& receiver) override;
  void on_receiver_error(const ReceiverInfo& receiver) override;
  void on_receiver_stopped(const ReceiverInfo& receiver) override;

 private:
  class Kept;
  std::unique_ptr<Kept> kept_;
};

}  // namespace weir
