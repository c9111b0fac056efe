#include "plan/accumulator.h"

#include "plan/current_task.h"

namespace weir::plan {

void AccumulatorDeltas::merge(const AccumulatorDeltas& other) {
  for (const Delta& added : other.deltas_) {
    Delta& sum = delta_of(added.cell);
    sum.integer += added.integer;
    sum.real += added.real;
  }
}

void AccumulatorDeltas::publish() const {
  for (const Delta& delta : deltas_) {
    delta.cell->integer += delta.integer;
    delta.cell->real += delta.real;
  }
}

namespace {
template <class T>
void accumulate_in_scope(const std::shared_ptr<detail::AccumulatorCell>& cell, T delta) {
  if (CurrentTask* task = current_task()) {
    task->accumulators().add(cell, delta);
    return;
  }
  AccumulatorDeltas now;
  now.add(cell, delta);
  now.publish();
}
}  // namespace

}  // namespace weir::plan

namespace weir::detail {

void accumulate(const std::shared_ptr<AccumulatorCell>& cell, std::int64_t delta) {
  plan::accumulate_in_scope(cell, delta);
}

void accumulate(const std::shared_ptr<AccumulatorCell>& cell, double delta) {
  plan::accumulate_in_scope(cell, delta);
}

}  // namespace weir::detail
