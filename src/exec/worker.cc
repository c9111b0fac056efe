#include "exec/worker.h"

#include <utility>

#include "base/log.h"
#include "exec/task_run.h"

namespace weir::exec {

/// A stage order under way. Shared: acknowledgements of its output may come after its last task.
struct Worker::Job {
  StageOrder order;
  std::size_t next = 0;
  StageOutcome outcome;
  int unreported = 0;
  bool report_planned = false;
  Result<void> written;
};

Worker::Worker(Setup setup) : setup_(setup), handle_(std::make_shared<LoopHandle>(*setup.loop)) {}

Worker::~Worker() { handle_->end(); }

void Worker::order(StageOrder order) {
  setup_.loop->post([this, order = std::move(order)]() mutable {
    auto job = std::make_shared<Job>();
    job->order = std::move(order);
    jobs_.push_back(std::move(job));
    schedule();
  });
}

void Worker::schedule() {
  if (scheduled_ || jobs_.empty() || output_is_full()) return;
  scheduled_ = true;
  setup_.loop->post([this] {
    scheduled_ = false;
    run_next();
  });
}

bool Worker::output_is_full() const {
  for (const auto& output : setup_.graph->outputs()) {
    if (output->writer(setup_.index).pending_bytes() > setup_.output_bytes) return true;
  }
  return false;
}

void Worker::run_next() {
  if (jobs_.empty() || output_is_full()) return;
  const std::shared_ptr<Job> job = jobs_.front();
  if (job->next < job->order.tasks.size() && job->outcome.result.ok() &&
      !job->order.batch->cancelled) {
    run_task(*job, job->order.tasks[job->next++]);
  }
  const bool over = job->next == job->order.tasks.size() || !job->outcome.result.ok() ||
                    job->order.batch->cancelled;
  if (over) {
    jobs_.pop_front();
    finish(job);
  }
  schedule();
}

void Worker::run_task(Job& job, const Task& task) {
  const std::shared_ptr<Job> shared = jobs_.front();
  for (int attempt = 1;; ++attempt) {
    TaskRun run({*setup_.graph, setup_.index, handle_}, job.order.batch, task);
    Result<void> result = run.run();
    if (result.ok()) {
      run.commit(job.outcome, [this, shared](Result<void> written) {
        on_acknowledged(shared, std::move(written));
      });
      return;
    }
    if (!result.error().retriable() || attempt == setup_.attempts) {
      Error error = std::move(result).error();
      if (attempt > 1)
        error = std::move(error).with_context(concat("after ", attempt, " attempts"));
      job.outcome.result = std::move(error);
      return;
    }
    ++job.outcome.failed_attempts;
  }
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
  setup_.driver->post(
      [job, outcome = std::move(job->outcome)]() mutable { job->order.done(std::move(outcome)); });
}

}  // namespace weir::exec
