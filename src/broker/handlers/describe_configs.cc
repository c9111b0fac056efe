// DescribeConfigs: the settings of topics and of this broker, all or those asked for by name.
//
// Shows what has an effect here and nothing else. Topics' settings can be altered, the broker's
// not. Synonyms and documentation come where asked for: a topic's setting has the broker's name for
// its default as a synonym. As in Kafka an answer without error has an empty message. Topics are
// resource type 2, brokers type 4; others are INVALID_REQUEST.
#include <algorithm>
#include <charconv>
#include <deque>
#include <string>

#include "base/log.h"
#include "broker/handlers/handlers.h"
#include "broker/node.h"
#include "wire/error_codes.h"

namespace weir::broker {

namespace {

using Request = wire::DescribeConfigsRequest;
using Answer = wire::DescribeConfigsResponse;
namespace code = wire::kafka_code;

constexpr std::int8_t kTopic = 2;
constexpr std::int8_t kBroker = 4;
constexpr std::int8_t kDynamicTopicConfig = 1;
constexpr std::int8_t kStaticBrokerConfig = 4;
constexpr std::int8_t kDefaultConfig = 5;
constexpr std::int8_t kBoolean = 1;
constexpr std::int8_t kInt = 3;
constexpr std::int8_t kLong = 5;

std::vector<TopicSettings::Entry> broker_settings(const BrokerOptions& options) {
  const auto millis = [](Duration duration) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
  };
  const auto retention = to_uint(options.retention_bytes);
  return {
      {"auto.create.topics.enable", options.auto_create_topics ? "true" : "false", "true", kBoolean,
       "Whether asking for a topic creates it."},
      {"group.initial.rebalance.delay.ms", millis(options.group_initial_rebalance_delay), "3000",
       kInt, "How long an empty group waits for more members."},
      {"group.max.session.timeout.ms", millis(options.group_max_session_timeout), "1800000", kInt,
       "The longest session time-out of a group's member."},
      {"group.min.session.timeout.ms", millis(options.group_min_session_timeout), "6000", kInt,
       "The shortest session time-out of a group's member."},
      {"log.retention.bytes", retention == 0 ? "-1" : std::to_string(retention), "-1", kLong,
       "How many bytes a partition may take before its oldest records go."},
      {"num.partitions", std::to_string(options.default_partitions), "1", kInt,
       "Partitions of a topic whose creator named no number."},
      {"socket.request.max.bytes", std::to_string(to_uint(options.max_request_bytes)), "104857600",
       kInt, "The largest request."},
  };
}

/// Returns the name by which brokers know the default of a topic's setting.
std::string broker_name(std::string_view topic_setting) {
  if (topic_setting == "compression.type") return std::string(topic_setting);
  if (topic_setting == "max.message.bytes") return "message.max.bytes";
  if (topic_setting == "min.cleanable.dirty.ratio") return "log.cleaner.min.cleanable.ratio";
  if (topic_setting == "segment.ms") return "log.roll.ms";
  for (const char* cleaner :
       {"delete.retention.ms", "max.compaction.lag.ms", "min.compaction.lag.ms"}) {
    if (topic_setting == cleaner) return concat("log.cleaner.", topic_setting);
  }
  return concat("log.", topic_setting);
}

/// Makes the answers and keeps the texts that they refer to.
class Description {
 public:
  Description(const Call& call, const Request& request) : call_(call), request_(request) {}

  void describe(const Request::DescribeConfigsResource& resource) {
    auto& answer = response_.results.emplace_back();
    answer.resource_type = resource.resource_type;
    answer.resource_name = resource.resource_name;
    answer.error_message = "";
    if (resource.resource_type == kTopic) return describe_topic(resource, answer);
    if (resource.resource_type == kBroker) return describe_broker(resource, answer);
    answer.error_code = code::kInvalidRequest;
    answer.error_message = "this broker has settings of topics and brokers only";
  }
  const Answer& response() const { return response_; }

 private:
  void describe_topic(const Request::DescribeConfigsResource& resource,
                      Answer::DescribeConfigsResult& answer) {
    const Topic* topic = call_.node.cluster().topics().find(resource.resource_name);
    const auto named = TopicCatalog::check_name(resource.resource_name);
    if (!named.ok()) {
      answer.error_code = named.error().kafka_code();
      answer.error_message = texts_.emplace_back(named.error().message());
      return;
    }
    if (topic == nullptr) {
      answer.error_code = code::kUnknownTopicOrPartition;
      answer.error_message = "there is no such topic";
      return;
    }
    add(resource, entries_.emplace_back(topic->settings.entries()), kDynamicTopicConfig, answer);
  }

  void describe_broker(const Request::DescribeConfigsResource& resource,
                       Answer::DescribeConfigsResult& answer) {
    const std::string own_id = std::to_string(call_.node.id());
    if (!resource.resource_name.empty() && resource.resource_name != own_id) {
      answer.error_code = code::kInvalidRequest;
      answer.error_message = "another broker's settings must be asked of it";
      return;
    }
    // The empty name stands for defaults set for all brokers at run time: there are none.
    if (resource.resource_name.empty()) return;
    add(resource, entries_.emplace_back(broker_settings(call_.node.options())), kStaticBrokerConfig,
        answer);
  }

  void add(const Request::DescribeConfigsResource& resource,
           const std::vector<TopicSettings::Entry>& entries, std::int8_t source,
           Answer::DescribeConfigsResult& answer) {
    const auto& keys = resource.configuration_keys;
    for (const auto& entry : entries) {
      if (keys && std::find(keys->begin(), keys->end(), entry.name) == keys->end()) continue;
      auto& config = answer.configs.emplace_back();
      config.name = entry.name;
      config.value = entry.value;
      config.read_only = resource.resource_type != kTopic;
      config.config_source = entry.is_default() ? kDefaultConfig : source;
      config.config_type = entry.type;
      if (request_.include_documentation) config.documentation = entry.documentation;
      if (!request_.include_synonyms) continue;
      if (!entry.is_default()) config.synonyms.push_back({entry.name, entry.value, source});
      const std::string_view default_name =
          resource.resource_type == kTopic
              ? std::string_view(texts_.emplace_back(broker_name(entry.name)))
              : entry.name;
      config.synonyms.push_back({default_name, entry.default_value, kDefaultConfig});
    }
  }

  const Call& call_;
  const Request& request_;
  Answer response_;
  std::deque<std::vector<TopicSettings::Entry>> entries_;
  std::deque<std::string> texts_;
};

}  // namespace

void handle(const Call& call, const wire::DescribeConfigsRequest& request) {
  Description description(call, request);
  for (const auto& resource : request.resources) description.describe(resource);
  call.reply.send(description.response());
}

}  // namespace weir::broker
