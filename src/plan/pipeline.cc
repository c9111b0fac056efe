#include "weir/pipeline.h"

#include "base/log.h"
#include "plan/graph.h"
#include "weir/partitioner.h"
#include "weir/task_error.h"
#include "wire/murmur2.h"

namespace weir {

Pipeline::Pipeline() : graph_(std::make_unique<plan::Graph>()) {}
Pipeline::~Pipeline() = default;
Pipeline::Pipeline(Pipeline&&) noexcept = default;
Pipeline& Pipeline::operator=(Pipeline&&) noexcept = default;

std::shared_ptr<detail::AccumulatorCell> Pipeline::accumulator_cell(std::string_view name,
                                                                    bool is_integer) {
  for (const auto& cell : accumulators_) {
    if (cell->name != name) continue;
    if (cell->is_integer != is_integer) {
      graph_->add_mistake(Error(
          ErrorCode::kInvalidArgument,
          concat("accumulator \"", name,
                 "\" is asked for as an integer and as a double; use one type or two names")));
    }
    return cell;
  }
  auto cell = std::make_shared<detail::AccumulatorCell>();
  cell->name = name;
  cell->is_integer = is_integer;
  accumulators_.push_back(cell);
  return cell;
}

namespace detail {

std::int32_t key_partition(std::string_view key, std::int32_t partitions) {
  return wire::key_partition(key, partitions);
}

void refuse_partition(std::int32_t partition, std::int32_t partitions) {
  throw TaskError(Error(ErrorCode::kInvalidArgument,
                        concat("a partitioner put a key into partition ", partition, " of ",
                               partitions, "; they are counted from 0")));
}

}  // namespace detail
}  // namespace weir
