#include <algorithm>
#include <map>
#include <set>

#include "plan/graph.h"

namespace weir::plan {

namespace {

/// What lies between a head and the ends of its stage.
struct Extent {
  std::set<const Node*> exchanges;
  bool whole_partition = false;
  bool counts_memory = false;
};

void explore(const Node& node, Extent& extent) {
  for (const auto& [consumer, first_branch] : node.consumers) {
    if (!leads_to_output(*consumer)) continue;
    extent.whole_partition |= consumer->whole_partition;
    extent.counts_memory |= consumer->counts_memory;
    if (consumer->kind == Node::Kind::kExchange) {
      extent.exchanges.insert(consumer);
    } else {
      explore(*consumer, extent);
    }
  }
}

/// Orders stages so that each comes after those that feed it: a depth-first walk over heads.
class Cutter {
 public:
  explicit Cutter(const Graph& graph) : graph_(graph) {}

  std::vector<Stage> run() {
    for (const Node* node : graph_.source_nodes()) examine(node);
    for (const Node* node : graph_.exchange_nodes()) examine(node);
    for (const Node* node : graph_.source_nodes()) place(node);
    for (const Node* node : graph_.exchange_nodes()) place(node);
    return std::move(stages_);
  }

 private:
  void examine(const Node* head) {
    if (!leads_to_output(*head)) return;
    explore(*head, extents_[head]);
    for (const Node* exchange : extents_[head].exchanges) feeders_[exchange].push_back(head);
  }

  void place(const Node* head) {
    if (!extents_.contains(head) || placed_.contains(head)) return;
    const Extent& extent = extents_[head];
    Stage stage{head, {}, extent.whole_partition, !extent.exchanges.empty(), extent.counts_memory};
    for (const Node* feeder : feeders_[head]) {
      place(feeder);
      stage.upstream.push_back(placed_.at(feeder));
    }
    std::sort(stage.upstream.begin(), stage.upstream.end());
    placed_[head] = stages_.size();
    stages_.push_back(std::move(stage));
  }

  const Graph& graph_;
  std::map<const Node*, Extent> extents_;
  std::map<const Node*, std::vector<const Node*>> feeders_;
  std::map<const Node*, std::size_t> placed_;
  std::vector<Stage> stages_;
};

}  // namespace

std::vector<Stage> cut(const Graph& graph) { return Cutter(graph).run(); }

}  // namespace weir::plan
