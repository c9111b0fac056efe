#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace weir::topologies {

/// What all streams of a topology have: a key and a value.
using Item = std::pair<std::int64_t, std::int64_t>;
using Batch = std::vector<Item>;

/// The operations of topologies; `a` and `b` are a step's numbers, times are in seconds.
enum class Op : std::uint8_t {
  kMap,           ///< the value times a, plus b
  kRekey,         ///< the value modulo a as key, the key as value
  kFilter,        ///< values that are not b modulo a
  kFlatMap,       ///< itself, and where the value is even another one, of key + a
  kUnion,         ///< with the second stream
  kRepartition,   ///< a partitions
  kReduce,        ///< sums by key, in a partitions
  kGroup,         ///< by key: how many, and their sum
  kCount,         ///< how many, as (0, n)
  kCountByValue,  ///< of keys alone
  kTransform,     ///< twice each: a dataset united with itself
  kJoin,          ///< by key
  kLeftJoin,
  kFullJoin,
  kCogroup,        ///< how many of both
  kWindow,         ///< of a seconds, every b
  kReduceWindow,   ///< sums by key of such a window
  kInverseWindow,  ///< the same with an inverse; keys stay
  kFreshWindow,    ///< the same, but keys without a batch go
  kGroupWindow,
  kUpdateState,   ///< sums by key for ever; where one is a multiple of a, its key is forgotten
  kMapWithState,  ///< the nth record of its key; after a seconds without one (key, -n)
  kSnapshots,     ///< all keys of such a state, with n
};
inline constexpr int kOps = 23;

/// A stream made of one or two earlier ones.
struct Step {
  Op op{};
  std::size_t left = 0;
  std::size_t right = 0;
  std::int64_t a = 0;
  std::int64_t b = 0;
};

/// A pipeline, and what it is given. Streams are numbered: inputs first, then steps.
struct Topology {
  std::uint64_t seed = 0;
  std::vector<std::vector<Batch>> inputs;  ///< batch by batch, one a second; all equally many
  std::size_t partitions = 1;              ///< of each input
  std::vector<Step> steps;
  std::vector<std::size_t> restarts;  ///< before these batches a new process goes on, ascending
  std::size_t streams() const { return inputs.size() + steps.size(); }
  std::size_t batches() const { return inputs.front().size(); }
};

/// True where the step takes two streams.
bool has_two(Op op);
/// The slide of each stream in seconds, 0 where it runs in every batch.
std::vector<std::int64_t> slides_of(const Topology& topology);
/// The streams that no other one is made of.
std::vector<std::size_t> leaves_of(const Topology& topology);

/// Draws the topology that a seed stands for.
Topology topology_of(std::uint64_t seed);
/// For people.
std::string to_text(const Batch& batch);
std::string to_text(const Topology& topology);

}  // namespace weir::topologies
