#include <gmock/gmock.h>

#include <random>

#include "broker/broker.h"
#include "broker/testing/test_batch.h"
#include "broker/testing/test_client.h"
#include "wire/messages/all.h"
#include "wire/random_message.h"

namespace weir::broker {
namespace {

/// Makes a random message more likely to mean something: names that exist, small numbers, batches.
class SenseVisitor {
 public:
  SenseVisitor(std::mt19937& random, std::string_view member, std::string_view batch)
      : random_(random), member_(member), batch_(batch) {}

  template <class Field>
  void operator()(const std::string_view name, Field& field, wire::Versions = {},
                  wire::Versions = {}) {
    if constexpr (requires { field.has_value(); }) {
      if (field.has_value()) set(name, *field);
    } else {
      set(name, field);
    }
  }
  template <class Field>
  void tagged(std::uint32_t, const char*, Field&, wire::Versions,
              const std::type_identity_t<Field>& = {}) {}

 private:
  bool chance(std::uint32_t one_in) { return random_() % one_in == 0; }

  void set(std::string_view name, std::string_view& text) {
    if (chance(4)) return;
    text = name.find("ember") != std::string_view::npos     ? (chance(2) ? member_ : "")
           : name.find("roup") != std::string_view::npos    ? "g"
           : name.find("rotocol") != std::string_view::npos ? "consumer"
                                                            : "t";
  }
  template <std::integral Int>
  void set(std::string_view name, Int& number) {
    if (chance(4)) return;
    const bool is_session = name == "sessionTimeoutMs";
    number = static_cast<Int>(is_session ? 6000 + random_() % 10'000 : random_() % 4);
  }
  void set(std::string_view, bool&) {}
  void set(std::string_view, wire::Bytes&) {}
  void set(std::string_view, wire::Uuid&) {}
  void set(std::string_view, wire::Records& records) {
    if (!chance(4)) records.view = batch_;
  }
  template <class Element>
  void set(std::string_view name, std::vector<Element>& elements) {
    for (Element& element : elements) (*this)(name, element);
  }
  template <class Struct>
    requires requires(Struct& s, SenseVisitor& v) { Struct::describe(s, v); }
  void set(std::string_view, Struct& field) {
    Struct::describe(field, *this);
  }

  std::mt19937& random_;
  std::string_view member_;
  std::string_view batch_;
};

class RandomRequests : public testing::TestWithParam<std::uint32_t> {
 protected:
  RandomRequests() : random(GetParam()) {
    BrokerOptions options{.topics = {{"t", 3}}, .seed = 1};
    options.group_min_session_timeout = std::chrono::milliseconds(1);
    options.retention_bytes = 256_KiB;
    broker.emplace(network.loop("broker"), options, Log(LogLevel::kError, nullptr));
    EXPECT_TRUE(broker->start().ok());
  }

  /// Sends one request of each kind, over a new connection where the last one was closed.
  void send_one_of_each() {
    wire::for_each_request([&]<class Request>() {
      const auto [first, last] = Request::kSchema.versions;
      const auto version = static_cast<std::int16_t>(
          first +
          static_cast<std::int16_t>(random() % static_cast<std::uint32_t>(last - first + 1)));
      Request request;
      wire::RandomVisitor fill(version, static_cast<std::uint32_t>(random()));
      Request::describe(request, fill);
      SenseVisitor sense(random, member, batch);
      Request::describe(request, sense);
      TestClient& client = some_client();
      const std::int32_t id = client.send(request, version);
      network.run_for(std::chrono::milliseconds(random() % 20));
      if constexpr (std::is_same_v<Request, wire::JoinGroupRequest>) {
        if (!client.has_answer(id)) return;
        const auto answer = client.await<wire::JoinGroupResponse>(id, version);
        if (!answer.member_id.empty()) member = answer.member_id;
      }
    });
  }

  TestClient& some_client() {
    auto& client = clients[random() % clients.size()];
    if (!client || client->closed || random() % 20 == 0) {
      client = std::make_unique<TestClient>(network, broker->port());
    }
    return *client;
  }

  std::mt19937 random;
  net::SimNetwork network{1};
  std::optional<Broker> broker;
  std::array<std::unique_ptr<TestClient>, 4> clients;
  std::string member;
  const std::string batch = encode({.values = {std::string(3000, 'x')}});
};

TEST_P(RandomRequests, LeaveABrokerThatServes) {
  for (int round = 0; round < 100; ++round) send_one_of_each();
  TestClient client(network, broker->port());
  wire::MetadataRequest all;
  EXPECT_FALSE(client.call(all).brokers.empty());
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomRequests, testing::Range(0u, 8u));

}  // namespace
}  // namespace weir::broker
