#include "exec/windows.h"

#include <algorithm>
#include <utility>

namespace weir::exec {

namespace {

/// A window that ends at `end` holds what was read later than this.
BatchTime begin_of(const plan::Node& window, BatchTime end) {
  return {end.micros - *window.window / std::chrono::microseconds(1)};
}

}  // namespace

Error windows_too_large() {
  return Error(ErrorCode::kResourceExhausted,
               "what windows and stateful operations hold, with what is computed of it, needs more "
               "memory than .state_bytes allows; raise it, make windows shorter or of counts and "
               "sums rather than of records, or let keys time out");
}

Windows::Windows(const plan::Graph& graph) {
  for (const plan::Node* node : graph.exchange_nodes()) {
    if (node->window) held_[node->index].window = node;
  }
}

void Windows::add(const plan::Node& window, const BatchTimes& times,
                  std::vector<Delivery> brought) {
  std::size_t bytes = 0;
  for (const Delivery& delivery : brought) bytes += delivery.block->memory_bytes();
  bytes_ += bytes;
  held_.at(window.index)
      .batches.push_back({times.name, times.read_at(window.slide), std::move(brought), bytes});
}

std::vector<Delivery> Windows::held(const plan::Node& window, const BatchTimes& times) const {
  const BatchTime end = times.end(window.slide);
  return between(window, begin_of(window, end), end);
}

std::vector<Delivery> Windows::entering(const plan::Node& window, const BatchTimes& times) const {
  const BatchTime end = times.end(window.slide);
  const BatchTime previous = times.previous_end(window.slide);
  return between(window, std::max(previous, begin_of(window, end)), end);
}

std::vector<Delivery> Windows::leaving(const plan::Node& window, const BatchTimes& times) const {
  const BatchTime end = times.end(window.slide);
  const BatchTime previous = times.previous_end(window.slide);
  return between(window, begin_of(window, previous), std::min(previous, begin_of(window, end)));
}

std::vector<Delivery> Windows::between(const plan::Node& window, BatchTime from,
                                       BatchTime until) const {
  std::vector<Delivery> all;
  for (const Brought& brought : held_.at(window.index).batches) {
    if (brought.at <= from || brought.at > until) continue;
    all.insert(all.end(), brought.deliveries.begin(), brought.deliveries.end());
  }
  return all;
}

void Windows::restore(const plan::Node& window, std::deque<Brought> batches) {
  for (Brought& brought : batches) {
    for (const Delivery& delivery : brought.deliveries) {
      brought.bytes += delivery.block->memory_bytes();
    }
    bytes_ += brought.bytes;
  }
  held_.at(window.index).batches = std::move(batches);
}

void Windows::give_up_after(BatchTime name) {
  for (auto& [index, held] : held_) {
    while (!held.batches.empty() && held.batches.back().name > name) {
      bytes_ -= held.batches.back().bytes;
      held.batches.pop_back();
    }
  }
}

void Windows::on_committed(const BatchTimes& times) {
  if (!times.completes) return;
  for (auto& [index, held] : held_) {
    const plan::Node& window = *held.window;
    // What leaves a window is asked for once more, with the next end.
    const Duration step = window.exchange->hands_changes() ? Duration::zero() : window.slide;
    const BatchTime end{times.end(window.slide).micros + step / std::chrono::microseconds(1)};
    const BatchTime useless = begin_of(window, end);
    while (!held.batches.empty() && held.batches.front().at <= useless) forget_first(held);
  }
}

void Windows::forget_first(Held& held) {
  bytes_ -= held.batches.front().bytes;
  held.batches.pop_front();
}

}  // namespace weir::exec
