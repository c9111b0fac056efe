#include "weir/embedded_broker.h"

#include <gmock/gmock.h>

namespace weir::broker {
namespace {

using testing::HasSubstr;

TEST(EmbeddedBroker, TakesAFreePortAndSaysWhich) {
  const auto broker = EmbeddedBroker::start();
  ASSERT_TRUE(broker.ok()) << broker.error().message();
  EXPECT_NE((*broker)->port(), 0);
  EXPECT_EQ((*broker)->address(), "127.0.0.1:" + std::to_string((*broker)->port()));
}

TEST(EmbeddedBroker, GivesItsPortBackWhenItStops) {
  const auto first = EmbeddedBroker::start();
  const std::uint16_t port = (*first)->port();
  (*first)->stop();
  (*first)->stop();
  const auto second = EmbeddedBroker::start({.port = port});
  EXPECT_TRUE(second.ok()) << second.error().message();
}

TEST(EmbeddedBroker, SaysWhenItsPortIsInUse) {
  const auto first = EmbeddedBroker::start();
  const auto second = EmbeddedBroker::start({.port = (*first)->port()});
  EXPECT_THAT(second.error().message(), HasSubstr(std::to_string((*first)->port())));
}

TEST(EmbeddedBroker, SaysWhenAnOptionMakesNoSense) {
  EXPECT_THAT(EmbeddedBroker::start({.default_partitions = 0}).error().message(),
              HasSubstr("default_partitions"));
}

}  // namespace
}  // namespace weir::broker
