#include "net/loop.h"

#include <gmock/gmock.h>

#include "net/epoll_loop.h"
#include "net/net_testing.h"
#include "net/sim_network.h"

namespace weir::net {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

/// A real loop that serves as both client's and server's.
class RealNet {
 public:
  Loop& client() { return *loop_; }
  Loop& server() { return *loop_; }
  bool run_until(const std::function<bool()>& done) {
    const TimePoint limit = loop_->now() + 20s;
    while (!done() && loop_->now() < limit) loop_->run_once(100ms);
    return done();
  }

 private:
  std::unique_ptr<EpollLoop> loop_ = std::move(EpollLoop::create()).value();
};

/// Two simulated loops.
class SimulatedNet {
 public:
  Loop& client() { return network_.loop("client"); }
  Loop& server() { return network_.loop("server"); }
  bool run_until(const std::function<bool()>& done) { return network_.run_until(done); }

 private:
  SimNetwork network_{7};
};

/// What is promised of every loop, for the real and the simulated one.
template <class Net>
class LoopTest : public testing::Test {
 protected:
  std::unique_ptr<Listener> listen() {
    return std::move(net_.server().listen({"127.0.0.1", 0}, server_)).value();
  }
  void connect(RecordingPeer& peer, const Listener& listener, std::string host = "127.0.0.1") {
    peer.socket = net_.client().connect({std::move(host), listener.port()}, peer);
  }
  /// Connects, and waits until the server has its end.
  RecordingPeer& connect_and_wait(RecordingPeer& peer, const Listener& listener) {
    connect(peer, listener);
    EXPECT_TRUE(net_.run_until([&] { return peer.connected && !server_.peers.empty(); }));
    return *server_.peers.back();
  }

  Net net_;
  RecordingServer server_;
};

using Nets = testing::Types<RealNet, SimulatedNet>;
TYPED_TEST_SUITE(LoopTest, Nets);

TYPED_TEST(LoopTest, CarriesBytesBothWays) {
  const auto listener = this->listen();
  RecordingPeer client;
  RecordingPeer& server = this->connect_and_wait(client, *listener);
  client.write("question");
  server.write("answer");
  EXPECT_TRUE(this->net_.run_until(
      [&] { return server.received == "question" && client.received == "answer"; }));
}

TYPED_TEST(LoopTest, ConnectsToANameToo) {
  const auto listener = this->listen();
  RecordingPeer client;
  this->connect(client, *listener, "localhost");
  EXPECT_TRUE(this->net_.run_until([&] { return client.connected; }));
}

TYPED_TEST(LoopTest, DeliversWhatWasSentBeforeTheClientKnewItWasConnected) {
  this->server_.greeting = "hello";
  const auto listener = this->listen();
  RecordingPeer client;
  this->connect(client, *listener);
  EXPECT_TRUE(this->net_.run_until([&] { return client.received == "hello"; }));
  EXPECT_TRUE(client.connected);
}

TYPED_TEST(LoopTest, CarriesMoreThanTheNetworkHoldsOnceTheReaderReads) {
  const auto listener = this->listen();
  RecordingPeer client;
  RecordingPeer& server = this->connect_and_wait(client, *listener);
  server.reading = false;
  std::string much;
  for (int i = 0; much.size() < 20'000'000; ++i) much += std::to_string(i);
  client.write(much);
  ASSERT_FALSE(client.all_sent());
  server.reading = true;
  server.on_readable();
  EXPECT_TRUE(this->net_.run_until([&] { return server.received.size() == much.size(); }));
  EXPECT_TRUE(server.received == much);
}

TYPED_TEST(LoopTest, DeliversWhatIsExpectedThoughTheNetworkHoldsLess) {
  const auto listener = this->listen();
  RecordingPeer client;
  RecordingPeer& server = this->connect_and_wait(client, *listener);
  const std::string much(20'000'000, 'x');
  server.socket->expect(much.size());
  client.write(much);
  EXPECT_TRUE(this->net_.run_until([&] { return server.received.size() == much.size(); }));
  server.socket->expect(1);
  client.write("y");
  EXPECT_TRUE(this->net_.run_until([&] { return server.received.ends_with('y'); }));
}

TYPED_TEST(LoopTest, DeliversTheEndThoughMoreWasExpected) {
  const auto listener = this->listen();
  RecordingPeer client;
  RecordingPeer& server = this->connect_and_wait(client, *listener);
  client.socket->expect(1'000'000);
  server.write("last words");
  server.socket.reset();
  EXPECT_TRUE(this->net_.run_until([&] { return !client.closed.empty(); }));
  EXPECT_EQ(client.received, "last words");
}

TYPED_TEST(LoopTest, TellsARefusedConnectionWithItsAddress) {
  const std::uint16_t port = this->listen()->port();
  RecordingPeer client;
  client.socket = this->net_.client().connect({"127.0.0.1", port}, client);
  EXPECT_TRUE(this->net_.run_until([&] { return !client.closed.empty(); }));
  EXPECT_THAT(client.closed, ElementsAre(HasSubstr("cannot connect to 127.0.0.1:" +
                                                   std::to_string(port) + ": Connection refused")));
  EXPECT_FALSE(client.connected);
}

TYPED_TEST(LoopTest, DeliversAllBytesBeforeItTellsThatThePeerClosed) {
  const auto listener = this->listen();
  RecordingPeer client;
  RecordingPeer& server = this->connect_and_wait(client, *listener);
  server.write("last words");
  ASSERT_TRUE(server.all_sent());
  server.socket.reset();
  EXPECT_TRUE(this->net_.run_until([&] { return !client.closed.empty(); }));
  EXPECT_EQ(client.received, "last words");
  EXPECT_THAT(client.closed, ElementsAre(HasSubstr("closed by the other side")));
}

TYPED_TEST(LoopTest, KeepsUnreadBytesOfAClosedPeerForALateReader) {
  const auto listener = this->listen();
  RecordingPeer client;
  RecordingPeer& server = this->connect_and_wait(client, *listener);
  client.reading = false;
  server.write("late");
  server.socket.reset();
  bool waited = false;
  const Timer timer = this->net_.client().call_after(20ms, [&] { waited = true; });
  ASSERT_TRUE(this->net_.run_until([&] { return waited; }));
  EXPECT_THAT(client.closed, ElementsAre());
  client.reading = true;
  client.on_readable();
  EXPECT_EQ(client.received, "late");
  EXPECT_TRUE(this->net_.run_until([&] { return !client.closed.empty(); }));
}

TYPED_TEST(LoopTest, LetsAHandlerDestroyItsSocketWhileItReads) {
  const auto listener = this->listen();
  RecordingPeer client;
  RecordingPeer& server = this->connect_and_wait(client, *listener);
  client.close_after = 1;
  server.write("goodbye");
  EXPECT_TRUE(this->net_.run_until([&] { return !server.closed.empty(); }));
  EXPECT_THAT(client.closed, ElementsAre());
}

TYPED_TEST(LoopTest, LetsASocketGoBeforeItIsConnected) {
  const auto listener = this->listen();
  RecordingPeer gone;
  RecordingPeer stays;
  for (const char* host : {"127.0.0.1", "localhost"}) {
    this->connect(gone, *listener, host);
    gone.socket.reset();
  }
  this->connect(stays, *listener);
  EXPECT_TRUE(this->net_.run_until([&] { return stays.connected; }));
  EXPECT_FALSE(gone.connected);
  EXPECT_THAT(gone.closed, ElementsAre());
}

TYPED_TEST(LoopTest, ClosesAConnectionThatNobodyAdopts) {
  this->server_.refuse = true;
  const auto listener = this->listen();
  RecordingPeer client;
  this->connect(client, *listener);
  EXPECT_TRUE(this->net_.run_until([&] { return !client.closed.empty(); }));
}

TYPED_TEST(LoopTest, RefusesAPortInUseWithASentence) {
  const auto listener = this->listen();
  const auto again = this->net_.server().listen({"127.0.0.1", listener->port()}, this->server_);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code(), ErrorCode::kAlreadyExists);
  EXPECT_THAT(again.error().message(), HasSubstr("the port is in use; choose another"));
}

TYPED_TEST(LoopTest, AcceptsNothingMoreOnceTheListenerIsGone) {
  auto listener = this->listen();
  const std::uint16_t port = listener->port();
  listener.reset();
  RecordingPeer client;
  client.socket = this->net_.client().connect({"127.0.0.1", port}, client);
  EXPECT_TRUE(this->net_.run_until([&] { return !client.closed.empty(); }));
  EXPECT_EQ(this->server_.accepts, 0);
}

TYPED_TEST(LoopTest, RunsTimersInOrderAndNotBeforeTheirTime) {
  Loop& loop = this->net_.client();
  const TimePoint start = loop.now();
  std::vector<std::string> log;
  const Timer later = loop.call_after(3ms, [&] { log.push_back("later"); });
  const Timer sooner = loop.call_after(1ms, [&] { log.push_back("sooner"); });
  Timer cancelled = loop.call_after(2ms, [&] { log.push_back("cancelled"); });
  cancelled.cancel();
  EXPECT_TRUE(this->net_.run_until([&] { return log.size() == 2; }));
  EXPECT_THAT(log, ElementsAre("sooner", "later"));
  EXPECT_GE(loop.now() - start, 3ms);
}

TYPED_TEST(LoopTest, LetsATimerReplaceItselfWhenItRuns) {
  Loop& loop = this->net_.client();
  int ticks = 0;
  Timer timer;
  std::function<void()> tick = [&] {
    if (++ticks < 3) timer = loop.call_after(100us, tick);
  };
  timer = loop.call_after(100us, tick);
  EXPECT_TRUE(this->net_.run_until([&] { return ticks == 3; }));
}

TYPED_TEST(LoopTest, RunsPostedCallsInTheirOrder) {
  std::vector<int> log;
  for (int i = 0; i < 3; ++i) this->net_.client().post([&log, i] { log.push_back(i); });
  EXPECT_TRUE(this->net_.run_until([&] { return log.size() == 3; }));
  EXPECT_THAT(log, ElementsAre(0, 1, 2));
}

}  // namespace
}  // namespace weir::net
