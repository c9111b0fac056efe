#include "exec/chain.h"

#include <utility>

namespace weir::exec {

using plan::Node;

Chain::Chain(const Node& head, TaskContext& context) : context_(context), entry_(behind(head, 0)) {}

void Chain::finish() {
  for (auto sink = sinks_.rbegin(); sink != sinks_.rend(); ++sink) (*sink)->finish();
}

SinkBase* Chain::behind(const Node& node, std::uint32_t branch) {
  std::vector<SinkBase*> sinks;
  for (const auto& [consumer, first_branch] : node.consumers) {
    if (!plan::leads_to_output(*consumer)) continue;
    sinks.push_back(open(*consumer, first_branch + branch));
  }
  if (sinks.empty()) return nullptr;
  return sinks.size() == 1 ? sinks.front() : keep(node.tee(std::move(sinks)));
}

SinkBase* Chain::open(const Node& node, std::uint32_t branch) {
  if (node.kind == Node::Kind::kUnion) return behind(node, branch);
  if (node.kind == Node::Kind::kExchange) {
    return keep(node.exchange->open({ExchangeIndex(node.index), branch}, context_));
  }
  SinkBase* next = node.kind == Node::Kind::kOutput ? nullptr : behind(node, branch);
  return keep(node.op->open(next, context_));
}

SinkBase* Chain::keep(std::unique_ptr<SinkBase> sink) {
  sinks_.push_back(std::move(sink));
  return sinks_.back().get();
}

}  // namespace weir::exec
