#include "plan/accumulator.h"

namespace weir::plan {

namespace {
thread_local AccumulatorDeltas* current_deltas = nullptr;
}  // namespace

AccumulatorDeltas::Delta& AccumulatorDeltas::delta_of(
    const std::shared_ptr<detail::AccumulatorCell>& cell) {
  for (Delta& delta : deltas_) {
    if (delta.cell == cell) return delta;
  }
  return deltas_.emplace_back(Delta{cell});
}

void AccumulatorDeltas::add(const std::shared_ptr<detail::AccumulatorCell>& cell,
                            std::int64_t delta) {
  delta_of(cell).integer += delta;
}

void AccumulatorDeltas::add(const std::shared_ptr<detail::AccumulatorCell>& cell, double delta) {
  delta_of(cell).real += delta;
}

void AccumulatorDeltas::publish() const {
  for (const Delta& delta : deltas_) {
    delta.cell->integer += delta.integer;
    delta.cell->real += delta.real;
  }
}

AccumulatorScope::AccumulatorScope(AccumulatorDeltas& deltas) : outer_(current_deltas) {
  current_deltas = &deltas;
}

AccumulatorScope::~AccumulatorScope() { current_deltas = outer_; }

namespace {
template <class T>
void accumulate_in_scope(const std::shared_ptr<detail::AccumulatorCell>& cell, T delta) {
  if (current_deltas != nullptr) {
    current_deltas->add(cell, delta);
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
