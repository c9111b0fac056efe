#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::stream {

/// Learns how much a batch may read so that what it moves between partitions fits into memory, and
/// so that it is committed before its transaction times out: how many bytes wait, and how much time
/// passes, for each byte that was fetched differs from pipeline to pipeline, and from hour to hour.
/// A pure machine.
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
  /// A batch of `read` bytes was not committed in time: the next one reads half of that.
  void took_too_long(std::size_t read);
  /// A batch of `read` bytes was, and took this share of the time: more may be read if that takes
  /// no more than half of it.
  void was_in_time(std::size_t read, double share);

 private:
  double target() const;
  std::size_t bytes_that_fit() const;

  std::size_t most_read_;
  std::size_t most_held_;
  double growth_ = 1;              // bytes held for each byte read
  std::size_t timely_ = SIZE_MAX;  // bytes that can be read in time
};

}  // namespace weir::stream
