#include "engine.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <iterator>
#include <numeric>
#include <optional>

#include "weir/dataset_operations.h"
#include "weir/testing.h"

namespace weir::topologies {

namespace {

using Items = DStream<Item>;
using std::chrono::seconds;

std::int64_t sum(std::int64_t a, std::int64_t b) { return a + b; }

std::int64_t size_and_sum(const std::vector<std::int64_t>& values) {
  return static_cast<std::int64_t>(values.size()) * 1000 +
         std::accumulate(values.begin(), values.end(), std::int64_t{0});
}

std::int64_t pair_up(std::optional<std::int64_t> left, std::optional<std::int64_t> right) {
  return left.value_or(-1) % 1000 * 31 + right.value_or(-1);
}

Items narrow(const Items& from, const Step& step) {
  const std::int64_t a = step.a;
  const std::int64_t b = step.b;
  switch (step.op) {
    case Op::kMap:
      return from.map(
          [a, b](const Item& item) { return Item(item.first, item.second * a % 100'000 + b); });
    case Op::kRekey:
      return from.map([a](const Item& item) { return Item(item.second % (a + 1), item.first); });
    case Op::kFilter:
      return from.filter([a, b](const Item& item) { return item.second % (a + 1) != b; });
    default:
      return from.flat_map([a](const Item& item) {
        std::vector<Item> all = {item};
        if (item.second % 2 == 0) all.emplace_back(item.first + a, item.second);
        return all;
      });
  }
}

Items by_key(const Items& from, const Step& step) {
  const auto partitions = static_cast<std::int32_t>(step.a);
  switch (step.op) {
    case Op::kRepartition:
      return from.repartition(partitions);
    case Op::kReduce:
      return from.reduce_by_key(sum, partitions);
    case Op::kGroup:
      return from.group_by_key(partitions).map_values(size_and_sum);
    case Op::kCount:
      return from.count().map([](std::int64_t count) { return Item(0, count); });
    case Op::kCountByValue:
      return from.map([](const Item& item) { return item.first; }).count_by_value(partitions);
    default:
      return from.transform([](const Dataset<Item>& batch) { return batch.union_with(batch); });
  }
}

Items joined(const Items& left, const Items& right, Op op) {
  switch (op) {
    case Op::kUnion:
      return left.union_with(right);
    case Op::kJoin:
      return left.join(right).map_values(
          [](const auto& both) { return pair_up(both.first, both.second); });
    case Op::kLeftJoin:
      return left.left_outer_join(right).map_values(
          [](const auto& both) { return pair_up(both.first, both.second); });
    case Op::kFullJoin:
      return left.full_outer_join(right).map_values(
          [](const auto& both) { return pair_up(both.first, both.second); });
    default:
      return left.cogroup(right).map_values([](const auto& both) {
        return static_cast<std::int64_t>(both.first.size() * 100 + both.second.size());
      });
  }
}

Items windowed(const Items& from, const Step& step) {
  const seconds length(step.a);
  const seconds slide(step.b);
  switch (step.op) {
    case Op::kWindow:
      return from.window(length, slide);
    case Op::kReduceWindow:
      return from.reduce_by_key_and_window(sum, length, slide);
    case Op::kInverseWindow:
      return from.reduce_by_key_and_window(sum, std::minus<>(), length, slide);
    case Op::kFreshWindow:
      return from.reduce_by_key_and_window(sum, std::minus<>(), length, slide, 2,
                                           WithoutDeadKeys{});
    default:
      return from.group_by_key_and_window(length, slide).map_values(size_and_sum);
  }
}

Items stateful(const Items& from, const Step& step) {
  if (step.op == Op::kUpdateState) {
    return from.update_state_by_key(
        [a = step.a](const std::vector<std::int64_t>& values, std::optional<std::int64_t> before) {
          const std::int64_t total =
              std::accumulate(values.begin(), values.end(), before.value_or(std::int64_t{0}));
          return total % (a + 1) == 0 ? std::nullopt : std::optional(total);
        });
  }
  const auto count = [](const std::int64_t& key, std::optional<std::int64_t>,
                        State<std::int64_t>& state) {
    if (state.is_timing_out()) return Item(key, -state.get());
    state.update(state.get_option().value_or(0) + 1);
    return Item(key, state.get());
  };
  const auto counts = from.map_with_state(StateSpec(count).timeout(seconds(step.a)));
  return step.op == Op::kMapWithState ? Items(counts) : counts.state_snapshots();
}

Items made_by(const Step& step, const std::vector<Items>& streams) {
  const Items& left = streams[step.left];
  if (step.op <= Op::kFlatMap) return narrow(left, step);
  if (has_two(step.op)) return joined(left, streams[step.right], step.op);
  if (step.op <= Op::kTransform) return by_key(left, step);
  if (step.op <= Op::kGroupWindow) return windowed(left, step);
  return stateful(left, step);
}

/// One process, which runs the batches from `first` to `last`.
Result<WallTime> run_process(const Topology& topology, const std::string& directory, WallTime start,
                             std::size_t first, std::size_t last, std::vector<Batches>& all) {
  StreamingOptions options{.batch_interval = seconds(1)};
  if (!topology.restarts.empty()) options.checkpoint = directory;
  StreamTest test(options, start);
  std::vector<TestInput<Item>> inputs;
  std::vector<Items> streams;
  for (std::size_t i = 0; i < topology.inputs.size(); ++i) {
    inputs.push_back(test.input<Item>(topology.partitions));
    streams.push_back(inputs.back());
  }
  for (const Step& step : topology.steps) streams.push_back(made_by(step, streams));
  std::vector<TestOutput<Item>> outputs;
  for (const std::size_t leaf : leaves_of(topology)) outputs.push_back(test.output(streams[leaf]));
  for (std::size_t batch = first; batch < last; ++batch) {
    for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i].add(topology.inputs[i][batch]);
    if (Result<void> ran = test.run_batch(); !ran.ok()) return ran.error();
  }
  const WallTime end = test.now();
  if (Result<void> stopped = test.stop(); !stopped.ok()) return stopped.error();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (Batch batch : outputs[i].batches()) {
      std::sort(batch.begin(), batch.end());
      all[i].push_back(std::move(batch));
    }
  }
  return end;
}

}  // namespace

Result<std::vector<Batches>> run_on_weir(const Topology& topology, const std::string& directory) {
  std::filesystem::remove_all(directory);
  std::vector<Batches> all(leaves_of(topology).size());
  WallTime now = kTestStart;
  std::size_t first = 0;
  std::vector<std::size_t> ends = topology.restarts;
  ends.push_back(topology.batches());
  for (const std::size_t end : ends) {
    const Result<WallTime> stopped = run_process(topology, directory, now, first, end, all);
    if (!stopped.ok()) return stopped.error();
    now = *stopped;
    first = end;
  }
  std::filesystem::remove_all(directory);
  return all;
}

}  // namespace weir::topologies
