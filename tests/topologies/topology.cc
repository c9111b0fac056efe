#include "topology.h"

#include <algorithm>
#include <array>
#include <random>
#include <string_view>

#include "base/log.h"

namespace weir::topologies {

namespace {

constexpr std::array<std::string_view, kOps> kNames = {
    "map",          "rekey",          "filter",         "flat_map",     "union",
    "repartition",  "reduce",         "group",          "count",        "count_by_value",
    "transform",    "join",           "left_join",      "full_join",    "cogroup",
    "window",       "reduce_window",  "inverse_window", "fresh_window", "group_window",
    "update_state", "map_with_state", "snapshots"};

bool has_window(Op op) { return op >= Op::kWindow && op <= Op::kGroupWindow; }

class Drawing {
 public:
  explicit Drawing(std::uint64_t seed) : random_(seed) { topology_.seed = seed; }

  Topology run() {
    const std::int64_t batches = from(1, 9);
    topology_.partitions = static_cast<std::size_t>(from(1, 3));
    for (std::int64_t left = from(1, 2); left > 0; --left) {
      std::vector<Batch> input;
      for (std::int64_t i = 0; i < batches; ++i) input.push_back(batch());
      topology_.inputs.push_back(std::move(input));
    }
    for (std::int64_t left = from(1, 6); left > 0; --left) add_step();
    if (from(0, 2) == 0) {
      for (std::int64_t i = 1; i < batches; ++i) {
        if (from(0, 3) == 0) topology_.restarts.push_back(static_cast<std::size_t>(i));
      }
    }
    return std::move(topology_);
  }

 private:
  std::int64_t from(std::int64_t least, std::int64_t most) {
    return least +
           static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(most - least + 1));
  }

  Batch batch() {
    Batch drawn;
    for (std::int64_t left = from(0, 3) == 0 ? 0 : from(0, 7); left > 0; --left) {
      drawn.emplace_back(from(-1, 3), from(-3, 12));
    }
    return drawn;
  }

  void add_step() {
    Step step;
    step.op = static_cast<Op>(from(0, kOps - 1));
    // Mostly of what was made last, so that topologies are deep.
    const auto last = static_cast<std::int64_t>(topology_.streams()) - 1;
    step.left = static_cast<std::size_t>(from(0, 2) == 0 ? from(0, last) : last);
    step.right = static_cast<std::size_t>(from(0, last));
    const std::vector<std::int64_t> slides = slides_of(topology_);
    if (has_two(step.op) && slides[step.left] != slides[step.right]) step.right = step.left;
    step.a = from(1, 4);
    step.b = from(0, 3);
    if (has_window(step.op)) {
      const std::int64_t base = std::max<std::int64_t>(slides[step.left], 1);
      step.a = base * from(1, 4);
      step.b = base * from(1, 3);
    }
    topology_.steps.push_back(step);
  }

  std::mt19937_64 random_;
  Topology topology_;
};

}  // namespace

bool has_two(Op op) { return op == Op::kUnion || (op >= Op::kJoin && op <= Op::kCogroup); }

std::vector<std::int64_t> slides_of(const Topology& topology) {
  std::vector<std::int64_t> slides(topology.inputs.size(), 0);
  for (const Step& step : topology.steps) {
    slides.push_back(has_window(step.op) ? step.b : slides[step.left]);
  }
  return slides;
}

std::vector<std::size_t> leaves_of(const Topology& topology) {
  std::vector<bool> is_used(topology.streams(), false);
  for (const Step& step : topology.steps) {
    is_used[step.left] = true;
    if (has_two(step.op)) is_used[step.right] = true;
  }
  std::vector<std::size_t> leaves;
  for (std::size_t i = 0; i < is_used.size(); ++i) {
    if (!is_used[i]) leaves.push_back(i);
  }
  return leaves;
}

Topology topology_of(std::uint64_t seed) { return Drawing(seed).run(); }

std::string to_text(const Batch& batch) {
  std::string text = "{";
  for (const auto& [key, value] : batch) {
    text += concat(text.size() > 1 ? ", " : "", "{", key, ", ", value, "}");
  }
  return text + "}";
}

std::string to_text(const Topology& topology) {
  std::string text =
      concat("seed ", topology.seed, ", inputs of ", topology.partitions, " partitions\n");
  for (std::size_t i = 0; i < topology.inputs.size(); ++i) {
    text += concat("  stream ", i, ":");
    for (const Batch& batch : topology.inputs[i]) text += " " + to_text(batch);
    text += "\n";
  }
  for (std::size_t i = 0; i < topology.steps.size(); ++i) {
    const Step& step = topology.steps[i];
    text += concat("  stream ", topology.inputs.size() + i, ": ",
                   kNames[static_cast<std::size_t>(step.op)], " of ", step.left,
                   has_two(step.op) ? concat(" and ", step.right) : "", ", a = ", step.a,
                   ", b = ", step.b, "\n");
  }
  for (const std::size_t batch : topology.restarts)
    text += concat("  restart before ", batch, "\n");
  return text;
}

}  // namespace weir::topologies
