#include "compare.h"

#include <algorithm>

#include "base/log.h"
#include "engine.h"
#include "reference.h"

namespace weir::topologies {

namespace {

std::string to_text(const Batches& batches) {
  std::string text;
  for (const Batch& batch : batches) text += concat("  ", topologies::to_text(batch), "\n");
  return text;
}

/// Without the step, where no later one needs it.
std::optional<Topology> without_step(const Topology& topology, std::size_t index) {
  const std::size_t stream = topology.inputs.size() + index;
  Topology less = topology;
  less.steps.erase(less.steps.begin() + static_cast<std::ptrdiff_t>(index));
  for (std::size_t i = index; i < less.steps.size(); ++i) {
    Step& step = less.steps[i];
    if (step.left == stream || (has_two(step.op) && step.right == stream)) return std::nullopt;
    if (step.left > stream) --step.left;
    if (step.right > stream) --step.right;
    if (step.right == stream) step.right = step.left;
  }
  return less;
}

std::vector<Topology> smaller_than(const Topology& topology) {
  std::vector<Topology> all;
  for (std::size_t i = 0; i < topology.steps.size(); ++i) {
    if (auto less = without_step(topology, i)) all.push_back(std::move(*less));
  }
  for (std::size_t i = 0; i < topology.restarts.size(); ++i) {
    all.push_back(topology);
    auto& restarts = all.back().restarts;
    restarts.erase(restarts.begin() + static_cast<std::ptrdiff_t>(i));
  }
  for (std::size_t i = 0; i < topology.inputs.size(); ++i) {
    for (std::size_t batch = 0; batch < topology.batches(); ++batch) {
      for (std::size_t item = 0; item < topology.inputs[i][batch].size(); ++item) {
        all.push_back(topology);
        Batch& records = all.back().inputs[i][batch];
        records.erase(records.begin() + static_cast<std::ptrdiff_t>(item));
      }
    }
  }
  return all;
}

}  // namespace

Comparison compare(const Topology& topology, const std::string& directory) {
  const auto expected = expected_of(topology);
  if (!expected) return {Verdict::kTooLarge, {}};
  const auto actual = run_on_weir(topology, directory);
  if (!actual.ok()) return {Verdict::kDifferent, actual.error().message() + "\n"};
  const std::vector<std::size_t> leaves = leaves_of(topology);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if ((*actual)[i] == (*expected)[i]) continue;
    return {Verdict::kDifferent, concat("stream ", leaves[i], " holds\n", to_text((*actual)[i]),
                                        "and not\n", to_text((*expected)[i]))};
  }
  return {};
}

Topology shrink(Topology topology, const std::string& directory) {
  while (true) {
    const std::vector<Topology> all = smaller_than(topology);
    const auto found = std::find_if(all.begin(), all.end(), [&](const Topology& less) {
      return compare(less, directory).verdict == Verdict::kDifferent;
    });
    if (found == all.end()) return topology;
    topology = *found;
  }
}

}  // namespace weir::topologies
