#include "plan/graph.h"

#include <algorithm>

#include "base/log.h"
#include "plan/window.h"
#include "weir/narrow_operators.h"

namespace weir::plan {

Node* Graph::add(Node::Kind kind, std::string name, const std::vector<Node*>& parents) {
  Node& node = nodes_.emplace_back();
  node.kind = kind;
  node.graph = this;
  node.name = std::move(name);
  std::uint32_t branches = 0;
  for (Node* parent : parents) {
    parent->consumers.push_back({&node, branches});
    branches += parent->branches;
  }
  // The ways that end at an exchange end there; its own records come by one.
  if (kind != Node::Kind::kSource && kind != Node::Kind::kExchange) node.branches = branches;
  inherit(node, parents);
  return &node;
}

void Graph::inherit(Node& node, const std::vector<Node*>& parents) {
  for (const Node* parent : parents) {
    node.behind_window |= parent->behind_window;
    if (node.kind != Node::Kind::kExchange) {
      node.partitions = std::max(node.partitions, parent->partitions);
    }
    if (parent == parents.front()) node.slide = parent->slide;
    if (parent->slide != node.slide) add_mistake(other_slides(node.name));
  }
}

Node* Graph::add_source(std::unique_ptr<Source> source) {
  Node* node = add(Node::Kind::kSource, source->name(), {});
  node->index = sources_.size();
  node->tee = detail::make_tee<Record>;
  sources_.push_back(std::move(source));
  source_nodes_.push_back(node);
  return node;
}

OutputIndex Graph::add_output(std::unique_ptr<Output> output) {
  outputs_.push_back(std::move(output));
  return OutputIndex(outputs_.size() - 1);
}

Node* Graph::add_exchange(Node* parent, std::string name, std::unique_ptr<Exchange> exchange) {
  if (exchange->partitions() < 1) {
    add_mistake(Error(ErrorCode::kInvalidArgument,
                      concat(name, "(): ", exchange->partitions(),
                             " partitions make no sense; ask for at least 1")));
  }
  Node* node = add_given(std::move(name), std::move(exchange));
  parent->consumers.push_back({node, 0});
  inherit(*node, {parent});
  return node;
}

Node* Graph::add_given(std::string name, std::unique_ptr<Exchange> exchange) {
  Node* node = add(Node::Kind::kExchange, std::move(name), {});
  node->index = exchange_nodes_.size();
  node->partitions = exchange->partitions();
  node->exchange = std::move(exchange);
  exchange_nodes_.push_back(node);
  return node;
}

StateIndex Graph::add_state(const StatefulOperator* op, const std::string& operation) {
  stateful_.push_back({op, unique_name(operation)});
  return StateIndex(stateful_.size() - 1);
}

std::string Graph::unique_name(const std::string& operation) {
  std::string name = operation;
  for (int number = 2; !names_.insert(name).second; ++number) name = concat(operation, "-", number);
  return name;
}

/// Null where the node remembers nothing.
std::string* Graph::state_name_of(const Node& node) {
  for (NamedState& state : stateful_) {
    if (node.op != nullptr && node.op.get() == state.op) return &state.name;
  }
  for (NamedWindow& window : named_windows_) {
    if (window.node == &node) return &window.name;
  }
  return nullptr;
}

void Graph::name_state(const Node& stream, const std::string& name) {
  std::string* nearest = nullptr;
  for (auto node = nodes_.rbegin(); node != nodes_.rend() && nearest == nullptr; ++node) {
    if (leads_to(*node, stream)) nearest = state_name_of(*node);
  }
  const auto refuse = [&](const auto&... why) {
    add_mistake(Error(ErrorCode::kInvalidArgument, concat("name_state(\"", name, "\"): ", why...)));
  };
  if (nearest == nullptr) {
    return refuse("stream \"", stream.name,
                  "\" remembers nothing; give it what a window or an operation with state returns");
  }
  // The name that it had stays taken, so that those of others do not hang on this one.
  if (name.empty()) return refuse("a name has at least a letter");
  if (!names_.insert(name).second) return refuse("another state has this name; choose another one");
  *nearest = name;
}

Result<void> Graph::validate(Duration batch_interval) const {
  std::vector<std::string> wrong;
  for (const Error& mistake : mistakes_) wrong.push_back(mistake.message());
  for (const AskedWindow& asked : windows_) {
    if (auto valid = check(asked, batch_interval); !valid.ok()) {
      wrong.push_back(valid.error().message());
    }
  }
  for (const auto& source : sources_) {
    if (auto valid = source->validate(); !valid.ok()) wrong.push_back(valid.error().message());
  }
  for (const auto& output : outputs_) {
    if (auto valid = output->validate(); !valid.ok()) wrong.push_back(valid.error().message());
  }
  const auto is_output = [](const Node& node) { return node.kind == Node::Kind::kOutput; };
  if (std::none_of(nodes_.begin(), nodes_.end(), is_output)) {
    wrong.push_back(
        "the pipeline has no output, so there is nothing to run; add one, such as print(), "
        "for_each(...) or to(...), before start()");
  }
  if (wrong.empty()) return {};
  if (wrong.size() == 1) return Error(ErrorCode::kInvalidArgument, wrong.front());
  std::string all = concat("the pipeline has ", wrong.size(), " mistakes:");
  for (const std::string& each : wrong) all += "\n  - " + each;
  return Error(ErrorCode::kInvalidArgument, all);
}

bool leads_to(const Node& node, const Node& other) {
  if (&node == &other) return true;
  return std::any_of(
      node.consumers.begin(), node.consumers.end(),
      [&](const Node::Consumer& consumer) { return leads_to(*consumer.node, other); });
}

bool leads_to_output(const Node& node) {
  if (node.kind == Node::Kind::kOutput) return true;
  return std::any_of(
      node.consumers.begin(), node.consumers.end(),
      [](const Node::Consumer& consumer) { return leads_to_output(*consumer.node); });
}

bool needs_all_records(const Node& source) {
  std::set<const Node*> known{&source};
  std::vector<const Node*> left{&source};
  while (!left.empty()) {
    const Node* node = left.back();
    left.pop_back();
    if ((node->gathers_keys || node->window) && leads_to_output(*node)) return true;
    for (const Node::Consumer& consumer : node->consumers) {
      if (known.insert(consumer.node).second) left.push_back(consumer.node);
    }
  }
  return false;
}

}  // namespace weir::plan

namespace weir::detail {

plan::Node* append_source(Pipeline& pipeline, std::unique_ptr<plan::Source> source) {
  return pipeline.graph().add_source(std::move(source));
}

OutputIndex append_target(plan::Node* anywhere, std::unique_ptr<plan::Output> output) {
  return anywhere->graph->add_output(std::move(output));
}

plan::Node* append_narrow(plan::Node* parent, NarrowTraits traits, Operator* op) {
  std::unique_ptr<Operator> owned(op);
  plan::Node* node = parent->graph->add(plan::Node::Kind::kNarrow, traits.name, {parent});
  node->op = std::move(owned);
  node->tee = traits.tee;
  node->whole_partition = traits.whole_partition;
  node->counts_memory = traits.counts_memory;
  return node;
}

plan::Node* append_stateful(plan::Node* parent, NarrowTraits traits, StatefulOperator* op) {
  traits.whole_partition = true;
  plan::Node* node = append_narrow(parent, traits, op);
  op->index = node->graph->add_state(op, node->name);
  return node;
}

plan::Node* append_union(const std::vector<plan::Node*>& parents, TeeFunction tee,
                         const char* operation) {
  plan::Graph* graph = parents.front()->graph;
  for (const plan::Node* parent : parents) {
    if (parent->graph == graph) continue;
    graph->add_mistake(Error(ErrorCode::kInvalidArgument,
                             concat(operation, "(): stream \"", parent->name,
                                    "\" belongs to another context; make both streams from one")));
    return parents.front();
  }
  plan::Node* node = graph->add(plan::Node::Kind::kUnion, operation, parents);
  node->tee = tee;
  return node;
}

plan::Node* append_exchange(plan::Node* parent, const char* name, TeeFunction tee,
                            Exchange* exchange) {
  std::unique_ptr<Exchange> owned(exchange);
  plan::Node* node = parent->graph->add_exchange(parent, name, std::move(owned));
  node->tee = tee;
  return node;
}

plan::Node* gathering_keys(plan::Node* exchange) {
  exchange->gathers_keys = true;
  return exchange;
}

void append_output(plan::Node* parent, NarrowTraits traits, Operator* op) {
  std::unique_ptr<Operator> owned(op);
  plan::Node* node = parent->graph->add(plan::Node::Kind::kOutput, traits.name, {parent});
  node->op = std::move(owned);
  node->whole_partition = traits.whole_partition;
  node->counts_memory = traits.counts_memory;
}

void name_state(plan::Node* stream, const std::string& name) {
  stream->graph->name_state(*stream, name);
}

void append_mistake(plan::Node* where, Error mistake) {
  where->graph->add_mistake(std::move(mistake));
}

}  // namespace weir::detail
