// Metadata: the brokers, and topics with their partitions and leaders.
//
// Asked for all topics (null, or an empty list in version 0), lists them; asked for none (an empty
// list since version 1), lists the brokers only. A topic that is not there is created if the
// request allows it (always before version 4) and the broker's options do; else it is
// UNKNOWN_TOPIC_OR_PARTITION, or UNKNOWN_TOPIC_ID where it was named by its id (since version 10).
// Every replica set is the leader alone.
#include "broker/handlers/handlers.h"
#include "broker/node.h"
#include "wire/error_codes.h"

namespace weir::broker {

namespace {

using Answer = wire::MetadataResponse;
namespace code = wire::kafka_code;

Answer::MetadataResponseTopic describe(const Topic& topic) {
  Answer::MetadataResponseTopic described;
  described.name = topic.name;
  described.topic_id = topic.id;
  described.partitions.reserve(topic.leaders.size());
  for (const Leader& leader : topic.leaders) {
    Answer::MetadataResponsePartition partition;
    partition.partition_index = static_cast<std::int32_t>(described.partitions.size());
    partition.leader_id = leader.node;
    partition.leader_epoch = leader.epoch;
    partition.replica_nodes = {leader.node};
    partition.isr_nodes = {leader.node};
    described.partitions.push_back(std::move(partition));
  }
  return described;
}

Answer::MetadataResponseTopic failed(const wire::MetadataRequest::MetadataRequestTopic& asked,
                                     std::int16_t error) {
  Answer::MetadataResponseTopic topic;
  topic.error_code = error;
  topic.name = asked.name;
  topic.topic_id = asked.topic_id;
  return topic;
}

Answer::MetadataResponseTopic find_or_create(
    const Call& call, const wire::MetadataRequest::MetadataRequestTopic& asked, bool may_create) {
  Cluster& cluster = call.node.cluster();
  if (!asked.name) {
    const Topic* topic = cluster.topics().find(asked.topic_id);
    return topic ? describe(*topic) : failed(asked, code::kUnknownTopicId);
  }
  if (const Topic* topic = cluster.topics().find(*asked.name)) return describe(*topic);
  if (!may_create) return failed(asked, code::kUnknownTopicOrPartition);
  const auto created =
      cluster.create_topic({.name = *asked.name, .partitions = -1, .settings = {}});
  return created.ok() ? describe(**created) : failed(asked, created.error().kafka_code());
}

}  // namespace

void handle(const Call& call, const wire::MetadataRequest& request) {
  const Cluster& cluster = call.node.cluster();
  Answer answer;
  for (const Cluster::Member& member : cluster.members()) {
    if (!member.online) continue;
    answer.brokers.push_back({member.id, member.endpoint.host, member.endpoint.port, {}});
  }
  answer.cluster_id = cluster.id();
  answer.controller_id = cluster.controller().id;
  const bool wants_all = !request.topics || (call.version() == 0 && request.topics->empty());
  if (wants_all) {
    for (const auto& [name, topic] : cluster.topics().by_name()) {
      answer.topics.push_back(describe(topic));
    }
  } else {
    const bool may_create =
        request.allow_auto_topic_creation && call.node.options().auto_create_topics;
    for (const auto& asked : *request.topics) {
      answer.topics.push_back(find_or_create(call, asked, may_create));
    }
  }
  call.reply.send(answer);
}

}  // namespace weir::broker
