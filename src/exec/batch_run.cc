#include "exec/batch_run.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "base/check.h"
#include "base/log.h"
#include "exec/offset_ranges.h"

namespace weir::exec {

namespace {

/// What may be computed of windows has what their blocks leave.
std::size_t window_memory_limit(const BatchRun::Setup& setup) {
  const std::size_t held = setup.windows == nullptr ? 0 : setup.windows->bytes();
  return setup.state_limit - std::min(held, setup.state_limit);
}

auto order_key(const Delivery& delivery) {
  return std::tuple(delivery.target, delivery.port.branch, delivery.from, delivery.task);
}

}  // namespace

BatchRun::BatchRun(const Setup& setup, BatchTime time, Input input, std::function<void()> changed)
    : setup_(setup),
      facts_(std::make_shared<BatchFacts>(time, setup.memory_limit, window_memory_limit(setup))),
      input_(std::move(input)),
      by_source_(setup.graph->sources().size()),
      changed_(std::move(changed)),
      states_(setup.stages->size()),
      stages_left_(setup.stages->size()) {
  facts_->state = setup.times.state();
  facts_->keeps = setup.keeps;
  collect_input(input_);
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const plan::Stage& stage = (*setup_.stages)[i];
    states_[i].waiting_for = stage.upstream.size();
    unsure_left_ += stage.may_overrun() ? 1 : 0;
  }
}

void BatchRun::collect_input(const Input& input) {
  for (std::size_t stage = 0; stage < input.size(); ++stage) {
    for (const plan::Slice& slice : input[stage]) {
      by_source_[(*setup_.stages)[stage].head->index].push_back(slice);
      append(facts_->ranges, slice.range());
    }
  }
}

void BatchRun::start() { start_ready_stages(); }

void BatchRun::cancel(const Error& why) {
  give_up(Error(ErrorCode::kAborted,
                concat("the batch was given up before it had ended: ", why.message())));
}

void BatchRun::give_up(Error why) {
  if (totals_.result.ok()) totals_.result = std::move(why);
  facts_->cancelled = true;
  for (Worker* worker : setup_.workers) worker->look_again();
}

Result<void> BatchRun::result() const { return totals_.result.ok() ? written_ : totals_.result; }

std::size_t BatchRun::input_bytes() const {
  std::size_t bytes = 0;
  for (const auto& slices : input_) {
    for (const plan::Slice& slice : slices) bytes += slice.bytes;
  }
  return bytes;
}

bool BatchRun::may_start(std::size_t stage) const {
  const StageState& state = states_[stage];
  if (state.phase != StageState::Phase::kWaiting || state.waiting_for > 0) return false;
  return (*setup_.stages)[stage].may_overrun() || unsure_left_ == 0;
}

void BatchRun::start_ready_stages() {
  for (std::size_t stage = 0; stage < states_.size(); ++stage) {
    if (may_start(stage)) start_stage(stage);
  }
}

void BatchRun::start_stage(std::size_t stage) {
  StageState& state = states_[stage];
  state.phase = StageState::Phase::kRunning;
  std::vector<std::vector<Task>> tasks = tasks_of(stage);
  for (const auto& share : tasks) state.workers += share.empty() ? 0 : 1;
  state.workers_left = state.workers;
  if (state.workers == 0) {
    end_stage(stage);
    return;
  }
  if (setup_.stage_started) setup_.stage_started(stage);
  const bool hold = (*setup_.stages)[stage].may_overrun();
  for (std::size_t worker = 0; worker < tasks.size(); ++worker) {
    if (tasks[worker].empty()) continue;
    setup_.workers[worker]->order({facts_, std::move(tasks[worker]), hold,
                                   [self = weak_from_this(), stage](StageOutcome outcome) {
                                     if (auto run = self.lock())
                                       run->on_stage_done(stage, std::move(outcome));
                                   },
                                   [self = weak_from_this()](int count, Result<void> written) {
                                     if (auto run = self.lock())
                                       run->on_acknowledged(count, std::move(written));
                                   }});
  }
}

std::vector<std::vector<Task>> BatchRun::tasks_of(std::size_t stage) {
  std::vector<std::vector<Task>> tasks(setup_.workers.size());
  const plan::Node* head = (*setup_.stages)[stage].head;
  const bool whole_partition = (*setup_.stages)[stage].whole_partition;
  if (head->kind == plan::Node::Kind::kSource) {
    std::size_t number = 0;
    for (const plan::Slice& slice : input_[stage]) {
      tasks[slice.worker].push_back(
          {stage, head, slice.origin->partition, number++, slice, {}, whole_partition});
    }
    return tasks;
  }
  std::vector<Delivery> input = input_of(stage);
  if (!setup_.times.ends(head->slide)) return tasks;
  const auto partitions = static_cast<std::size_t>(head->exchange->partitions());
  std::vector<Task> by_partition(partitions);
  for (std::size_t i = 0; i < partitions; ++i) {
    const PartitionId partition{static_cast<std::int32_t>(i)};
    by_partition[i] = {stage, head, partition, i, {}, {}, whole_partition};
  }
  std::vector<Delivery> left = leaving(stage);
  for (Delivery& delivery : left) {
    Task& task = by_partition[static_cast<std::size_t>(delivery.target.value)];
    task.blocks.push_back(std::move(delivery.block));
    ++task.leaving;
  }
  for (Delivery& delivery : input) {
    by_partition[static_cast<std::size_t>(delivery.target.value)].blocks.push_back(
        std::move(delivery.block));
  }
  for (Task& task : by_partition) {
    tasks[task.number % setup_.workers.size()].push_back(std::move(task));
  }
  return tasks;
}

/// What was delivered to a stage, in order; behind a window, what that holds of it and of before.
std::vector<Delivery> BatchRun::input_of(std::size_t stage) {
  const plan::Node& head = *(*setup_.stages)[stage].head;
  std::vector<Delivery> input = std::exchange(states_[stage].input, {});
  std::stable_sort(input.begin(), input.end(), [](const Delivery& a, const Delivery& b) {
    return order_key(a) < order_key(b);
  });
  if (!head.behind_window) return input;
  move_behind_windows(input, head.window.has_value());
  if (!head.window) return input;
  setup_.windows->add(head, setup_.times, std::move(input));
  if (setup_.windows->bytes() > setup_.state_limit) give_up(windows_too_large());
  return head.exchange->hands_changes() ? setup_.windows->entering(head, setup_.times)
                                        : setup_.windows->held(head, setup_.times);
}

/// What leaves the window at a stage's head, where that hands changes on.
std::vector<Delivery> BatchRun::leaving(std::size_t stage) const {
  const plan::Node& head = *(*setup_.stages)[stage].head;
  if (!head.window || !head.exchange->hands_changes()) return {};
  return setup_.windows->leaving(head, setup_.times);
}

/// Has blocks counted where those of windows are: by the window, or with what is computed of it.
void BatchRun::move_behind_windows(const std::vector<Delivery>& input, bool into_window) {
  for (const Delivery& delivery : input) {
    const std::size_t bytes = delivery.block->memory_bytes();
    if (delivery.behind_window && !into_window) continue;
    (delivery.behind_window ? facts_->window_memory : facts_->memory).remove(bytes);
    if (!into_window && !facts_->window_memory.add(bytes)) give_up(windows_too_large());
  }
}

void BatchRun::on_stage_done(std::size_t stage, StageOutcome outcome) {
  totals_.accumulated.merge(outcome.accumulated);
  totals_.records_in += outcome.records_in;
  totals_.records_out += outcome.records_out;
  totals_.records_skipped += outcome.records_skipped;
  totals_.failed_attempts += outcome.failed_attempts;
  totals_.submitted += outcome.submitted;
  totals_.due = earlier(totals_.due, outcome.due);
  std::move(outcome.states.begin(), outcome.states.end(), std::back_inserter(totals_.states));
  StageEnd& end = states_[stage].end;
  end.records_in += outcome.records_in;
  end.failed_attempts += outcome.failed_attempts;
  if (!outcome.result.ok()) end.result = outcome.result;
  if (!outcome.result.ok()) give_up(std::move(outcome.result).error());
  hand_over(outcome);
  WEIR_CHECK(states_[stage].workers_left > 0, "a worker reports a stage's end once");
  if (--states_[stage].workers_left == 0) end_stage(stage);
  changed_();
}

void BatchRun::on_acknowledged(int count, Result<void> written) {
  acknowledged_ += count;
  if (!written.ok()) written_ = std::move(written);
  changed_();
}

void BatchRun::hand_over(StageOutcome& outcome) {
  for (Delivery& delivery : outcome.deliveries) {
    const auto index = static_cast<std::size_t>(delivery.port.exchange);
    const auto is_behind = [index](const plan::Stage& stage) {
      return stage.head->kind == plan::Node::Kind::kExchange && stage.head->index == index;
    };
    const auto at = std::find_if(setup_.stages->begin(), setup_.stages->end(), is_behind);
    states_[static_cast<std::size_t>(at - setup_.stages->begin())].input.push_back(
        std::move(delivery));
  }
}

void BatchRun::end_stage(std::size_t stage) {
  StageState& state = states_[stage];
  const bool holds = (*setup_.stages)[stage].may_overrun();
  const bool released = state.phase == StageState::Phase::kReleasing;
  state.phase = holds && !released ? StageState::Phase::kHeld : StageState::Phase::kDone;
  if (state.phase == StageState::Phase::kDone) {
    --stages_left_;
    tell_end(stage);
  }
  if (released) return;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const auto& upstream = (*setup_.stages)[i].upstream;
    if (std::count(upstream.begin(), upstream.end(), stage) != 0) --states_[i].waiting_for;
  }
  if (holds && --unsure_left_ == 0) release();
  start_ready_stages();
}

/// A stage that the batch was given up under has not done its work, even where no task failed.
void BatchRun::tell_end(std::size_t stage) {
  if (!setup_.stage_ended) return;
  StageEnd& end = states_[stage].end;
  if (facts_->cancelled && end.result.ok()) end.result = totals_.result;
  setup_.stage_ended(stage, end);
}

void BatchRun::release() {
  for (Worker* worker : setup_.workers) worker->release(facts_);
  for (std::size_t stage = 0; stage < states_.size(); ++stage) {
    if (states_[stage].phase != StageState::Phase::kHeld) continue;
    states_[stage].phase = StageState::Phase::kReleasing;
    states_[stage].workers_left = states_[stage].workers;
    if (states_[stage].workers == 0) end_stage(stage);
  }
}

}  // namespace weir::exec
