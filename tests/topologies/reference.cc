#include "reference.h"

#include <algorithm>
#include <map>
#include <set>

namespace weir::topologies {

namespace {

constexpr std::size_t kMostItems = 3000;

using Groups = std::map<std::int64_t, std::vector<std::int64_t>>;

Groups groups_of(const Batch& batch) {
  Groups groups;
  for (const auto& [key, value] : batch) groups[key].push_back(value);
  return groups;
}

std::int64_t sum_of(const std::vector<std::int64_t>& values) {
  std::int64_t sum = 0;
  for (const std::int64_t value : values) sum += value;
  return sum;
}

Batch sums_of(const Batch& batch) {
  Batch sums;
  for (const auto& [key, values] : groups_of(batch)) sums.emplace_back(key, sum_of(values));
  return sums;
}

Batch grouped(const Batch& batch) {
  Batch all;
  for (const auto& [key, values] : groups_of(batch)) {
    all.emplace_back(key, static_cast<std::int64_t>(values.size()) * 1000 + sum_of(values));
  }
  return all;
}

/// Values that are missing count as -1; `outer`: which side's keys stay without the other.
Batch joined(const Batch& left, const Batch& right, bool left_outer, bool right_outer) {
  const Groups lefts = groups_of(left);
  const Groups rights = groups_of(right);
  Batch all;
  const std::vector<std::int64_t> none = {-1};
  std::set<std::int64_t> keys;
  for (const auto& [key, values] : lefts) keys.insert(key);
  for (const auto& [key, values] : rights) keys.insert(key);
  for (const std::int64_t key : keys) {
    const bool in_left = lefts.contains(key);
    const bool in_right = rights.contains(key);
    if ((!in_left && !right_outer) || (!in_right && !left_outer)) continue;
    for (const std::int64_t l : in_left ? lefts.at(key) : none) {
      for (const std::int64_t r : in_right ? rights.at(key) : none) {
        all.emplace_back(key, l % 1000 * 31 + r);
      }
    }
  }
  return all;
}

Batch cogrouped(const Batch& left, const Batch& right) {
  std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> sizes;
  for (const auto& [key, value] : left) ++sizes[key].first;
  for (const auto& [key, value] : right) ++sizes[key].second;
  Batch all;
  for (const auto& [key, size] : sizes) all.emplace_back(key, size.first * 100 + size.second);
  return all;
}

/// What a step of states remembers of a key.
struct Remembered {
  std::int64_t value = 0;
  std::int64_t touched = 0;
};

class Reference {
 public:
  explicit Reference(const Topology& topology)
      : topology_(topology),
        slides_(slides_of(topology)),
        held_(topology.streams()),
        states_(topology.streams()),
        window_keys_(topology.streams()) {}

  std::optional<std::vector<Batches>> run() {
    const std::vector<std::size_t> leaves = leaves_of(topology_);
    std::vector<Batches> all(leaves.size());
    for (std::size_t i = 0; i < topology_.batches(); ++i) {
      now_ = static_cast<std::int64_t>(i) + 1;
      for (std::size_t stream = 0; stream < topology_.streams(); ++stream) {
        if (!runs(stream)) continue;
        Batch batch = compute(stream, i);
        if (batch.size() > kMostItems) return std::nullopt;
        held_[stream][now_] = std::move(batch);
      }
      for (std::size_t leaf = 0; leaf < leaves.size(); ++leaf) {
        if (!runs(leaves[leaf])) continue;
        Batch batch = held_[leaves[leaf]].at(now_);
        std::sort(batch.begin(), batch.end());
        all[leaf].push_back(std::move(batch));
      }
    }
    return all;
  }

 private:
  bool runs(std::size_t stream) const {
    return slides_[stream] == 0 || now_ % slides_[stream] == 0;
  }
  const Batch& of(std::size_t stream) const { return held_[stream].at(now_); }

  Batch window(const Step& step) const {
    Batch all;
    for (const auto& [time, batch] : held_[step.left]) {
      if (time <= now_ - step.a || time > now_) continue;
      all.insert(all.end(), batch.begin(), batch.end());
    }
    return all;
  }

  /// Sums of the window, and 0 of every key that was ever in one: that is what an inverse leaves.
  Batch inverse_window(std::size_t stream, const Step& step) {
    std::set<std::int64_t>& keys = window_keys_[stream];
    const Batch batch = window(step);
    for (const auto& [key, value] : batch) keys.insert(key);
    std::map<std::int64_t, std::int64_t> sums;
    for (const std::int64_t key : keys) sums[key] = 0;
    for (const auto& [key, value] : batch) sums[key] += value;
    return {sums.begin(), sums.end()};
  }

  Batch update_state(std::size_t stream, const Step& step) {
    auto& states = states_[stream];
    for (const auto& [key, value] : of(step.left)) states[key].value += value;
    std::erase_if(states,
                  [&](const auto& state) { return state.second.value % (step.a + 1) == 0; });
    Batch all;
    for (const auto& [key, state] : states) all.emplace_back(key, state.value);
    return all;
  }

  Batch map_with_state(std::size_t stream, const Step& step) {
    auto& states = states_[stream];
    Batch all;
    for (const auto& [key, value] : of(step.left)) {
      states[key].touched = now_;
      all.emplace_back(key, ++states[key].value);
    }
    for (const auto& [key, state] : states) {
      if (now_ - state.touched > step.a) all.emplace_back(key, -state.value);
    }
    std::erase_if(states, [&](const auto& s) { return now_ - s.second.touched > step.a; });
    if (step.op == Op::kMapWithState) return all;
    Batch snapshot;
    for (const auto& [key, state] : states) snapshot.emplace_back(key, state.value);
    return snapshot;
  }

  Batch compute(std::size_t stream, std::size_t batch) {
    if (stream < topology_.inputs.size()) return topology_.inputs[stream][batch];
    const Step& step = topology_.steps[stream - topology_.inputs.size()];
    switch (step.op) {
      case Op::kMap:
      case Op::kRekey:
      case Op::kFilter:
      case Op::kFlatMap:
        return narrow(step);
      case Op::kUnion:
        return united(of(step.left), of(step.right));
      case Op::kTransform:
        return united(of(step.left), of(step.left));
      case Op::kRepartition:
        return of(step.left);
      case Op::kReduce:
        return sums_of(of(step.left));
      case Op::kGroup:
        return grouped(of(step.left));
      case Op::kCount:
        return {{0, static_cast<std::int64_t>(of(step.left).size())}};
      case Op::kCountByValue: {
        std::map<std::int64_t, std::int64_t> counts;
        for (const auto& [key, value] : of(step.left)) ++counts[key];
        return {counts.begin(), counts.end()};
      }
      case Op::kJoin:
        return joined(of(step.left), of(step.right), false, false);
      case Op::kLeftJoin:
        return joined(of(step.left), of(step.right), true, false);
      case Op::kFullJoin:
        return joined(of(step.left), of(step.right), true, true);
      case Op::kCogroup:
        return cogrouped(of(step.left), of(step.right));
      case Op::kWindow:
        return window(step);
      case Op::kReduceWindow:
      case Op::kFreshWindow:
        return sums_of(window(step));
      case Op::kInverseWindow:
        return inverse_window(stream, step);
      case Op::kGroupWindow:
        return grouped(window(step));
      case Op::kUpdateState:
        return update_state(stream, step);
      case Op::kMapWithState:
      case Op::kSnapshots:
        return map_with_state(stream, step);
    }
    return {};
  }

  Batch narrow(const Step& step) const {
    Batch all;
    for (const auto& [key, value] : of(step.left)) {
      if (step.op == Op::kMap) all.emplace_back(key, value * step.a % 100'000 + step.b);
      if (step.op == Op::kRekey) all.emplace_back(value % (step.a + 1), key);
      if (step.op == Op::kFilter && value % (step.a + 1) != step.b) all.emplace_back(key, value);
      if (step.op == Op::kFlatMap) {
        all.emplace_back(key, value);
        if (value % 2 == 0) all.emplace_back(key + step.a, value);
      }
    }
    return all;
  }

  static Batch united(const Batch& left, const Batch& right) {
    Batch all = left;
    all.insert(all.end(), right.begin(), right.end());
    return all;
  }

  const Topology& topology_;
  const std::vector<std::int64_t> slides_;
  std::int64_t now_ = 0;                             // the batch, in seconds since the start
  std::vector<std::map<std::int64_t, Batch>> held_;  // by stream and time
  std::vector<std::map<std::int64_t, Remembered>> states_;
  std::vector<std::set<std::int64_t>> window_keys_;
};

}  // namespace

std::optional<std::vector<Batches>> expected_of(const Topology& topology) {
  return Reference(topology).run();
}

}  // namespace weir::topologies
