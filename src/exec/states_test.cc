#include "exec/states.h"

#include <gmock/gmock.h>

#include <vector>

#include "weir/task_error.h"

namespace weir::exec {
namespace {

using testing::ElementsAre;
using testing::Pair;

class NoState final : public PartitionState {
 public:
  void begin(const StateTimes&) override {}
  std::size_t memory_bytes() const override { return 0; }
  std::optional<BatchTime> due() const override { return std::nullopt; }
  void write_changes(std::string&) const override {}
  void write_all(std::string&) const override {}
};

/// Notes with how many stored keys each partition begins.
class Counter final : public StatefulOperator {
 public:
  explicit Counter(std::int32_t partitions) : partitions_(partitions) {}
  std::unique_ptr<PartitionState> make_state(PartitionId partition, BatchTime,
                                             const detail::StoredState* stored) const override {
    begun.emplace_back(partition.value, stored == nullptr ? -1 : static_cast<int>(stored->size()));
    if (refuses) throw detail::TaskError(Error(ErrorCode::kInvalidArgument, "cannot be read"));
    return std::make_unique<NoState>();
  }
  std::int32_t partitions() const override { return partitions_; }
  std::unique_ptr<SinkBase> open(SinkBase*, TaskContext&) const override { return nullptr; }

  bool refuses = false;
  mutable std::vector<std::pair<int, int>> begun;

 private:
  std::int32_t partitions_;
};

StoredStates stored(std::vector<std::string> names) {
  std::map<std::string, detail::StoredState> states;
  for (const std::string& name : names) states[name] = {{"a", {}}, {"b", {}}};
  return StoredStates(std::move(states));
}

TEST(StoredStatesTest, LetsGoOfAStateOnceEachPartitionHasBegun) {
  Counter counter(3);
  StoredStates states = stored({"counts", "sums"});
  const plan::NamedState counts{&counter, "counts"};
  states.make_state(counts, PartitionId{2}, {});
  states.make_state(counts, PartitionId{0}, {});
  EXPECT_EQ(states.size(), 4u);
  states.make_state(counts, PartitionId{1}, {});
  EXPECT_EQ(states.size(), 2u);
  EXPECT_THAT(counter.begun, ElementsAre(Pair(2, 2), Pair(0, 2), Pair(1, 2)));
}

TEST(StoredStatesTest, WhatIsNotStoredBeginsWithoutIt) {
  Counter counter(1);
  StoredStates states = stored({"sums"});
  states.make_state({&counter, "counts"}, PartitionId{0}, {});
  EXPECT_THAT(counter.begun, ElementsAre(Pair(0, -1)));
  EXPECT_EQ(states.size(), 2u);
}

TEST(StoredStatesTest, KeepsWhatAPartitionCouldNotRead) {
  Counter counter(1);
  counter.refuses = true;
  StoredStates states = stored({"counts"});
  EXPECT_THROW(states.make_state({&counter, "counts"}, PartitionId{0}, {}), detail::TaskError);
  EXPECT_EQ(states.size(), 2u);
}

}  // namespace
}  // namespace weir::exec
