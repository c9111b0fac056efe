// UpdateFeatures: which version of the transaction protocol clients are to use.
//
// The one feature is transaction.version, from 0 to 2. All updates or none; the answer names each
// up to version 1. Raising it is an upgrade (type 1), lowering it needs another type; as in Kafka
// nothing is asked of the transactions that are open.
#include <string>

#include "base/log.h"
#include "broker/handlers/handlers.h"
#include "broker/node.h"
#include "wire/error_codes.h"

namespace weir::broker {

namespace {

using Asked = wire::UpdateFeaturesRequest::FeatureUpdateKey;
namespace code = wire::kafka_code;

constexpr std::int8_t kUpgrade = 1;
constexpr std::int16_t kUpgradeTypeSince = 1;
constexpr std::string_view kNoProblem = "NONE";  // Kafka's message for a feature

bool may_lower(const Call& call, const Asked& asked) {
  return call.version() < kUpgradeTypeSince ? asked.allow_downgrade
                                            : asked.upgrade_type != kUpgrade;
}

/// What is wrong with an update; empty where nothing is.
std::string problem(const Call& call, const Asked& asked) {
  if (asked.feature != kTransactionFeature)
    return concat("this broker has only the feature ", kTransactionFeature);
  if (asked.max_version_level < 0 || asked.max_version_level > kLatestTransactionVersion) {
    return concat(kTransactionFeature, " can be 0 to ", kLatestTransactionVersion, ", not ",
                  asked.max_version_level);
  }
  const std::int16_t now = call.node.cluster().transaction_version();
  if (asked.max_version_level < now && !may_lower(call, asked)) {
    return concat(kTransactionFeature, " is ", now,
                  "; lowering it needs the upgrade type of a downgrade");
  }
  return {};
}

}  // namespace

void handle(const Call& call, const wire::UpdateFeaturesRequest& request) {
  wire::UpdateFeaturesResponse response;
  std::string first_problem;
  for (const Asked& asked : request.feature_updates) {
    if (first_problem.empty()) first_problem = problem(call, asked);
  }
  if (first_problem.empty() && !request.validate_only) {
    for (const Asked& asked : request.feature_updates) {
      if (call.node.cluster().set_transaction_version(asked.max_version_level).ok()) continue;
      first_problem = "it cannot be kept";
    }
  }
  const bool failed = !first_problem.empty();
  if (failed) {
    response.error_code = code::kInvalidUpdateVersion;
    response.error_message = first_problem;
  }
  for (const Asked& asked : request.feature_updates) {
    response.results.push_back(
        {asked.feature, response.error_code, response.error_message.value_or(kNoProblem)});
  }
  call.reply.send(response);
}

}  // namespace weir::broker
