#include "net/epoll_loop.h"

#include <gmock/gmock.h>

#include <thread>

#include "net/net_testing.h"

namespace weir::net {
namespace {

using testing::HasSubstr;

TEST(EpollLoop, RunsCallsPostedFromOtherThreadsUntilItIsStopped) {
  const auto loop = std::move(EpollLoop::create()).value();
  int sum = 0;
  std::stop_source stop;
  std::jthread poster([&] {
    for (int i = 1; i <= 1000; ++i) loop->post([&sum, i] { sum += i; });
    loop->post([&] { stop.request_stop(); });
  });
  loop->run(stop.get_token());
  EXPECT_EQ(sum, 500500);
}

TEST(EpollLoop, ReturnsFromRunWhenAnotherThreadAsksForIt) {
  const auto loop = std::move(EpollLoop::create()).value();
  std::jthread runner([&](std::stop_token stop) { loop->run(std::move(stop)); });
  runner.request_stop();
  runner.join();
  EXPECT_FALSE(runner.joinable());
}

TEST(EpollLoop, SaysThatAHostNameIsUnknown) {
  const auto loop = std::move(EpollLoop::create()).value();
  RecordingPeer client;
  const std::string too_long_for_any_name(300, 'x');
  client.socket = loop->connect({too_long_for_any_name, 9092}, client);
  while (client.closed.empty()) loop->run_once(std::chrono::seconds(1));
  EXPECT_THAT(client.closed.front(), HasSubstr("cannot resolve host \"xxx"));
}

TEST(EpollLoop, MayBeDestroyedWhileANameIsLookedUp) {
  auto loop = std::move(EpollLoop::create()).value();
  RecordingPeer client;
  client.socket = loop->connect({"localhost", 9092}, client);
  client.socket.reset();
  loop.reset();
  EXPECT_TRUE(client.closed.empty());
}

}  // namespace
}  // namespace weir::net
