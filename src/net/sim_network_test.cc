#include "net/sim_network.h"

#include <gmock/gmock.h>

#include "base/log.h"
#include "net/net_testing.h"

namespace weir::net {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

/// A client and a server on one simulated network.
struct World {
  explicit World(std::uint64_t seed, SimOptions options = {}) : network(seed, options) {
    listener = std::move(network.loop("broker").listen({"", 9092}, server)).value();
    client.socket = network.loop("client").connect({"broker", 9092}, client);
  }
  bool connected() {
    return network.run_until([&] { return client.connected && !server.peers.empty(); });
  }

  SimNetwork network;
  RecordingServer server;
  RecordingPeer client;
  std::unique_ptr<Listener> listener;
};

/// The times at which a message of some size arrived piece by piece.
std::string trace_of(std::uint64_t seed) {
  World world(seed);
  world.client.write(std::string(100'000, 'x'));
  std::string trace;
  std::size_t seen = 0;
  while (seen < 100'000 && world.network.step()) {
    if (world.server.peers.empty() || world.server.peers[0]->received.size() == seen) continue;
    seen = world.server.peers[0]->received.size();
    trace += concat(seen, "@", world.network.clock().now().time_since_epoch().count(), " ");
  }
  return trace;
}

TEST(SimNetwork, RunsTheSameOnTheSameSeedOnly) {
  EXPECT_EQ(trace_of(1), trace_of(1));
  EXPECT_NE(trace_of(1), trace_of(2));
}

TEST(SimNetwork, MovesTheClockToWhatIsDueNext) {
  SimNetwork network(1);
  bool rang = false;
  const Timer timer = network.loop("a").call_after(24h, [&] { rang = true; });
  const WallTime before = network.clock().wall();
  EXPECT_TRUE(network.run_until([&] { return rang; }, 25h));
  EXPECT_EQ(network.clock().now().time_since_epoch(), 24h);
  EXPECT_EQ(network.clock().wall().millis - before.millis, 24 * 3600 * 1000);
}

TEST(SimNetwork, LetsTheWallClockJumpAndTimersAlone) {
  SimNetwork network(1);
  bool rang = false;
  const Timer timer = network.loop("a").call_after(10s, [&] { rang = true; });
  const WallTime before = network.clock().wall();
  network.jump_wall_clock(-1h);
  EXPECT_EQ(network.clock().wall().millis - before.millis, -3600 * 1000);
  EXPECT_FALSE(network.run_until([&] { return rang; }, 9s));
  EXPECT_TRUE(network.run_until([&] { return rang; }, 1s));
}

TEST(SimNetwork, GivesUpAtTheLimitOfVirtualTime) {
  SimNetwork network(1);
  EXPECT_FALSE(network.run_until([] { return false; }, 5s));
  EXPECT_EQ(network.clock().now().time_since_epoch(), 5s);
  EXPECT_FALSE(network.step());
}

TEST(SimNetwork, BreaksTheConnectionsOfALoopOnDemand) {
  World world(3);
  ASSERT_TRUE(world.connected());
  world.network.break_connections("broker");
  world.network.run_for(1s);
  EXPECT_THAT(world.client.closed, ElementsAre(HasSubstr("connection to broker:9092 broke")));
  EXPECT_EQ(world.server.peers[0]->closed.size(), 1u);
}

TEST(SimNetwork, LetsNothingHappenOnALoopWhoseProcessDied) {
  World world(3);
  ASSERT_TRUE(world.connected());
  bool called = false;
  Loop& loop = world.network.loop("client");
  const Timer timer = loop.call_after(1s, [&] { called = true; });
  loop.post([&] { called = true; });
  world.server.peers[0]->write("late");
  world.network.kill("client");
  world.network.run_for(10s);
  EXPECT_FALSE(called);
  EXPECT_EQ(world.client.received, "");
  EXPECT_THAT(world.client.closed, ElementsAre());
  EXPECT_THAT(world.server.peers[0]->closed, ElementsAre(HasSubstr("closed by the other side")));
}

TEST(SimNetwork, LetsAnotherProcessUseTheLoopOfADeadOne) {
  World world(3);
  ASSERT_TRUE(world.connected());
  world.network.kill("client");
  world.client.socket.reset();
  RecordingPeer next;
  next.socket = world.network.loop("client").connect({"broker", 9092}, next);
  EXPECT_TRUE(world.network.run_until([&] { return next.connected; }));
}

TEST(SimNetwork, BreaksConnectionsByChance) {
  World world(3, {.break_one_in = 10});
  world.client.write(std::string(10'000'000, 'x'));
  EXPECT_TRUE(world.network.run_until([&] { return !world.client.closed.empty(); }));
}

TEST(SimNetwork, HoldsBackWhatASilentLoopSendsAndIsSent) {
  World world(3);
  ASSERT_TRUE(world.connected());
  world.network.set_silent("broker", true);
  world.client.write("to");
  world.server.peers[0]->write("from");
  world.network.run_for(10s);
  EXPECT_EQ(world.client.received + world.server.peers[0]->received, "");
  world.network.set_silent("broker", false);
  world.network.run_for(1s);
  EXPECT_EQ(world.client.received, "from");
  EXPECT_EQ(world.server.peers[0]->received, "to");
}

TEST(SimNetwork, LeavesAConnectionToASilentLoopUnanswered) {
  World world(3);
  world.network.set_silent("broker", true);
  world.network.run_for(10s);
  EXPECT_FALSE(world.client.connected);
  EXPECT_THAT(world.client.closed, ElementsAre());
}

}  // namespace
}  // namespace weir::net
