// CreateTopics: creates each topic asked for, or says why not.
//
// Partition count and replication factor of -1 stand for the defaults (since version 4); a manual
// assignment gives the number of partitions. There is one replica of everything here, so a larger
// replication factor is INVALID_REPLICATION_FACTOR. A topic named twice in one request is
// INVALID_REQUEST, once. With validate_only nothing is created, but the answer is the same. Since
// version 5 the answer shows the topic's settings.
#include <deque>
#include <set>
#include <string>

#include "base/log.h"
#include "broker/handlers/handlers.h"
#include "broker/handlers/times_named.h"
#include "broker/node.h"
#include "wire/error_codes.h"

namespace weir::broker {

namespace {

using Asked = wire::CreateTopicsRequest::CreatableTopic;
using Answer = wire::CreateTopicsResponse::CreatableTopicResult;
namespace code = wire::kafka_code;

Error refusal(std::int16_t kafka_code, std::string message) {
  return Error(ErrorCode::kInvalidArgument, std::move(message)).with_kafka_code(kafka_code);
}

Result<std::int32_t> assigned_partitions(const Cluster& cluster, const Asked& asked) {
  if (asked.num_partitions != -1 || asked.replication_factor != -1) {
    return refusal(code::kInvalidRequest,
                   concat("topic '", asked.name, "' has an assignment of brokers: its numbers of ",
                          "partitions and replicas have to be -1"));
  }
  const auto count = static_cast<std::int32_t>(asked.assignments.size());
  std::set<std::int32_t> indexes;
  for (const auto& assignment : asked.assignments) {
    const auto& brokers = assignment.broker_ids;
    const bool is_known = brokers.size() == 1 && cluster.has_member(brokers.front());
    if (is_known) indexes.insert(assignment.partition_index);
  }
  const bool consecutive = static_cast<std::int32_t>(indexes.size()) == count &&
                           *indexes.begin() == 0 && *indexes.rbegin() == count - 1;
  if (consecutive) return count;
  return refusal(code::kInvalidReplicaAssignment,
                 concat("topic '", asked.name, "' needs an assignment of one broker, which is ",
                        "there, for each of its partitions from 0 on"));
}

Result<std::int32_t> partitions_of(const Cluster& cluster, const Asked& asked) {
  if (!asked.assignments.empty()) return assigned_partitions(cluster, asked);
  if (asked.replication_factor == 1 || asked.replication_factor == -1) return asked.num_partitions;
  return refusal(code::kInvalidReplicationFactor,
                 concat("topic '", asked.name, "' cannot have ", asked.replication_factor,
                        " replicas: there is one broker"));
}

Result<TopicCatalog::Wish> wish_of(const Cluster& cluster, const Asked& asked) {
  TopicCatalog::Wish wish{asked.name, 1, {}};
  WEIR_ASSIGN_OR_RETURN(wish.partitions, partitions_of(cluster, asked));
  for (const auto& config : asked.configs) {
    if (!config.value) {
      return refusal(code::kInvalidConfig, concat("topic setting ", config.name, " has no value"));
    }
    WEIR_RETURN_IF_ERROR(wish.settings.set(config.name, *config.value));
  }
  WEIR_RETURN_IF_ERROR(wish.settings.check());
  return wish;
}

Result<void> create(const Call& call, const TopicCatalog::Wish& wish, bool validate_only,
                    Answer& answer) {
  Cluster& cluster = call.node.cluster();
  if (validate_only) {
    WEIR_RETURN_IF_ERROR(cluster.topics().check(wish));
  } else {
    WEIR_ASSIGN_OR_RETURN(const Topic* topic, cluster.create_topic(wish));
    answer.topic_id = topic->id;
  }
  answer.num_partitions = wish.partitions;
  answer.replication_factor = 1;
  return {};
}

Answer answer_for(std::string_view name) {
  Answer answer;
  answer.name = name;
  return answer;
}

/// Answers, and the texts that they refer to.
struct Answers {
  wire::CreateTopicsResponse response;
  std::deque<std::string> messages;
  std::deque<std::vector<TopicSettings::Entry>> settings;

  void add_refusal(Answer answer, const Error& error) {
    answer.error_code = error.kafka_code();
    answer.error_message = messages.emplace_back(error.message());
    response.topics.push_back(std::move(answer));
  }

  void add_created(Answer answer, const TopicSettings& created) {
    constexpr std::int8_t kDynamicTopicConfig = 1;
    constexpr std::int8_t kDefaultConfig = 5;
    auto& configs = answer.configs.emplace();
    for (const auto& entry : settings.emplace_back(created.entries())) {
      configs.push_back({entry.name, entry.value, false,
                         entry.is_default() ? kDefaultConfig : kDynamicTopicConfig, false});
    }
    response.topics.push_back(std::move(answer));
  }
};

void answer_one(const Call& call, const Asked& asked, bool validate_only, Answers& answers) {
  Answer answer = answer_for(asked.name);
  auto wish = wish_of(call.node.cluster(), asked);
  if (!wish.ok()) return answers.add_refusal(answer, wish.error());
  if (wish->partitions == -1) wish->partitions = call.node.options().default_partitions;
  const auto created = create(call, *wish, validate_only, answer);
  if (!created.ok()) return answers.add_refusal(answer, created.error());
  answers.add_created(answer, wish->settings);
}

}  // namespace

void handle(const Call& call, const wire::CreateTopicsRequest& request) {
  TimesNamed<std::string_view> named;
  for (const Asked& asked : request.topics) named.add(asked.name);
  Answers answers;
  for (const Asked& asked : request.topics) {
    const int times = named.take(asked.name);
    if (times > 1) {
      answers.add_refusal(
          answer_for(asked.name),
          refusal(code::kInvalidRequest,
                  concat("topic '", asked.name, "' is named twice in one request")));
    } else if (times == 1) {
      answer_one(call, asked, request.validate_only, answers);
    }
  }
  call.reply.send(answers.response);
}

}  // namespace weir::broker
