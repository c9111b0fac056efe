#include "exec/task_run.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "exec/chain.h"
#include "exec/windows.h"
#include "weir/task_error.h"

namespace weir::exec {

namespace {

std::string describe(const Task& task, BatchTime time) {
  std::string text = concat("batch ", time.micros, " us, stage \"", task.head->name,
                            "\", partition ", task.partition.value);
  if (task.slice.origin != nullptr) {
    text += concat(" of topic ", task.slice.origin->topic, ", offsets ", task.slice.from.value,
                   " to ", task.slice.until.value);
  }
  return text;
}

}  // namespace

/// Something outside that the batch waits for. Shared with the call that ends it; used on the
/// worker's thread only.
struct TaskRun::Hold {
  std::optional<Result<void>> result;  // came before the task was committed
  plan::Done acknowledged;             // set once the task was committed
};

TaskRun::TaskRun(Place place, const std::shared_ptr<BatchFacts>& batch, const Task& task)
    : place_(place), batch_(batch), task_(task) {
  record_time = WallTime{batch->time.micros / 1000};
}

TaskRun::~TaskRun() { memory().remove(delivered_bytes_ + held_bytes_); }

Result<void> TaskRun::run() {
  Result<void> result = run_catching();
  if (Result<void> fits = recount_states(); result.ok()) result = std::move(fits);
  if (result.ok()) tell_states();
  memory().remove(std::exchange(working_bytes_, 0));
  return result.ok() ? result : in_context(std::move(result).error());
}

Result<void> TaskRun::run_catching() {
  plan::CurrentTaskScope scope(*this);
  try {
    return run_stage();
  } catch (const detail::OutputTooLarge& error) {
    outgrew_ = true;
    return error.error();
  } catch (const detail::TaskError& error) {
    return error.error();
  } catch (const std::exception& error) {
    return Error(ErrorCode::kUserFunction,
                 concat("a function of the pipeline threw: ", error.what()))
        .as_retriable();
  } catch (...) {
    return Error(ErrorCode::kUserFunction,
                 "a function of the pipeline threw something that is no std::exception")
        .as_retriable();
  }
}

Error TaskRun::in_context(Error error) const {
  return std::move(error).with_context(describe(task_, batch_->time));
}

Result<void> TaskRun::run_stage() {
  Chain chain(*task_.head, *this);
  if (chain.entry() == nullptr) return {};
  WEIR_RETURN_IF_ERROR(read_input(*chain.entry()));
  chain.finish();
  return {};
}

Result<void> TaskRun::read_input(SinkBase& entry) {
  if (task_.head->kind == plan::Node::Kind::kSource) {
    records_in_ += task_.slice.records;
    plan::Reader& reader = place_.graph.sources()[task_.head->index]->reader(place_.worker);
    return reader.read(task_.slice, *this, static_cast<Sink<Record>&>(entry));
  }
  const Exchange& exchange = *task_.head->exchange;
  for (std::size_t i = 0; i < task_.blocks.size(); ++i) {
    const Block& block = *task_.blocks[i];
    i < task_.leaving ? exchange.replay_leaving(block, entry) : exchange.replay(block, entry);
  }
  return {};
}

RecordWriter& TaskRun::writer(OutputIndex output) {
  std::unique_ptr<plan::TaskWriter>& writer = writers_[output];
  if (!writer) {
    const auto index = static_cast<std::size_t>(output);
    const std::size_t most = task_.can_split() ? place_.output_bytes : SIZE_MAX;
    writer = place_.graph.outputs()[index]
                 ->writer(place_.worker)
                 .open_task(batch_->time, task_.partition, {task_.input_bytes(), most});
  }
  return *writer;
}

void TaskRun::deliver(ExchangePort port, PartitionId target, std::unique_ptr<const Block> block) {
  const std::size_t bytes = block->memory_bytes();
  delivered_bytes_ += bytes;
  if (Result<void> fits = count(bytes); !fits.ok()) {
    throw detail::TaskError(std::move(fits).error());
  }
  deliveries_.push_back({port, target, task_.partition, task_.number, task_.head->behind_window,
                         std::shared_ptr<const Block>(std::move(block))});
}

void TaskRun::count_held(std::size_t bytes) {
  working_bytes_ += bytes;
  if (Result<void> fits = count(bytes); !fits.ok()) {
    throw detail::TaskError(std::move(fits).error());
  }
}

PartitionState& TaskRun::state(StateIndex index) {
  PartitionState& state = place_.states->open(index, task_.partition, batch_->state);
  states_.emplace_back(index, &state);
  return state;
}

Result<void> TaskRun::recount_states() {
  bool fits = true;
  for (const auto& [index, state] : states_) {
    fits = place_.states->recount(index, task_.partition) && fits;
    due_ = earlier(due_, state->due());
  }
  return fits ? Result<void>() : windows_too_large();
}

void TaskRun::tell_states() {
  if (batch_->keeps.empty()) return;
  for (const auto& [index, state] : states_) {
    const Keep keep = batch_->keeps[static_cast<std::size_t>(index)];
    StateChanges& changes =
        changes_.emplace_back(StateChanges{index, task_.partition, keep == Keep::kAll, {}});
    keep == Keep::kAll ? state->write_all(changes.entries) : state->write_changes(changes.entries);
  }
}

std::function<void(Result<void>)> TaskRun::hold() {
  auto hold = std::make_shared<Hold>();
  holds_.push_back(hold);
  return [hold, loop = place_.loop](Result<void> result) {
    loop->post([hold, result = std::move(result)] {
      if (hold->acknowledged) {
        hold->acknowledged(result);
      } else {
        hold->result = result;
      }
    });
  };
}

Result<void> TaskRun::count(std::size_t bytes) const {
  if (memory().add(bytes)) return {};
  if (task_.head->behind_window) return windows_too_large();
  return Error(
      ErrorCode::kResourceExhausted,
      concat("the records that it moves between partitions or groups by key need more than ",
             memory().limit(),
             " bytes, and no smaller batch can be made of them; raise .memory_bytes"));
}

Result<void> TaskRun::hold_back() {
  for (const auto& [index, writer] : writers_) held_bytes_ += writer->bytes();
  Result<void> fits = count(held_bytes_);
  return fits.ok() ? fits : in_context(std::move(fits).error());
}

void TaskRun::hand_over(StageOutcome& outcome) {
  for (Delivery& delivery : deliveries_) outcome.deliveries.push_back(std::move(delivery));
  deliveries_.clear();
  delivered_bytes_ = 0;  // the batch has them now
}

void TaskRun::submit(plan::TaskWriter& writer, StageOutcome& outcome,
                     const plan::Done& acknowledged) const {
  const std::int64_t records = writer.records();
  try {
    writer.submit(acknowledged);
    outcome.records_out += records;
    ++outcome.submitted;
  } catch (const detail::TaskError& error) {
    outcome.result = in_context(error.error());
  }
}

void TaskRun::commit(StageOutcome& outcome, const plan::Done& acknowledged) {
  for (auto& [index, writer] : writers_) {
    if (writer->records() > 0) submit(*writer, outcome, acknowledged);
  }
  for (const auto& hold : holds_) {
    ++outcome.submitted;
    hold->acknowledged = acknowledged;
    if (hold->result) {
      place_.loop->post([hold] { hold->acknowledged(*hold->result); });
    }
  }
  outcome.accumulated.merge(accumulators());
  outcome.due = earlier(outcome.due, due_);
  std::move(changes_.begin(), changes_.end(), std::back_inserter(outcome.states));
  outcome.records_in += records_in_;
  outcome.records_skipped += skipped_;
}

}  // namespace weir::exec
