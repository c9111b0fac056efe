#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>

#include "weir/listener.h"

namespace weir {

/// A listener that says, after each batch, how the delays of the last ones are distributed:
///
///   total delay of 10 batches: 12 ms min, 13 ms 25 %, 15 ms median, 18 ms 75 %, 40 ms max
///   processing time of 10 batches: 11 ms min, ...
///
/// Failed batches do not count.
class DelayReport : public Listener {
 public:
  using Print = std::function<void(const std::string& line)>;
  /// Prints lines to standard output unless `print` is given.
  explicit DelayReport(std::size_t batches = 10, Print print = nullptr);

  void on_batch_completed(const BatchInfo& batch) override;

 private:
  const std::size_t batches_;
  const Print print_;
  std::deque<Duration> total_;
  std::deque<Duration> processing_;
};

}  // namespace weir
