// Plays a scene of the broker's (src/broker/testing/play_stage.h) over TCP and in real time, and
// prints it with what was said.
//
//   weir_play FILE                         on an embedded broker of its own
//   weir_play --brokers HOST:PORT FILE     on a broker that runs there, set up as the play asks
//   weir_play --hasten 10 ...              with all waits, sessions and rebalances ten times as
//   short

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <regex>
#include <string>

#include "broker/testing/play_options.h"
#include "broker/testing/play_stage.h"
#include "catch_up.h"
#include "kafka/options.h"
#include "net/epoll_loop.h"
#include "weir/embedded_broker.h"

namespace weir::broker {
namespace {

using namespace std::chrono_literals;

// How long an answer that the play expects may take, and how long a broker on a busy machine may
// take to see what it does not answer.
constexpr Duration kPatience = 30s;
constexpr Duration kMoment = 250ms;

/// A broker somewhere, or one of its own, and real time.
class LiveHost final : public PlayHost {
 public:
  LiveHost(net::EpollLoop& loop, std::optional<net::Endpoint> broker, BrokerOptions options)
      : loop_(loop), broker_(std::move(broker)), options_(std::move(options)) {}

  void set_up(const PlayValue& settings) override { set_play_options(settings, options_); }

  std::unique_ptr<FrameClient> connect() override {
    if (!broker_) {
      own_ = EmbeddedBroker::start(options_).value();
      broker_ = net::Endpoint{"127.0.0.1", own_->port()};
    }
    return std::make_unique<FrameClient>(loop_, *broker_);
  }
  void wait(Duration duration) override {
    run_until([] { return false; }, duration);
  }
  void let_answer(const std::function<bool()>& all_came) override {
    run_until(all_came, kPatience);
  }
  void let_take_notice() override { wait(kMoment); }
  Result<void> settle() override {
    if (own_) return {};
    if (!catch_up_) catch_up_.emplace(loop_, *broker_);
    return catch_up_->wait(kPatience);
  }
  Result<void> settle_transactions() override {
    if (own_) return {};
    if (!catch_up_) catch_up_.emplace(loop_, *broker_);
    return catch_up_->wait_for_transactions(kPatience);
  }

 private:
  void run_until(const std::function<bool()>& done, Duration limit) {
    const TimePoint end = loop_.now() + limit;
    while (!done() && loop_.now() < end) {
      loop_.run_once(std::min<Duration>(end - loop_.now(), 10ms));
    }
  }

  net::EpollLoop& loop_;
  std::optional<net::Endpoint> broker_;
  BrokerOptions options_;
  std::unique_ptr<EmbeddedBroker> own_;
  std::optional<CatchUp> catch_up_;
};

/// Makes the play's waits and time-outs so many times as short.
std::string hastened(const std::string& play, int factor) {
  static const std::regex kTime(
      "(^|\n)(wait )(\\d+)|()(sessionTimeoutMs=|rebalanceTimeoutMs=|maxWaitMs=|delay=)(\\d+)");
  std::string result;
  auto from = play.cbegin();
  for (auto found = std::sregex_iterator(play.begin(), play.end(), kTime);
       found != std::sregex_iterator(); ++found) {
    const std::smatch& match = *found;
    const int group = match[2].matched ? 2 : 5;
    result.append(from, match[group].second);
    result += std::to_string(std::stoi(match[group + 1]) / factor);
    from = match[group + 1].second;
  }
  return result.append(from, play.cend());
}

int fail(const std::string& message) {
  std::fprintf(stderr, "weir_play: %s\n", message.c_str());
  return 1;
}

int run(const std::string& path, const std::string& brokers, int factor) {
  std::ifstream file(path);
  const std::string play(std::istreambuf_iterator<char>(file), {});
  if (play.empty()) return fail("there is nothing to play in " + path);
  std::optional<net::Endpoint> broker;
  if (!brokers.empty()) {
    auto parsed = kafka::parse_bootstrap(brokers);
    if (!parsed.ok()) return fail(parsed.error().message());
    broker = parsed->front();
  }
  const BrokerOptions options{.group_min_session_timeout = Duration(6s) / factor};
  auto loop = net::EpollLoop::create();
  if (!loop.ok()) return fail(loop.error().message());
  LiveHost host(**loop, broker, options);
  const auto played = PlayStage(host).run(hastened(play, factor));
  if (!played.ok()) return fail(played.error().message());
  std::fputs(played->c_str(), stdout);
  return 0;
}

}  // namespace
}  // namespace weir::broker

int main(int argc, char** argv) {
  CLI::App app("Plays a scene of the broker's over TCP, and prints what was said.", "weir_play");
  std::string path, brokers;
  int factor = 1;
  app.add_option("file", path, "The play")->required();
  app.add_option("--brokers", brokers, "HOST:PORT; without it, an embedded broker is started");
  app.add_option("--hasten", factor, "Make times so many times as short")
      ->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  return weir::broker::run(path, brokers, factor);
}
