#include "kafka/admin.h"

#include <utility>

#include "base/log.h"
#include "wire/error_codes.h"
#include "wire/messages/create_topics.h"
#include "wire/messages/delete_topics.h"
#include "wire/messages/describe_configs.h"

namespace weir::kafka {

namespace {

std::optional<Error> error_of(std::int16_t code, const std::string& what,
                              std::optional<std::string_view> detail = std::nullopt) {
  if (code == 0) return std::nullopt;
  return wire::kafka_error(code, what, detail.value_or(""));
}

/// An answer that lacks what was asked about: taken for a refusal that may pass.
Error left_out(const std::string& what) {
  return Error(ErrorCode::kCorrupt, concat(what, ": the answer does not mention it"))
      .as_retriable();
}

template <class Response>
AnswerHandler<Response> only_outcome(std::function<void(Result<void>)> done) {
  return [done = std::move(done)](const Result<Answer<Response>>& answer) {
    done(answer.ok() ? Result<void>() : Result<void>(answer.error()));
  };
}

wire::CreateTopicsRequest create_request(const NewTopic& topic, Duration patience) {
  wire::CreateTopicsRequest request;
  request.timeout_ms = in_millis(patience);
  auto& creatable = request.topics.emplace_back();
  creatable.name = topic.name;
  creatable.num_partitions = topic.partitions;
  creatable.replication_factor = topic.replication;
  for (const auto& [name, value] : topic.configs) creatable.configs.push_back({name, value});
  return request;
}

wire::MetadataRequest metadata_request(const std::string* topic) {
  wire::MetadataRequest request;
  request.allow_auto_topic_creation = false;
  request.topics.emplace();
  if (topic != nullptr) request.topics->emplace_back().name = *topic;
  return request;
}

TopicDescription description_of(const wire::MetadataResponse::MetadataResponseTopic& topic) {
  TopicDescription description{std::string(topic.name.value_or("")), {}};
  description.partitions.resize(topic.partitions.size());
  for (const auto& partition : topic.partitions) {
    const auto index = static_cast<std::size_t>(partition.partition_index);
    if (index >= description.partitions.size()) continue;
    description.partitions[index] = {partition.leader_id, partition.leader_epoch,
                                     partition.replica_nodes};
  }
  return description;
}

}  // namespace

void Admin::create_topic(const NewTopic& topic, Duration patience,
                         std::function<void(Result<void>)> done) {
  const std::string what = concat("CreateTopics of \"", topic.name, "\"");
  calls_.call<wire::CreateTopicsRequest>(
      [topic, patience](std::int16_t) { return create_request(topic, patience); }, patience,
      [what](const wire::CreateTopicsResponse& answer) -> std::optional<Error> {
        if (answer.topics.empty()) return left_out(what);
        return error_of(answer.topics[0].error_code, what, answer.topics[0].error_message);
      },
      only_outcome<wire::CreateTopicsResponse>(std::move(done)));
}

void Admin::delete_topic(const std::string& name, Duration patience,
                         std::function<void(Result<void>)> done) {
  const std::string what = concat("DeleteTopics of \"", name, "\"");
  calls_.call<wire::DeleteTopicsRequest>(
      [name, patience](std::int16_t version) {
        wire::DeleteTopicsRequest request;
        request.timeout_ms = in_millis(patience);
        if (version >= 6) request.topics.emplace_back().name = name;
        if (version < 6) request.topic_names.push_back(name);
        return request;
      },
      patience,
      [what](const wire::DeleteTopicsResponse& answer) -> std::optional<Error> {
        if (answer.responses.empty()) return left_out(what);
        const auto& told = answer.responses[0];
        // Unlike elsewhere it is certain here: there is nothing to delete.
        const bool unknown = told.error_code == wire::kafka_code::kUnknownTopicOrPartition;
        if (unknown) return Error(ErrorCode::kNotFound, concat(what, ": there is no such topic"));
        return error_of(told.error_code, what, told.error_message);
      },
      only_outcome<wire::DeleteTopicsResponse>(std::move(done)));
}

void Admin::describe_topic(const std::string& name, Duration patience,
                           std::function<void(Result<TopicDescription>)> done) {
  const std::string what = concat("Metadata of topic \"", name, "\"");
  calls_.call<wire::MetadataRequest>(
      [name](std::int16_t) { return metadata_request(&name); }, patience,
      [what](const wire::MetadataResponse& answer) -> std::optional<Error> {
        if (answer.topics.empty()) return left_out(what);
        return error_of(answer.topics[0].error_code, what);
      },
      [done = std::move(done)](const Result<Answer<wire::MetadataResponse>>& answer) {
        if (!answer.ok()) return done(answer.error());
        done(description_of(answer->message.topics[0]));
      });
}

void Admin::describe_configs(const std::string& topic, Duration patience,
                             std::function<void(Result<std::map<std::string, std::string>>)> done) {
  const std::string what = concat("DescribeConfigs of topic \"", topic, "\"");
  calls_.call<wire::DescribeConfigsRequest>(
      [topic](std::int16_t) {
        constexpr std::int8_t kTopic = 2;
        wire::DescribeConfigsRequest request;
        request.resources.push_back({kTopic, topic, std::nullopt});
        return request;
      },
      patience,
      [what](const wire::DescribeConfigsResponse& answer) -> std::optional<Error> {
        if (answer.results.empty()) return left_out(what);
        return error_of(answer.results[0].error_code, what, answer.results[0].error_message);
      },
      [done = std::move(done)](const Result<Answer<wire::DescribeConfigsResponse>>& answer) {
        if (!answer.ok()) return done(answer.error());
        std::map<std::string, std::string> configs;
        for (const auto& config : answer->message.results[0].configs) {
          configs[std::string(config.name)] = config.value.value_or("");
        }
        done(std::move(configs));
      });
}

void Admin::describe_cluster(Duration patience,
                             std::function<void(Result<ClusterDescription>)> done) {
  calls_.call<wire::MetadataRequest>(
      [](std::int16_t) { return metadata_request(nullptr); }, patience,
      [](const wire::MetadataResponse&) { return std::optional<Error>(); },
      [done = std::move(done)](const Result<Answer<wire::MetadataResponse>>& answer) {
        if (!answer.ok()) return done(answer.error());
        const auto& told = answer->message;
        ClusterDescription cluster{
            std::string(told.cluster_id.value_or("")), told.controller_id, {}};
        for (const auto& broker : told.brokers) {
          cluster.brokers.push_back(
              {broker.node_id,
               {std::string(broker.host), static_cast<std::uint16_t>(broker.port)}});
        }
        done(std::move(cluster));
      });
}

}  // namespace weir::kafka
