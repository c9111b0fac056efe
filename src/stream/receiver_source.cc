#include "stream/receiver_source.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/duration_text.h"
#include "base/log.h"
#include "plan/graph.h"

namespace weir::detail {

namespace {

/// How long a receiver may take to return before the log says whom the stop waits for.
constexpr Duration kPatience = std::chrono::seconds(10);

std::string name_of(const ReceiverSource::Setup& setup) {
  return setup.options.name.empty() ? concat("receiver-", setup.number) : setup.options.name;
}

Error thrown(std::string_view what) {
  return {ErrorCode::kUserFunction, concat("on_start() threw: ", what)};
}

/// Calls user code, on the receiver's loop.
Result<void> start(AnyReceiver& receiver, const std::shared_ptr<ReceiverCore>& core) {
  if (core->must_end()) return {};
  try {
    return receiver.start(core);
  } catch (const std::exception& error) {
    return thrown(error.what());
  } catch (...) {
    return thrown("something that is no std::exception");
  }
}

}  // namespace

ReceiverSource::ReceiverSource(Setup setup)
    : QueueSource({setup.queue, name_of(setup), setup.number, false, setup.options.max_rate}),
      receiver_(std::move(setup.receiver)),
      core_(std::move(setup.core)),
      options_(std::move(setup.options)),
      number_(setup.number),
      info_{.stream = static_cast<int>(setup.number), .name = name()},
      pause_(options_.restart_delay) {}

Result<void> ReceiverSource::validate() const {
  const auto refuse = [this](auto... parts) {
    return Error(ErrorCode::kInvalidArgument, concat(name(), ": ", parts...));
  };
  if (options_.max_rate < 0) {
    return refuse(".max_rate is ", options_.max_rate,
                  "; it must be 0 (no limit) or more records a second");
  }
  if (options_.restart_delay <= Duration::zero()) return refuse(".restart_delay must be above 0");
  if (options_.longest_restart_delay < options_.restart_delay) {
    return refuse(".longest_restart_delay must not be shorter than .restart_delay");
  }
  if (options_.poll_interval < Duration::zero()) {
    return refuse(".poll_interval must be 0 (the receiver does not poll) or more");
  }
  return {};
}

void ReceiverSource::open(const plan::Site& site, plan::SourceHost& host, plan::Done opened) {
  log_ = site.log;
  ends_ = site.stop_at_end;
  loop_ = &site.aside(concat("receive-", number_));
  core().limit(options_.buffer_bytes > 0 ? options_.buffer_bytes : site.read_ahead_bytes);
  core_->attach(*site.driver, *this);
  attach(site, host);
  driver().post([this, opened = std::move(opened)] {
    opened({});
    if (!stopped_) run();
  });
}

void ReceiverSource::run() {
  running_ = true;
  set_active(true);
  core_->begin_run();
  if (troubled_) core_->shows_trouble();
  loop_->post([this] {
    auto result = std::make_shared<Result<void>>(start(*receiver_, core_));
    driver().post([this, result] { on_returned(std::move(*result)); });
  });
}

void ReceiverSource::end_run() {
  if (!running_ || core_->must_end()) return;
  core_->end_run();
  try {
    receiver_->on_stop();
  } catch (...) {
    log_.error(concat(name(), ": on_stop() threw; it must not"));
  }
}

void ReceiverSource::on_returned(Result<void> result) {
  running_ = false;
  core_->end_run();
  if (stopped_) set_active(false);
  if (closed_) return finish_close();
  if (stopped_) return;
  if (auto restart = std::exchange(restart_, std::nullopt)) return start_again(*restart);
  if (!result.ok()) return start_again({result.error().message(), std::nullopt});
  if (ends_) {
    ended_ = true;
    stop_receiving();
    host().on_change();
  } else if (options_.poll_interval > Duration::zero()) {
    on_success();
    timer_ = driver().call_after(options_.poll_interval, [this] { run(); });
  } else {
    start_again({"it has ended", std::nullopt});
  }
}

void ReceiverSource::start_again(const Restart& restart) {
  tell_error(restart.why);
  set_active(false);
  const Duration pause = restart.after ? *restart.after : take_pause();
  show(concat(restart.why, "; it is started again in ", in_words(pause)));
  timer_ = driver().call_after(pause, [this] { run(); });
}

Duration ReceiverSource::take_pause() {
  const Duration longest = options_.longest_restart_delay;
  return std::exchange(pause_, std::min(2 * std::min(pause_, longest / 2), longest));
}

void ReceiverSource::show(const std::string& what) {
  troubled_ = true;
  host().on_trouble(concat(name(), ": ", what));
}

void ReceiverSource::tell_error(const std::string& what) {
  info_.last_error = what;
  info_.last_error_time = driver().clock().wall();
  host().on_receiver(ReceiverChange::kFailed, info_);
}

/// Between the runs of one that polls it is active too.
void ReceiverSource::set_active(bool active) {
  if (std::exchange(info_.active, active) == active) return;
  host().on_receiver(active ? ReceiverChange::kStarted : ReceiverChange::kStopped, info_);
}

void ReceiverSource::on_error(const std::string& what) {
  tell_error(what);
  show(what);
  core_->shows_trouble();
}

void ReceiverSource::on_success() {
  pause_ = options_.restart_delay;
  if (std::exchange(troubled_, false)) host().on_trouble("");
}

void ReceiverSource::on_restart(const std::string& why, std::optional<Duration> after) {
  if (!running_ || stopped_) return;
  if (!restart_) restart_ = Restart{why, after};
  end_run();
}

void ReceiverSource::stop_receiving() {
  if (std::exchange(stopped_, true)) return;
  timer_.cancel();
  core().refuse();
  end_run();
  if (!running_) set_active(false);
}

void ReceiverSource::close(plan::Done closed) {
  closed_ = std::move(closed);
  stop_receiving();
  end_run();
  if (!running_) return finish_close();
  timer_ = driver().call_after(kPatience, [this] {
    log_.warning(concat(name(), ": on_start() has not returned ", in_words(kPatience),
                        " after on_stop(); the stream's stop waits for it"));
  });
}

void ReceiverSource::finish_close() {
  timer_.cancel();
  core_->detach();
  QueueSource::close(std::exchange(closed_, nullptr));
}

plan::Node* append_receiver_source(Pipeline& pipeline, std::unique_ptr<AnyReceiver> receiver,
                                   ReceiverOptions options) {
  auto queue = std::make_shared<QueueCore>();
  ReceiverSource::Setup setup;
  setup.receiver = std::move(receiver);
  setup.core = std::make_shared<ReceiverCore>(queue);
  setup.queue = std::move(queue);
  setup.options = std::move(options);
  setup.number = pipeline.graph().sources().size();
  return append_source(pipeline, std::make_unique<ReceiverSource>(std::move(setup)));
}

}  // namespace weir::detail
