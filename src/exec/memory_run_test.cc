#include "weir/memory_run.h"

#include <gmock/gmock.h>

#include "weir/task_error.h"

namespace weir::detail {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

MemoryRun run_at(std::int64_t micros) {
  return MemoryRun(std::make_shared<BatchOrigin>(BatchOrigin{BatchTime{micros}, {}}));
}

TEST(MemoryRun, KeepsTheOrderOfBranchesWhicheverStageRanFirst) {
  MemoryRun run = run_at(7);
  const auto other = run.stream(Dataset<int>::of({{3}}));
  const auto moved = run.stream(Dataset<int>::of({{1}, {2}})).repartition(1);
  const Dataset<int> all = run.run(moved.union_with(other).repartition(1));
  EXPECT_THAT(all, ElementsAre(1, 2, 3));
  EXPECT_EQ(all.time(), BatchTime{7});
}

TEST(MemoryRun, RunsAllPartitionsAlsoEmptyOnes) {
  MemoryRun run = run_at(7);
  const auto counts = run.run(run.stream(Dataset<int>::of({{}, {1, 2}, {}})).glom());
  EXPECT_THAT(counts, ElementsAre(IsEmpty(), ElementsAre(1, 2), IsEmpty()));
}

TEST(MemoryRun, OfNoPartitionsRunsWhatIsBehindTheExchange) {
  MemoryRun run = run_at(7);
  EXPECT_THAT(run.run(run.stream(Dataset<int>()).count()), ElementsAre(0));
}

TEST(MemoryRun, ThrowsWhatIsWrongWithTheOperation) {
  MemoryRun run = run_at(7);
  try {
    run.run(run.stream(Dataset<int>::of({{1}})).repartition(0));
    FAIL() << "it ran";
  } catch (const TaskError& error) {
    EXPECT_THAT(error.error().message(), HasSubstr("repartition(): 0 partitions"));
  }
}

}  // namespace
}  // namespace weir::detail
