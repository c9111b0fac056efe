#include "plan/current_task.h"

#include <utility>

namespace weir::plan {

CurrentTaskScope::CurrentTaskScope(CurrentTask& task)
    : outer_(std::exchange(task_of_this_thread, &task)) {}

CurrentTaskScope::~CurrentTaskScope() { task_of_this_thread = outer_; }

}  // namespace weir::plan
