#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weir/task_context.h"

namespace weir::plan {

/// A task that reads a partition of a topic and is asked for nothing else, for tests of operators.
class FakeTask final : public TaskContext {
 public:
  BatchTime batch_time() const override { return BatchTime{7}; }
  const std::vector<OffsetRange>& offset_ranges() const override { return ranges; }
  PartitionId partition() const override { return PartitionId{0}; }
  std::string_view topic() const override { return read; }
  RecordWriter& writer(OutputIndex) override { std::abort(); }
  void deliver(ExchangePort, PartitionId, std::unique_ptr<const Block>) override {}
  void count_held(std::size_t) override {}
  PartitionState& state(StateIndex) override { std::abort(); }
  void count_skipped() override {}

  std::vector<OffsetRange> ranges;
  std::string read;
};

}  // namespace weir::plan
