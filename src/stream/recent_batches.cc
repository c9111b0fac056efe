#include "weir/recent_batches.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "base/mutex.h"

namespace weir {

class RecentBatches::Kept {
 public:
  explicit Kept(std::size_t most) : most_(most) {}

  void submit(const BatchInfo& batch) {
    const MutexLock lock(mutex_);
    waiting_.insert_or_assign(batch.time, batch);
    received_ += batch.records();
  }
  void start(const BatchInfo& batch) {
    const MutexLock lock(mutex_);
    waiting_.erase(batch.time);
    running_.insert_or_assign(batch.time, batch);
  }
  void complete(const BatchInfo& batch) {
    const MutexLock lock(mutex_);
    waiting_.erase(batch.time);
    running_.erase(batch.time);
    ++(batch.failure ? failed_ : committed_);
    if (!batch.failure) processed_ += batch.records();
    ended_.push_back(batch);
    if (ended_.size() > most_) ended_.pop_front();
  }
  /// Of a batch that is not running nothing is kept: who began to listen since then has not heard
  /// of its start.
  void tell(const OutputInfo& output) {
    const MutexLock lock(mutex_);
    const auto batch = running_.find(output.batch);
    if (batch == running_.end()) return;
    auto& outputs = batch->second.outputs;
    const auto place =
        std::lower_bound(outputs.begin(), outputs.end(), output.id,
                         [](const OutputInfo& other, int id) { return other.id < id; });
    if (place != outputs.end() && place->id == output.id) {
      *place = output;
    } else {
      outputs.insert(place, output);
    }
  }
  void tell(const ReceiverInfo& receiver) {
    const MutexLock lock(mutex_);
    receivers_.insert_or_assign(receiver.stream, receiver);
  }

  Snapshot snapshot() const {
    const MutexLock lock(mutex_);
    Snapshot now;
    for (const auto& [time, batch] : waiting_) now.waiting.push_back(batch);
    for (const auto& [time, batch] : running_) now.running.push_back(batch);
    now.ended.assign(ended_.begin(), ended_.end());
    now.committed = committed_;
    now.failed = failed_;
    now.records_received = received_;
    now.records_processed = processed_;
    for (const auto& [stream, receiver] : receivers_) now.receivers.push_back(receiver);
    return now;
  }

 private:
  const std::size_t most_;
  mutable Mutex mutex_;
  std::map<BatchTime, BatchInfo> waiting_ WEIR_GUARDED_BY(mutex_);
  std::map<BatchTime, BatchInfo> running_ WEIR_GUARDED_BY(mutex_);
  std::deque<BatchInfo> ended_ WEIR_GUARDED_BY(mutex_);
  std::map<int, ReceiverInfo> receivers_ WEIR_GUARDED_BY(mutex_);
  std::int64_t committed_ WEIR_GUARDED_BY(mutex_) = 0;
  std::int64_t failed_ WEIR_GUARDED_BY(mutex_) = 0;
  std::int64_t received_ WEIR_GUARDED_BY(mutex_) = 0;
  std::int64_t processed_ WEIR_GUARDED_BY(mutex_) = 0;
};

RecentBatches::RecentBatches(std::size_t kept) : kept_(std::make_unique<Kept>(kept)) {}
RecentBatches::~RecentBatches() = default;

RecentBatches::Snapshot RecentBatches::snapshot() const { return kept_->snapshot(); }

void RecentBatches::on_batch_submitted(const BatchInfo& batch) { kept_->submit(batch); }
void RecentBatches::on_batch_started(const BatchInfo& batch) { kept_->start(batch); }
void RecentBatches::on_batch_completed(const BatchInfo& batch) { kept_->complete(batch); }
void RecentBatches::on_output_started(const OutputInfo& output) { kept_->tell(output); }
void RecentBatches::on_output_completed(const OutputInfo& output) { kept_->tell(output); }
void RecentBatches::on_receiver_started(const ReceiverInfo& receiver) { kept_->tell(receiver); }
void RecentBatches::on_receiver_error(const ReceiverInfo& receiver) { kept_->tell(receiver); }
void RecentBatches::on_receiver_stopped(const ReceiverInfo& receiver) { kept_->tell(receiver); }

}  // namespace weir
