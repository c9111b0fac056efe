// What tools are told of transactions, and refused.
#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <vector>

#include "broker/broker.h"
#include "broker/testing/test_client.h"
#include "wire/error_codes.h"
#include "wire/messages/all.h"

namespace weir::broker {
namespace {

namespace code = wire::kafka_code;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int8_t kUpgrade = 1;
constexpr std::int8_t kDowngrade = 2;

class TransactionAdmin : public testing::Test {
 protected:
  TransactionAdmin() {
    EXPECT_TRUE(broker.start().ok());
    client.emplace(network, broker.port());
  }

  wire::UpdateFeaturesResponse update(std::string_view feature, std::int16_t version,
                                      std::int8_t type, bool validate_only = false) {
    wire::UpdateFeaturesRequest request;
    request.feature_updates.push_back({feature, version, false, type});
    request.validate_only = validate_only;
    return client->call(request);
  }
  void create(std::string_view topic) {
    wire::CreateTopicsRequest request;
    request.topics.push_back({topic, 1, 1, {}, {}});
    EXPECT_EQ(client->call(request).topics.at(0).error_code, code::kNone);
  }
  std::int16_t version() {
    return client->call(wire::ApiVersionsRequest()).finalized_features.at(0).max_version_level;
  }

  net::SimNetwork network{1};
  Broker broker{network.loop("broker"), {.seed = 1}, Log(LogLevel::kError, [](auto...) {})};
  std::optional<TestClient> client;
};

TEST_F(TransactionAdmin, LowersTheVersionOnlyWhereThatIsMeant) {
  EXPECT_EQ(update("transaction.version", 1, kUpgrade).error_code, code::kInvalidUpdateVersion);
  EXPECT_EQ(update("transaction.version", 1, kDowngrade, true).error_code, code::kNone);
  EXPECT_EQ(version(), 2) << "it was only a question";
  EXPECT_EQ(update("transaction.version", 1, kDowngrade).error_code, code::kNone);
  EXPECT_EQ(version(), 1);
  EXPECT_EQ(update("transaction.version", 2, kUpgrade).error_code, code::kNone);
  EXPECT_EQ(version(), 2);
}

TEST_F(TransactionAdmin, NamesAFeatureFromZeroOnlyToWhoKnowsOfThat) {
  const auto told = [&](std::int16_t version) {
    return client->call(wire::ApiVersionsRequest(), version);
  };
  EXPECT_THAT(told(3).supported_features, IsEmpty());
  EXPECT_THAT(told(3).finalized_features, SizeIs(1));
  EXPECT_THAT(told(4).supported_features, SizeIs(1));
}

TEST_F(TransactionAdmin, SaysWhatIsNoVersionAndNoFeature) {
  const auto beyond = update("transaction.version", 3, kUpgrade);
  EXPECT_EQ(beyond.error_code, code::kInvalidUpdateVersion);
  EXPECT_THAT(std::string(beyond.error_message.value_or("")), HasSubstr("0 to 2"));
  EXPECT_THAT(std::string(update("group.version", 1, kUpgrade).error_message.value_or("")),
              HasSubstr("transaction.version"));
}

TEST_F(TransactionAdmin, ListsByPattern) {
  for (std::string_view id : {"copy-1", "copy-2", "other"}) {
    wire::InitProducerIdRequest init;
    init.transactional_id = id;
    init.transaction_timeout_ms = 1000;
    EXPECT_EQ(client->call(init).error_code, code::kNone);
  }
  const auto listed = [&](std::string_view pattern) {
    wire::ListTransactionsRequest request;
    request.transactional_id_pattern = pattern;
    std::vector<std::string> ids;
    for (const auto& each : client->call(request).transaction_states) {
      ids.emplace_back(each.transactional_id);
    }
    return ids;
  };
  EXPECT_THAT(listed("copy-\\d"), ElementsAre("copy-1", "copy-2"));
  EXPECT_THAT(listed("copy"), IsEmpty());
  EXPECT_THAT(listed(""), SizeIs(3));
}

TEST_F(TransactionAdmin, ListsNothingByWhatIsNoPattern) {
  wire::ListTransactionsRequest request;
  request.transactional_id_pattern = "(t";
  EXPECT_EQ(client->call(request).error_code, code::kInvalidRegularExpression);
}

TEST_F(TransactionAdmin, EndsNothingOfWhatIsNoProducer) {
  wire::WriteTxnMarkersRequest request;
  request.markers.push_back({-1, 0, false, {{"t", {0}}}});
  create("t");
  const auto refused = client->call(request);
  EXPECT_EQ(refused.markers.at(0).topics.at(0).partitions.at(0).error_code, code::kInvalidRequest);
}

}  // namespace
}  // namespace weir::broker
