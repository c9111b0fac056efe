#include "stream/batch_queue.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "stream/checkpoint.h"

namespace weir::stream {

struct BatchQueue::Batch {
  std::shared_ptr<exec::BatchRun> run;  // shared: see BatchRun
  TimePoint began;
  TimePoint ended;
  Duration scheduling_delay{0};
  bool told_ended = false;
  bool completed = false;  // transactions and the checkpoint have been told that it has run
  bool kept = false;       // and have what it made of the accumulators
  std::shared_ptr<Checkpoint::Changes> changes;  // what it did to state, until it is written down
  bool prepared = false;                         // it is
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
  if (setup_.transactions != nullptr) setup_.transactions->begin(batch->run->time());
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
    let_go_of_given_up();
    return {};
  }
  complete_what_has_run();
  do {
    WEIR_RETURN_IF_ERROR(commit_what_is_over());
    WEIR_RETURN_IF_ERROR(commit_result_);
  } while (let_go_of_first());
  return {};
}

void BatchQueue::let_go_of_given_up() {
  std::erase_if(batches_, [&](const auto& batch) {
    if (!batch->run->ran()) return false;
    setup_.given_up(*batch->run);
    return true;
  });
}

void BatchQueue::complete_what_has_run() {
  for (const auto& batch : batches_) {
    if (!batch->run->ran() || !batch->run->result().ok()) break;
    if (std::exchange(batch->completed, true)) continue;
    if (setup_.transactions != nullptr) complete(batch);
    if (setup_.checkpoint == nullptr) continue;
    batch->changes = setup_.checkpoint->collect(*batch->run);
    if (setup_.transactions != nullptr) prepare(batch);
  }
}

void BatchQueue::prepare(const std::shared_ptr<Batch>& batch) {
  setup_.checkpoint->write(std::exchange(batch->changes, nullptr),
                           [this, batch, round = round_](Result<void> result) {
                             if (round != round_ || dropped_) return;
                             batch->prepared = result.ok();
                             if (!result.ok() && commit_result_.ok())
                               commit_result_ = std::move(result);
                             setup_.changed();
                           });
}

void BatchQueue::complete(const std::shared_ptr<Batch>& batch) {
  auto values = setup_.accumulators->after(batch->run->totals().accumulated);
  if (setup_.keeps_name) {
    values.push_back({std::string(kBatchName), std::to_string(batch->run->time().micros)});
  }
  setup_.transactions->complete(batch->run->time(), values,
                                [this, batch, round = round_](Result<void> result) {
                                  if (round != round_ || dropped_) return;
                                  batch->kept = result.ok();
                                  if (!result.ok()) commit_result_ = std::move(result);
                                  setup_.changed();
                                });
}

Result<void> BatchQueue::commit_what_is_over() {
  for (const auto& batch : batches_) {
    if (!batch->run->over()) break;
    if (batch->commit_sent) continue;
    WEIR_RETURN_IF_ERROR(batch->run->result());
    // Without a transaction, what is written down of a batch has come out: nobody makes it again.
    if (batch->changes != nullptr) prepare(batch);
    if (!may_commit(*batch)) break;
    commit(batch);
  }
  return {};
}

/// True where the first batch was committed: the next one may be then.
bool BatchQueue::let_go_of_first() {
  if (batches_.empty()) return false;
  const std::shared_ptr<Batch> batch = batches_.front();
  if (!batch->commit_sent || batch->commits_left > 0) return false;
  batches_.pop_front();
  batch->run->totals().accumulated.publish();
  if (setup_.transactions != nullptr) setup_.accumulators->on_committed();
  setup_.committed(report_of(*batch), *batch->run);
  return true;
}

/// A transaction ends only after the one before it has.
bool BatchQueue::may_commit(const Batch& batch) const {
  if (setup_.checkpoint != nullptr && !batch.prepared) return false;
  return setup_.transactions == nullptr || (batch.kept && batches_.front().get() == &batch);
}

void BatchQueue::commit(const std::shared_ptr<Batch>& batch) {
  batch->commit_sent = true;
  batch->ended = setup_.driver->now();
  const bool in_transaction = setup_.transactions != nullptr;
  batch->commits_left = in_transaction ? 1 : 0;
  if (in_transaction) setup_.transactions->on_written(batch->run->time());
  for (std::size_t i = 0; i < setup_.graph->sources().size(); ++i) {
    if (!batch->run->slices()[i].empty()) commit_positions(i, batch);
  }
  if (in_transaction && batch->commits_left == 1) commit_transaction(batch);
}

void BatchQueue::commit_positions(std::size_t source, const std::shared_ptr<Batch>& batch) {
  const auto& slices = batch->run->slices()[source];
  plan::Source& from = *setup_.graph->sources()[source];
  ++batch->commits_left;
  from.release(slices);
  auto done = [this, batch, round = round_](Result<void> result) {
    if (round == round_) on_positions(batch, std::move(result));
  };
  if (setup_.transactions == nullptr) {
    from.commit(batch->run->time(), slices, std::move(done));
  } else {
    from.enlist(batch->run->time(), slices, std::move(done));
  }
}

void BatchQueue::on_positions(const std::shared_ptr<Batch>& batch, Result<void> result) {
  --batch->commits_left;
  if (!result.ok() && commit_result_.ok()) commit_result_ = std::move(result);
  const bool all_in = commit_result_.ok() && batch->commits_left == 1;
  if (setup_.transactions != nullptr && all_in && !dropped_) return commit_transaction(batch);
  setup_.changed();
}

void BatchQueue::commit_transaction(const std::shared_ptr<Batch>& batch) {
  setup_.transactions->commit(batch->run->time(),
                              [this, batch, round = round_](const Result<void>&) {
                                if (round != round_) return;
                                batch->commits_left = 0;
                                for (std::size_t i = 0; i < setup_.graph->sources().size(); ++i) {
                                  const auto& slices = batch->run->slices()[i];
                                  if (!slices.empty()) setup_.graph->sources()[i]->settle(slices);
                                }
                                setup_.changed();
                              });
}

void BatchQueue::drop(const Error& why) {
  dropped_ = true;
  for (const auto& batch : batches_) batch->run->cancel(why);
}

void BatchQueue::reset() {
  ++round_;
  dropped_ = false;
  commit_result_ = {};
}

const exec::BatchRun* BatchQueue::under_way_for(Duration time) const {
  if (batches_.empty() || setup_.driver->now() - batches_.front()->began < time) return nullptr;
  return batches_.front()->run.get();
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
