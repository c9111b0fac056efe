#include "weir/delay_report.h"

#include <algorithm>
#include <iostream>
#include <utility>
#include <vector>

#include "base/log.h"

namespace weir {

namespace {

void print_to_output(const std::string& line) { std::cout << line << std::endl; }

/// The least of `sorted` that so much of a hundred is not above.
Duration percentile(const std::vector<Duration>& sorted, std::size_t percent) {
  return sorted[(sorted.size() - 1) * percent / 100];
}

std::string distribution(std::string_view what, const std::deque<Duration>& delays) {
  std::vector<Duration> sorted(delays.begin(), delays.end());
  std::sort(sorted.begin(), sorted.end());
  const auto millis = [&](std::size_t percent) {
    return percentile(sorted, percent) / std::chrono::milliseconds(1);
  };
  return concat(what, " of ", sorted.size(), " batches: ", millis(0), " ms min, ", millis(25),
                " ms 25 %, ", millis(50), " ms median, ", millis(75), " ms 75 %, ", millis(100),
                " ms max");
}

}  // namespace

DelayReport::DelayReport(std::size_t batches, Print print)
    : batches_(std::max<std::size_t>(1, batches)),
      print_(print ? std::move(print) : print_to_output) {}

void DelayReport::on_batch_completed(const BatchInfo& batch) {
  if (batch.failure || !batch.total_delay()) return;
  total_.push_back(*batch.total_delay());
  processing_.push_back(*batch.processing_delay);
  if (total_.size() > batches_) {
    total_.pop_front();
    processing_.pop_front();
  }
  print_(distribution("total delay", total_));
  print_(distribution("processing time", processing_));
}

}  // namespace weir
