#include "kafka/options.h"

#include <gmock/gmock.h>

#include "net/sim_network.h"

namespace weir::kafka {
namespace {

using net::Endpoint;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(ParseBootstrap, ReadsHostsPortsAndDefaults) {
  EXPECT_THAT(parse_bootstrap("localhost:19092, kafka-2,[::1]:9,[::2]").value(),
              ElementsAre(Endpoint{"localhost", 19092}, Endpoint{"kafka-2", 9092},
                          Endpoint{"::1", 9}, Endpoint{"::2", 9092}));
}

TEST(ParseBootstrap, SaysWhichPartIsNoAddress) {
  for (const char* bad : {"", "a,,b", "host:", "host:0", "host:70000", "host:9x", "::1", "[::1",
                          "[::1]9092", "kafka://host:9092", "ho st:1"}) {
    const auto parsed = parse_bootstrap(bad);
    ASSERT_FALSE(parsed.ok()) << bad;
    EXPECT_THAT(parsed.error().message(), HasSubstr("is no address of a Kafka broker; write"));
  }
}

TEST(ClientOptions, DifferInJitterFromMomentToMomentAndFromPartToPart) {
  net::SimNetwork network(1);
  const ClientOptions one = client_options("a:1", "me", network.clock()).value();
  network.run_for(std::chrono::nanoseconds(1));
  const ClientOptions other = client_options("a:1", "me", network.clock()).value();
  EXPECT_THAT(one.bootstrap, ElementsAre(Endpoint{"a", 1}));
  EXPECT_EQ(one.client_id, "me");
  EXPECT_NE(one.seed, other.seed);
  EXPECT_NE(for_part(one, 0).seed, for_part(one, 1).seed);
  EXPECT_NE(for_part(one, 0).seed, one.seed);
  EXPECT_FALSE(client_options("a:b", "me", network.clock()).ok());
}

}  // namespace
}  // namespace weir::kafka
