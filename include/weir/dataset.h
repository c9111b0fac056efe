#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "weir/types.h"

namespace weir {

/// What one batch of a stream holds, in memory: handed to for_each_batch(). Records are in the
/// order of their partitions, and within a partition in the order they were read. Valid during the
/// call.
template <class T>
class Dataset {
 public:
  Dataset(BatchTime time, const std::vector<OffsetRange>& ranges, std::vector<T> records)
      : time_(time), ranges_(ranges), records_(std::move(records)) {}

  BatchTime time() const { return time_; }
  /// The batch's input: all sources and partitions, empty ranges left out.
  const std::vector<OffsetRange>& offset_ranges() const { return ranges_; }

  std::size_t size() const { return records_.size(); }
  bool empty() const { return records_.empty(); }
  auto begin() const { return records_.begin(); }
  auto end() const { return records_.end(); }
  const std::vector<T>& records() const { return records_; }

 private:
  BatchTime time_;
  const std::vector<OffsetRange>& ranges_;
  std::vector<T> records_;
};

}  // namespace weir
