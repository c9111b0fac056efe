#include "exec/chain.h"

#include <utility>

namespace weir::exec {

using plan::Node;

Chain::Chain(const Node& head, TaskContext& context) : context_(context), entry_(behind(head)) {}

void Chain::finish() {
  for (auto sink = sinks_.rbegin(); sink != sinks_.rend(); ++sink) (*sink)->finish();
}

SinkBase* Chain::behind(const Node& node) {
  std::vector<SinkBase*> sinks;
  for (const Node* consumer : node.consumers) {
    if (plan::leads_to_output(*consumer)) sinks.push_back(open(*consumer));
  }
  if (sinks.empty()) return nullptr;
  return sinks.size() == 1 ? sinks.front() : keep(node.tee(std::move(sinks)));
}

SinkBase* Chain::open(const Node& node) {
  if (node.kind == Node::Kind::kUnion) return behind(node);
  if (node.kind == Node::Kind::kExchange) {
    return keep(node.exchange->open(ExchangeIndex(node.index), context_));
  }
  SinkBase* next = node.kind == Node::Kind::kOutput ? nullptr : behind(node);
  return keep(node.op->open(next, context_));
}

SinkBase* Chain::keep(std::unique_ptr<SinkBase> sink) {
  sinks_.push_back(std::move(sink));
  return sinks_.back().get();
}

}  // namespace weir::exec
