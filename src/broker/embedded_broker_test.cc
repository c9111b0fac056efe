#include "weir/embedded_broker.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "broker/testing/frame_client.h"
#include "broker/testing/test_batch.h"
#include "net/epoll_loop.h"
#include "wire/messages/all.h"

namespace weir::broker {
namespace {

using testing::HasSubstr;

constexpr std::int16_t kProduceByName = 9;

/// Returns the answer of a broker at `port`, over TCP.
template <class Request>
typename Request::Response answer_of(std::uint16_t port, const Request& request,
                                     std::int16_t version) {
  const auto loop = net::EpollLoop::create().value();
  FrameClient client(*loop, {"127.0.0.1", port});
  const std::int32_t id = client.send(request, version);
  while (!client.has_answer(id) && !client.closed) loop->run_once(std::chrono::seconds(1));
  if (!client.has_answer(id)) return {};
  const Buffer frame = client.take_answer(id);
  return wire::read_response<typename Request::Response>(frame.view(), version, id).value();
}

std::int64_t end_of_log(std::uint16_t port) {
  wire::ListOffsetsRequest request;
  request.replica_id = -1;
  request.topics.push_back({"t", {{0, -1, -1}}});
  return answer_of(port, request, 7).topics.at(0).partitions.at(0).offset;
}

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

TEST(EmbeddedBroker, GoesOnWithWhatItsDirectoryHolds) {
  const std::string data = testing::TempDir() + "weir-embedded-broker";
  std::filesystem::remove_all(data);
  const auto first = EmbeddedBroker::start({.topics = {{"t", 2}}, .data = data}).value();
  wire::ProduceRequest produce;
  produce.acks = -1;
  produce.topic_data.emplace_back().name = "t";
  const std::string batch = encode({.values = {"a", "b"}});
  produce.topic_data[0].partition_data.push_back({0, {batch}});
  const auto written = answer_of(first->port(), produce, kProduceByName);
  EXPECT_EQ(written.responses.at(0).partition_responses.at(0).error_code, 0);
  EXPECT_THAT(EmbeddedBroker::start({.data = data}).error().message(), HasSubstr(data))
      << "it is in use";
  first->stop();
  const auto second = EmbeddedBroker::start({.data = data}).value();
  EXPECT_EQ(end_of_log(second->port()), 2);
  second->stop();
  std::filesystem::remove_all(data);
}

TEST(EmbeddedBroker, SaysWhenAnOptionMakesNoSense) {
  EXPECT_THAT(EmbeddedBroker::start({.default_partitions = 0}).error().message(),
              HasSubstr("default_partitions"));
}

}  // namespace
}  // namespace weir::broker
