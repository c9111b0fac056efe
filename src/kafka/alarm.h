#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "net/loop.h"

namespace weir::kafka {

/// One call that several wishes share: made once the earliest moment wished for has come. Setting
/// it is cheap where an earlier wish stands. Belongs to the object it calls, on the loop's thread.
class Alarm {
 public:
  Alarm(net::Loop& loop, std::function<void()> call) : loop_(loop), call_(std::move(call)) {}

  /// Wishes to be called at `at` or before.
  void set(TimePoint at) {
    if (at_ && *at_ <= at) return;
    at_ = at;
    timer_ = loop_.call_at(at, [this] {
      at_.reset();
      const auto call = call_;  // which may destroy this alarm
      call();
    });
  }
  void set_now() { set(loop_.now()); }
  void cancel() {
    at_.reset();
    timer_.cancel();
  }

 private:
  net::Loop& loop_;
  const std::function<void()> call_;
  std::optional<TimePoint> at_;
  net::Timer timer_;
};

}  // namespace weir::kafka
