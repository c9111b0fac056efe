#include "exec/worker.h"

#include <iterator>
#include <list>
#include <utility>

#include "base/log.h"
#include "exec/task_run.h"

namespace weir::exec {

namespace {

// Small tasks share a turn of the loop, so that what they write leaves together; the loop's other
// work does not wait for longer than so much input takes.
constexpr std::size_t kTurnBytes = std::size_t{256} << 10;

}  // namespace

/// A stage order under way. Shared: acknowledgements of its output may come after its last task.
struct Worker::Job {
  StageOrder order;
  std::list<Task> tasks;  // what has run refers to its task, and tasks are split
  std::list<Task>::iterator next;
  std::deque<std::unique_ptr<TaskRun>> held;  // have succeeded, wait to be committed
  bool released = false;
  StageOutcome outcome;
  int unreported = 0;
  bool report_planned = false;
  Result<void> written;

  bool cancelled() const { return order.batch->cancelled; }
  bool over() const {
    if (cancelled() || !outcome.result.ok()) return true;
    return next == tasks.end() && (held.empty() || !released);
  }
};

Worker::Worker(Setup setup)
    : setup_(std::move(setup)),
      handle_(std::make_shared<LoopHandle>(*setup_.loop)),
      states_(*setup_.graph, setup_.state_memory) {}

Worker::~Worker() { handle_->end(); }

void Worker::restore(std::shared_ptr<StoredStates> stored) {
  setup_.loop->post([this, stored = std::move(stored)] { states_.restore(stored); });
}

void Worker::order(StageOrder order) {
  setup_.loop->post([this, order = std::move(order)]() mutable {
    auto job = std::make_shared<Job>();
    job->order = std::move(order);
    for (Task& task : std::exchange(job->order.tasks, {})) job->tasks.push_back(std::move(task));
    job->next = job->tasks.begin();
    jobs_.push_back(std::move(job));
    schedule();
  });
}

void Worker::release(const std::shared_ptr<BatchFacts>& batch) {
  setup_.loop->post([this, batch] {
    for (const auto& job : held_) {
      if (job->order.batch != batch) continue;
      job->released = true;
      jobs_.push_back(job);
    }
    std::erase_if(held_, [](const auto& job) { return job->released; });
    schedule();
  });
}

void Worker::look_again() {
  setup_.loop->post([this] { schedule(); });
}

bool Worker::may_run() const {
  return !jobs_.empty() && (jobs_.front()->cancelled() || !output_is_full());
}

void Worker::schedule() {
  if (scheduled_ || !may_run()) return;
  scheduled_ = true;
  setup_.loop->post([this] {
    scheduled_ = false;
    run_turn();
  });
}

bool Worker::output_is_full() const {
  for (const auto& output : setup_.graph->outputs()) {
    if (output->writer(setup_.index).pending_bytes() > setup_.output_bytes) return true;
  }
  return false;
}

void Worker::run_turn() {
  for (std::size_t bytes = 0; bytes < kTurnBytes && may_run();) {
    const std::shared_ptr<Job> job = jobs_.front();
    if (!job->over()) bytes += step(job);
    if (job->over()) {
      jobs_.pop_front();
      finish(job);
    }
  }
  schedule();
}

std::size_t Worker::step(const std::shared_ptr<Job>& job) {
  if (job->next == job->tasks.end()) {
    commit(job, *job->held.front());
    job->held.pop_front();
    return 0;
  }
  Task& task = *job->next++;
  const std::size_t bytes = task.input_bytes();
  run_task(job, task);
  return bytes;
}

void Worker::run_task(const std::shared_ptr<Job>& job, Task& task) {
  for (int number = 1;; ++number) {
    Attempt attempted = attempt(job, task);
    if (attempted.result.ok()) break;
    if (attempted.outgrew) return split(*job);
    if (!attempted.result.error().retriable() || number == setup_.attempts) {
      Error error = std::move(attempted.result).error();
      if (number > 1) error = std::move(error).with_context(concat("after ", number, " attempts"));
      job->outcome.result = std::move(error);
      return;
    }
    ++job->outcome.failed_attempts;
  }
  if (!task.borrows_blocks()) {
    BatchMemory& memory = task.memory(*job->order.batch);
    for (const auto& block : task.blocks) memory.remove(block->memory_bytes());
  }
  task.blocks.clear();
}

/// Runs the task that was just taken again, as two.
void Worker::split(Job& job) {
  const auto taken = std::prev(job.next);
  job.next = std::prev(job.tasks.insert(job.next, taken->split_off_half()));
}

Worker::Attempt Worker::attempt(const std::shared_ptr<Job>& job, const Task& task) {
  auto run = std::make_unique<TaskRun>(
      TaskRun::Place{*setup_.graph, setup_.index, handle_, setup_.output_bytes, &states_},
      job->order.batch, task);
  Result<void> result = run->run();
  if (!result.ok()) return {std::move(result), run->outgrew()};
  return {keep(job, std::move(run))};
}

Result<void> Worker::keep(const std::shared_ptr<Job>& job, std::unique_ptr<TaskRun> run) {
  if (job->order.hold) WEIR_RETURN_IF_ERROR(run->hold_back());
  run->hand_over(job->outcome);
  if (job->order.hold) {
    job->held.push_back(std::move(run));
  } else {
    commit(job, *run);
  }
  return {};
}

void Worker::commit(const std::shared_ptr<Job>& job, TaskRun& run) {
  run.commit(job->outcome,
             [this, job](Result<void> written) { on_acknowledged(job, std::move(written)); });
}

void Worker::on_acknowledged(const std::shared_ptr<Job>& job, Result<void> result) {
  ++job->unreported;
  if (!result.ok() && job->written.ok()) job->written = std::move(result);
  if (!job->report_planned) {
    job->report_planned = true;
    setup_.loop->post([this, job] { report_acknowledged(job); });
  }
  schedule();
}

void Worker::report_acknowledged(const std::shared_ptr<Job>& job) {
  job->report_planned = false;
  setup_.driver->post([job, count = std::exchange(job->unreported, 0), written = job->written] {
    job->order.acknowledged(count, written);
  });
}

void Worker::finish(const std::shared_ptr<Job>& job) {
  job->next = job->tasks.end();
  if (job->order.hold && !job->released) {
    held_.push_back(job);
  } else {
    job->held.clear();
  }
  setup_.driver->post([job, outcome = std::exchange(job->outcome, {})]() mutable {
    job->order.done(std::move(outcome));
  });
}

}  // namespace weir::exec
