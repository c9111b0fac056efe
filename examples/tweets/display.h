#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "weir/streaming_context.h"

namespace tweets {

/// Shows how the stream goes: one line that is written over on a terminal, a line every two seconds
/// elsewhere. Shows from start() until destroyed, which must be before the context goes.
class Display {
 public:
  explicit Display(const weir::StreamingContext& context);
  ~Display();
  void start();

  /// Is told of each batch.
  void on_batch(const weir::BatchReport& report);
  /// Lines to show below the live line, such as the most used hashtags.
  void set_extra(std::string text);

 private:
  void run(const std::stop_token& stop);
  void show();
  std::string line(const weir::StreamStatus& now);

  const weir::StreamingContext& context_;
  const bool is_terminal_;
  std::mutex mutex_;
  std::condition_variable_any ended_;
  weir::BatchReport last_;
  std::string extra_;
  weir::StreamStatus before_;
  int lines_shown_ = 0;
  std::jthread thread_;
};

}  // namespace tweets
