// DeleteTopics: removes topics with their records and the offsets committed for them.
//
// Named until version 5; by name or id since version 6. Where it cannot be written to disk, it is
// KAFKA_STORAGE_ERROR and the topic stays.
#include <deque>
#include <string>

#include "broker/handlers/handlers.h"
#include "broker/node.h"
#include "wire/error_codes.h"

namespace weir::broker {

namespace {

using Result = wire::DeleteTopicsResponse::DeletableTopicResult;
namespace code = wire::kafka_code;

Result remove(Cluster& cluster, const Topic* topic, std::int16_t error_if_unknown) {
  Result result;
  if (topic == nullptr) {
    result.error_code = error_if_unknown;
    result.error_message = "there is no such topic";
  } else {
    result.topic_id = topic->id;
    const auto deleted = cluster.delete_topic(*topic);
    if (!deleted.ok()) result.error_code = deleted.error().kafka_code();
  }
  return result;
}

}  // namespace

void handle(const Call& call, const wire::DeleteTopicsRequest& request) {
  Cluster& cluster = call.node.cluster();
  wire::DeleteTopicsResponse response;
  for (std::string_view name : request.topic_names) {
    response.responses.push_back(
        remove(cluster, cluster.topics().find(name), code::kUnknownTopicOrPartition));
    response.responses.back().name = name;
  }
  std::deque<std::string> names;  // of topics that the answer outlives
  for (const auto& asked : request.topics) {
    const Topic* topic =
        asked.name ? cluster.topics().find(*asked.name) : cluster.topics().find(asked.topic_id);
    std::optional<std::string_view> name = asked.name;
    if (topic != nullptr) name = names.emplace_back(topic->name);
    response.responses.push_back(remove(
        cluster, topic, asked.name ? code::kUnknownTopicOrPartition : code::kUnknownTopicId));
    response.responses.back().name = name;
    if (topic == nullptr) response.responses.back().topic_id = asked.topic_id;
  }
  call.reply.send(response);
}

}  // namespace weir::broker
