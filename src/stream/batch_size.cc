#include "stream/batch_size.h"

#include <algorithm>

namespace weir::stream {

namespace {
// Batches are planned to fill this part of the memory, because they are not all alike.
constexpr double kFill = 0.75;
// How fast a larger growth is forgotten, batch by batch.
constexpr double kForget = 0.875;
constexpr double kLeastGrowth = 0.01;
// After a batch that took too long, the next ones grow by this factor at most, to this share of the
// time.
constexpr double kFasterAtMost = 2;
constexpr double kShareOfTime = 0.5;
}  // namespace

double BatchSize::target() const { return kFill * static_cast<double>(most_held_); }

std::size_t BatchSize::bytes() const { return std::min(bytes_that_fit(), timely_); }

std::size_t BatchSize::bytes_that_fit() const {
  const double fits = target() / growth_;
  if (fits >= static_cast<double>(most_read_)) return most_read_;
  return std::max<std::size_t>(1, static_cast<std::size_t>(fits));
}

void BatchSize::fitted(std::size_t read, std::size_t held) {
  if (read == 0) return;
  const double growth = static_cast<double>(held) / static_cast<double>(read);
  growth_ = std::max({growth, growth_ * kForget, kLeastGrowth});
}

void BatchSize::overran(std::size_t read) {
  const double half = std::max(1.0, static_cast<double>(read) / 2);
  growth_ = std::max(growth_, target() / half);
}

void BatchSize::took_too_long(std::size_t read) {
  timely_ = std::min(timely_, std::max<std::size_t>(1, read / 2));
}

void BatchSize::was_in_time(std::size_t read, double share) {
  if (timely_ == SIZE_MAX) return;
  const double factor =
      share * kFasterAtMost <= kShareOfTime ? kFasterAtMost : kShareOfTime / share;
  const double next = static_cast<double>(read) * factor;
  if (next >= static_cast<double>(most_read_)) {
    timely_ = SIZE_MAX;
  } else {
    timely_ = std::max(timely_, static_cast<std::size_t>(next));
  }
}

}  // namespace weir::stream
