// CreatePartitions: makes topics larger. Records stay where they are. A manual assignment must name
// one broker that is there for each new partition; which one has no effect. A topic named more than
// once is INVALID_REQUEST, once.
#include <deque>
#include <string>

#include "base/log.h"
#include "broker/handlers/handlers.h"
#include "broker/handlers/times_named.h"
#include "broker/node.h"
#include "wire/error_codes.h"

namespace weir::broker {

namespace {

using Asked = wire::CreatePartitionsRequest::CreatePartitionsTopic;
namespace code = wire::kafka_code;

Result<void> check_assignments(const Cluster& cluster, const Asked& asked, const Topic& topic) {
  if (!asked.assignments) return {};
  bool fits = static_cast<std::int64_t>(asked.assignments->size()) ==
              std::int64_t{asked.count} - topic.partition_count();
  for (const auto& assignment : *asked.assignments) {
    const auto& brokers = assignment.broker_ids;
    fits &= brokers.size() == 1 && cluster.has_member(brokers.front());
  }
  if (fits) return {};
  return Error(ErrorCode::kInvalidArgument,
               concat("topic '", asked.name,
                      "' needs one broker, which is there, for each new partition"))
      .with_kafka_code(code::kInvalidReplicaAssignment);
}

Result<void> named_twice(std::string_view topic) {
  return Error(ErrorCode::kInvalidArgument,
               concat("topic '", topic, "' is named twice in one request"))
      .with_kafka_code(code::kInvalidRequest);
}

Result<void> grow(const Call& call, const Asked& asked, bool validate_only) {
  Cluster& cluster = call.node.cluster();
  const Topic* topic = cluster.topics().find(asked.name);
  if (topic == nullptr) {
    return Error(ErrorCode::kNotFound, concat("there is no topic '", asked.name, "'"))
        .with_kafka_code(code::kUnknownTopicOrPartition);
  }
  WEIR_RETURN_IF_ERROR(cluster.topics().check_growth(*topic, asked.count));
  WEIR_RETURN_IF_ERROR(check_assignments(cluster, asked, *topic));
  if (validate_only) return {};
  return cluster.grow_topic(*topic, asked.count);
}

}  // namespace

void handle(const Call& call, const wire::CreatePartitionsRequest& request) {
  wire::CreatePartitionsResponse response;
  std::deque<std::string> messages;
  TimesNamed<std::string_view> named;
  for (const Asked& asked : request.topics) named.add(asked.name);
  for (const Asked& asked : request.topics) {
    const int times = named.take(asked.name);
    if (times == 0) continue;
    auto& result = response.results.emplace_back();
    result.name = asked.name;
    const auto grown =
        times > 1 ? named_twice(asked.name) : grow(call, asked, request.validate_only);
    if (grown.ok()) continue;
    result.error_code = grown.error().kafka_code();
    result.error_message = messages.emplace_back(grown.error().message());
  }
  call.reply.send(response);
}

}  // namespace weir::broker
