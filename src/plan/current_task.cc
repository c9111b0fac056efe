#include "plan/current_task.h"

#include <utility>

namespace weir::plan {

namespace {
thread_local CurrentTask* task_of_this_thread = nullptr;
}  // namespace

CurrentTask* current_task() { return task_of_this_thread; }

CurrentTaskScope::CurrentTaskScope(CurrentTask& task)
    : outer_(std::exchange(task_of_this_thread, &task)) {}

CurrentTaskScope::~CurrentTaskScope() { task_of_this_thread = outer_; }

}  // namespace weir::plan
