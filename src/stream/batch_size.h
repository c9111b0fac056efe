#pragma once

#include <cstddef>

namespace weir::stream {

/// Learns how much a batch may read so that what it moves between partitions fits into memory: how
/// many bytes wait there for each byte that was fetched differs from pipeline to pipeline, and from
/// hour to hour. A pure machine.
class BatchSize {
 public:
  /// `most_read` bounds what a batch reads, `most_held` what it may hold of that at once.
  BatchSize(std::size_t most_read, std::size_t most_held)
      : most_read_(most_read), most_held_(most_held) {}

  /// How many bytes the next batch may read.
  std::size_t bytes() const;
  /// A batch of `read` bytes held `held` at most: larger growth counts at once, smaller slowly.
  void fitted(std::size_t read, std::size_t held);
  /// A batch of `read` bytes did not fit: the next one reads half of that.
  void overran(std::size_t read);

 private:
  double target() const;

  std::size_t most_read_;
  std::size_t most_held_;
  double growth_ = 1;  // bytes held for each byte read
};

}  // namespace weir::stream
