// What tools are told of transactions, and refused.
#include <gmock/gmock.h>

#include <optional>
#include <string>

#include "broker/broker.h"
#include "broker/testing/test_client.h"
#include "wire/error_codes.h"
#include "wire/messages/all.h"

namespace weir::broker {
namespace {

namespace code = wire::kafka_code;
using testing::HasSubstr;

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

TEST_F(TransactionAdmin, SaysWhatIsNoVersionAndNoFeature) {
  const auto beyond = update("transaction.version", 3, kUpgrade);
  EXPECT_EQ(beyond.error_code, code::kInvalidUpdateVersion);
  EXPECT_THAT(std::string(beyond.error_message.value_or("")), HasSubstr("0 to 2"));
  EXPECT_THAT(std::string(update("group.version", 1, kUpgrade).error_message.value_or("")),
              HasSubstr("transaction.version"));
}

TEST_F(TransactionAdmin, ListsNothingByPattern) {
  wire::ListTransactionsRequest request;
  request.transactional_id_pattern = "t.*";
  EXPECT_EQ(client->call(request).error_code, code::kInvalidRegularExpression);
}

}  // namespace
}  // namespace weir::broker
