#pragma once

#include <memory>
#include <utility>

#include "weir/dstream.h"
#include "weir/state_operators.h"

namespace weir {

/// What map_with_state() streams: what its function returns.
template <class M, class K, class S>
class StatefulStream : public DStream<M> {
 public:
  /// Streams all pairs of key and state, as they are after each batch.
  DStream<std::pair<K, S>> state_snapshots() const {
    *snapshots_ = true;
    return DStream<std::pair<K, S>>(part_of<std::pair<K, S>, 1>(both_, "state_snapshots"));
  }

 private:
  template <class T>
  friend class PairOperations;
  using Both = detail::MappedOrState<K, S, M>;

  StatefulStream(plan::Node* both, std::shared_ptr<bool> snapshots)
      : DStream<M>(part_of<M, 0>(both, "mapped")), both_(both), snapshots_(std::move(snapshots)) {}

  template <class Part, std::size_t kPart>
  static plan::Node* part_of(plan::Node* both, const char* name) {
    return detail::append_sink<Part, detail::PartSink<Both, Part, kPart>>(both, {.name = name},
                                                                          detail::Nothing{});
  }
  plan::Node* both_;
  std::shared_ptr<bool> snapshots_;  // shared with the operator
};

}  // namespace weir
