#include <gtest/gtest.h>

#include <set>

#include "base/log.h"
#include "compare.h"
#include "reference.h"

namespace weir::topologies {
namespace {

std::string directory() { return testing::TempDir() + "topologies"; }

// `weir_topologies --cases N --from SEED` runs more.
TEST(Topologies, HoldWhatTheReferenceSays) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const Topology topology = topology_of(seed);
    const Comparison comparison = compare(topology, directory());
    ASSERT_NE(comparison.verdict, Verdict::kDifferent)
        << to_text(topology) << comparison.difference;
  }
}

TEST(Topologies, HaveEveryOperationAndRestarts) {
  std::set<Op> ops;
  int with_restarts = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const Topology topology = topology_of(seed);
    for (const Step& step : topology.steps) ops.insert(step.op);
    with_restarts += topology.restarts.empty() ? 0 : 1;
  }
  EXPECT_EQ(ops.size(), static_cast<std::size_t>(kOps));
  EXPECT_GT(with_restarts, 30);
}

/// One input of three batches, and a step.
Topology with_step(Op op, std::int64_t a, std::int64_t b) {
  return {.seed = 0,
          .inputs = {{{{1, 2}, {1, 3}}, {{2, 4}}, {}}},
          .partitions = 1,
          .steps = {{op, 0, 0, a, b}},
          .restarts = {}};
}

TEST(Reference, ComputesWhatIsObvious) {
  const auto held = [](Op op, std::int64_t a, std::int64_t b) {
    return expected_of(with_step(op, a, b)).value()[0];
  };
  EXPECT_EQ(held(Op::kReduce, 1, 0), (Batches{{{1, 5}}, {{2, 4}}, {}}));
  EXPECT_EQ(held(Op::kCount, 1, 0), (Batches{{{0, 2}}, {{0, 1}}, {{0, 0}}}));
  EXPECT_EQ(held(Op::kReduceWindow, 2, 1), (Batches{{{1, 5}}, {{1, 5}, {2, 4}}, {{2, 4}}}));
  EXPECT_EQ(held(Op::kInverseWindow, 1, 1),
            (Batches{{{1, 5}}, {{1, 0}, {2, 4}}, {{1, 0}, {2, 0}}}));
  EXPECT_EQ(held(Op::kWindow, 2, 2), (Batches{{{1, 2}, {1, 3}, {2, 4}}}));
  EXPECT_EQ(held(Op::kJoin, 1, 0)[1], (Batch{{2, 4 * 31 + 4}}));
  EXPECT_EQ(held(Op::kMapWithState, 1, 0), (Batches{{{1, 1}, {1, 2}}, {{2, 1}}, {{1, -2}}}));
  EXPECT_EQ(held(Op::kUpdateState, 4, 0), (Batches{{}, {{2, 4}}, {{2, 4}}}));
}

}  // namespace
}  // namespace weir::topologies
