#include "display.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace tweets {

namespace {

using namespace std::chrono_literals;

double millis(weir::Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace

Display::Display(const weir::StreamingContext& context)
    : context_(context), is_terminal_(isatty(STDOUT_FILENO) == 1) {}

Display::~Display() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Display::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Display::on_batch(const weir::BatchReport& report) {
  const std::lock_guard lock(mutex_);
  last_ = report;
}

void Display::set_extra(std::string text) {
  const std::lock_guard lock(mutex_);
  extra_ = std::move(text);
}

void Display::run(const std::stop_token& stop) {
  const auto period = is_terminal_ ? 500ms : 2000ms;
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    ended_.wait_for(lock, stop, period, [] { return false; });
    show();
  }
}

void Display::show() {
  const weir::StreamStatus now = context_.status();
  std::string text = line(now);
  before_ = now;
  if (is_terminal_) {
    // Up over what was shown last, and clear to the end of the screen.
    if (lines_shown_ > 0) std::printf("\x1b[%dF\x1b[J", lines_shown_);
    text += extra_;
    lines_shown_ = static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  } else {
    text += extra_;
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

std::string Display::line(const weir::StreamStatus& now) {
  const double seconds = is_terminal_ ? 0.5 : 2;
  const auto rate = [&](std::int64_t count, std::int64_t before) {
    return static_cast<double>(count - before) / seconds;
  };
  char text[400];
  std::snprintf(text, sizeof text,
                "batches %lld | in %.0f/s out %.0f/s | lag %lld | wait %.0f ms, work %.1f ms | "
                "not tweets %lld%s%s\n",
                static_cast<long long>(now.batches), rate(now.records_in, before_.records_in),
                rate(now.records_out, before_.records_out), static_cast<long long>(now.lag),
                millis(last_.scheduling_delay), millis(last_.processing_time),
                static_cast<long long>(now.records_skipped), now.trouble.empty() ? "" : " | ",
                now.trouble.c_str());
  return text;
}

}  // namespace tweets
