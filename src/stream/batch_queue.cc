#include "stream/batch_queue.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace weir::stream {

struct BatchQueue::Batch {
  std::shared_ptr<exec::BatchRun> run;  // shared: see BatchRun
  TimePoint began;
  TimePoint ended;
  Duration scheduling_delay{0};
  bool told_ended = false;
  bool commit_sent = false;
  std::size_t commits_left = 0;
};

BatchQueue::BatchQueue(Setup setup) : setup_(std::move(setup)) {}
BatchQueue::~BatchQueue() = default;

void BatchQueue::start(std::shared_ptr<exec::BatchRun> run) {
  auto batch = std::make_shared<Batch>();
  batch->run = std::move(run);
  batch->began = setup_.driver->now();
  const std::int64_t late = setup_.driver->clock().wall().millis - batch->run->time().micros / 1000;
  batch->scheduling_delay = std::chrono::milliseconds(std::max<std::int64_t>(0, late));
  batches_.push_back(batch);
  batch->run->start();
  if (batch->run->over()) setup_.changed();
}

std::shared_ptr<exec::BatchRun> BatchQueue::take_ended() {
  if (dropped_ || batches_.empty()) return nullptr;
  const std::shared_ptr<Batch> batch = batches_.back();
  if (batch->told_ended || !batch->run->ran()) return nullptr;
  batch->told_ended = true;
  return batch->run;
}

Result<void> BatchQueue::advance() {
  if (dropped_) {
    std::erase_if(batches_, [](const auto& batch) { return batch->run->ran(); });
    return {};
  }
  for (const auto& batch : batches_) {
    if (!batch->run->over()) break;
    if (batch->commit_sent) continue;
    WEIR_RETURN_IF_ERROR(batch->run->result());
    commit(batch);
  }
  WEIR_RETURN_IF_ERROR(commit_result_);
  while (!batches_.empty() && batches_.front()->commit_sent &&
         batches_.front()->commits_left == 0) {
    const std::shared_ptr<Batch> batch = batches_.front();
    batches_.pop_front();
    setup_.committed(report_of(*batch));
  }
  return {};
}

void BatchQueue::commit(const std::shared_ptr<Batch>& batch) {
  batch->commit_sent = true;
  batch->ended = setup_.driver->now();
  const auto& sources = setup_.graph->sources();
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto& slices = batch->run->slices()[i];
    if (slices.empty()) continue;
    ++batch->commits_left;
    sources[i]->release(slices);
    sources[i]->commit(batch->run->time(), slices, [this, batch](Result<void> result) {
      --batch->commits_left;
      if (!result.ok() && commit_result_.ok()) commit_result_ = std::move(result);
      setup_.changed();
    });
  }
}

void BatchQueue::drop() {
  dropped_ = true;
  for (const auto& batch : batches_) batch->run->cancel();
}

bool BatchQueue::runs() const { return !batches_.empty() && !batches_.back()->run->ran(); }

std::ptrdiff_t BatchQueue::unwritten() const {
  return std::count_if(batches_.begin(), batches_.end(),
                       [](const auto& batch) { return !batch->run->over(); });
}

std::size_t BatchQueue::bytes() const {
  std::size_t bytes = 0;
  for (const auto& batch : batches_) bytes += batch->run->input_bytes();
  return bytes;
}

BatchReport BatchQueue::report_of(const Batch& batch) const {
  const exec::StageOutcome& totals = batch.run->totals();
  BatchReport report;
  report.time = batch.run->time();
  report.ranges = batch.run->ranges();
  report.records_in = totals.records_in;
  report.records_out = totals.records_out;
  report.records_skipped = totals.records_skipped;
  report.failed_attempts = totals.failed_attempts;
  report.scheduling_delay = batch.scheduling_delay;
  report.processing_time = batch.ended - batch.began;
  return report;
}

}  // namespace weir::stream
