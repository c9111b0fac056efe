#include "plan/window.h"

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>

#include "base/duration_text.h"
#include "base/log.h"
#include "weir/inverse_window.h"
#include "weir/partitioner.h"
#include "weir/task_error.h"

namespace weir::plan {

namespace {

Error wrong(const AskedWindow& asked, std::string_view what) {
  return Error(ErrorCode::kInvalidArgument, concat(asked.name, "(): ", what));
}

}  // namespace

Result<void> check(const AskedWindow& asked, Duration batch_interval) {
  const auto& [length, slide] = asked.window;
  if (length < std::chrono::microseconds(1)) {
    return wrong(asked,
                 concat("a window of ", in_words(length), " holds nothing; give its length"));
  }
  if (slide < Duration::zero()) {
    return wrong(asked, concat("a window cannot slide by ", in_words(slide)));
  }
  const bool has_slide = asked.parent_slide > Duration::zero();
  const Duration base = has_slide ? asked.parent_slide : batch_interval;
  if (base == Duration::zero()) return {};
  const auto refuse = [&](std::string_view name, Duration time) {
    return wrong(asked, concat("its ", name, ", ", in_words(time), ", must be a multiple of ",
                               has_slide ? "the slide of the stream before it, "
                                         : "the time between batches, ",
                               in_words(base)));
  };
  if (length % base != Duration::zero()) return refuse("length", length);
  if (slide % base != Duration::zero()) return refuse("slide", slide);
  return {};
}

Error other_slides(std::string_view operation) {
  return Error(ErrorCode::kInvalidArgument,
               concat(operation,
                      "(): its streams do not run in the same batches, because their "
                      "windows slide differently; give them the same slide"));
}

Duration common_slide(const Graph& graph) {
  std::int64_t common = 0;
  for (const Node* node : graph.exchange_nodes()) {
    if (node->window && leads_to_output(*node)) common = std::gcd(common, node->slide.count());
  }
  return Duration{common};
}

Duration longest_reach(const Graph& graph) {
  std::map<const Node*, Duration> known;
  const std::function<Duration(const Node&)> reach_from = [&](const Node& node) {
    if (const auto found = known.find(&node); found != known.end()) return found->second;
    Duration longest{0};
    for (const Node::Consumer& consumer : node.consumers) {
      longest = std::max(longest, reach_from(*consumer.node));
    }
    return known[&node] = longest + node.window.value_or(Duration{0});
  };
  Duration longest{0};
  for (const Node* node : graph.exchange_nodes()) {
    if (node->window) longest = std::max(longest, reach_from(*node));
  }
  return longest;
}

Node* Graph::add_window(Node* parent, std::string name, Window window,
                        std::unique_ptr<Exchange> exchange) {
  windows_.push_back({name, window, parent->slide});
  Node* node = add_exchange(parent, std::move(name), std::move(exchange));
  node->window = window.length;
  node->behind_window = true;
  if (window.slide > Duration::zero()) node->slide = window.slide;
  named_windows_.push_back({node, unique_name("window of " + node->name)});
  return node;
}

}  // namespace weir::plan

namespace weir::detail {

plan::Node* append_window(plan::Node* parent, const char* name, Window window, TeeFunction tee,
                          Exchange* exchange) {
  std::unique_ptr<Exchange> owned(exchange);
  plan::Node* node = parent->graph->add_window(parent, name, window, std::move(owned));
  node->tee = tee;
  return node;
}

void refuse_leaving_key() {
  throw TaskError(Error(ErrorCode::kUserFunction,
                        "a key leaves a window that it has not come to: the hash, operator== or "
                        "partition of a key changes over time"));
}

void refuse_stored(const std::string& why) {
  throw TaskError(Error(ErrorCode::kCorrupt,
                        concat("what is stored of a state is not of its types: ", why,
                               "; begin with another .checkpoint directory, and without state, or "
                               "go back to the types it was written with")));
}

std::int32_t partitions_of(const plan::Node* node) {
  return node->partitions > 0 ? node->partitions : HashPartitioner{}.partitions;
}

}  // namespace weir::detail
