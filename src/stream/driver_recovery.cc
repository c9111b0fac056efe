// The part of Driver that goes on where the last process ended, or what was committed before a
// failure.

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include "base/log.h"
#include "stream/driver.h"

namespace weir::stream {

namespace {

/// Pauses before a transaction that failed is tried again: the first, and the longest.
constexpr Duration kFirstRecoveryPause = std::chrono::milliseconds(20);
constexpr Duration kLongestRecoveryPause = std::chrono::seconds(5);

}  // namespace

std::unique_ptr<Checkpoint> Driver::make_checkpoint() {
  if (setup_.options.checkpoint.empty() || !remembers(*setup_.graph)) return nullptr;
  Checkpoint::Setup setup;
  setup.graph = setup_.graph;
  setup.windows = &windows_;
  setup.driver = site_.driver;
  setup.disk = &setup_.runtime->disk();
  setup.app = setup_.options.app;
  setup.directory = setup_.options.checkpoint;
  setup.open = setup_.open_directory;
  setup.log = setup_.log;
  return std::make_unique<Checkpoint>(std::move(setup));
}

/// The last batch that was committed in a transaction; 0 where none was.
BatchTime Driver::kept_batch() const {
  BatchTime batch;
  for (const plan::KeptValue& value : transactions_->kept()) {
    if (value.name != kBatchName) continue;
    std::from_chars(value.value.data(), value.value.data() + value.value.size(), batch.micros);
  }
  return batch;
}

void Driver::restore() {
  const auto committed = transactions_ ? std::optional(kept_batch()) : std::nullopt;
  checkpoint_->restore(committed, [this](Result<Checkpoint::Restored> restored) {
    if (phase_ == Phase::kOpening) on_restored(std::move(restored));
  });
}

void Driver::on_restored(Result<Checkpoint::Restored> restored) {
  if (!restored.ok()) return fail(std::move(restored).error());
  for (const auto& worker : workers_) worker->restore(restored->states);
  const bool goes_on = restored->batch != BatchTime{};
  if (goes_on) clock_.go_on_after(restored->batch, restored->ended_until);
  begin_running();
  if (!goes_on) return;
  history_.restore(restored->batch, restored->ended_until);
  if (!setup_.graph->stateful().empty()) due_ = restored->batch;
}

void Driver::on_batch_failed(Error error) {
  const bool again = transactions_ && error.code() == ErrorCode::kAborted &&
                     (phase_ == Phase::kRunning || phase_ == Phase::kStopping);
  again ? recover(std::move(error)) : fail(std::move(error));
}

// Recovery: all batches under way are given up; once their tasks have ended, the transactions are
// taken over anew, and the sources read again from what is committed.

void Driver::recover(Error why) {
  if (recovering_) return;
  setup_.log.warning(concat("what was under way is given up and computed again: ", why.message()));
  if (const auto* slow = batches_.under_way_for(setup_.options.transaction_timeout)) {
    take_less_than(*slow);
  }
  batches_.drop(why);
  recovering_ = std::move(why);
  input_.drop_returned();
  pump_soon();
}

/// A batch that does not get through before its transaction times out would be given up for ever.
void Driver::take_less_than(const exec::BatchRun& slow) {
  const bool smaller = input_.took_too_long(slow);
  setup_.log.warning(
      concat("batch ", slow.time().micros, " us was not through within .transaction_timeout, ",
             setup_.options.transaction_timeout / std::chrono::milliseconds(1), " ms; ",
             smaller ? "its input is read again in smaller batches"
                     : "no smaller one can be made of it: raise .transaction_timeout"));
}

void Driver::take_over() {
  if (taking_over_ || !batches_.empty()) return;
  taking_over_ = true;
  const Duration pause = kFirstRecoveryPause * (std::int64_t{1} << std::min(recoveries_, 20));
  ++recoveries_;
  recovery_timer_ = site_.driver->call_after(std::min(pause, kLongestRecoveryPause), [this] {
    transactions_->recover(*recovering_,
                           [this](Result<void> result) { on_taken_over(std::move(result)); });
  });
}

void Driver::on_taken_over(Result<void> result) {
  if (!recovering_) return;
  if (!result.ok()) return fail(std::move(result).error());
  accumulators_.restore(transactions_->kept());
  for (const auto& source : setup_.graph->sources()) source->rewind();
  batches_.reset();
  input_.rates().drop();
  history_.rewind(kept_batch());
  clock_.rewind(history_.last(), history_.last_ended_until(), site_.driver->clock().wall(),
                site_.driver->now());
  schedule_tick();
  if (checkpoint_) checkpoint_->rewind(history_.last());
  windows_.give_up_after(history_.last());
  if (!setup_.graph->stateful().empty()) due_ = history_.last();
  recovering_.reset();
  taking_over_ = false;
  pump_soon();
}

}  // namespace weir::stream
