#include "broker/handlers/config_changes.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "broker/node.h"
#include "wire/error_codes.h"

namespace weir::broker {

namespace {

using Request = wire::IncrementalAlterConfigsRequest;
using Asked = Request::AlterConfigsResource;
using Change = Request::AlterableConfig;
namespace code = wire::kafka_code;

constexpr std::int8_t kTopic = 2;
constexpr std::int8_t kBroker = 4;
constexpr std::int8_t kBrokerLogger = 8;
constexpr std::int8_t kList = 7;

constexpr std::int8_t kSet = 0;
constexpr std::int8_t kDelete = 1;
constexpr std::int8_t kAppend = 2;
constexpr std::int8_t kSubtract = 3;

Error refusal(std::int16_t kafka_code, std::string message) {
  return Error(ErrorCode::kInvalidArgument, std::move(message)).with_kafka_code(kafka_code);
}

bool is_this_broker(const Call& call, const Asked& asked) {
  const bool is_broker = asked.resource_type == kBroker || asked.resource_type == kBrokerLogger;
  return is_broker && asked.resource_name == std::to_string(call.node.id());
}

Result<const Topic*> find_alterable(const Call& call, const Asked& asked) {
  if (asked.resource_type == kBroker) {
    return refusal(code::kInvalidRequest,
                   "this broker gets its settings when it starts; they cannot be altered");
  }
  if (asked.resource_type != kTopic) {
    return refusal(code::kInvalidRequest, "only topics have settings that can be altered here");
  }
  const Topic* topic = call.node.cluster().topics().find(asked.resource_name);
  if (topic != nullptr) return topic;
  return refusal(code::kUnknownTopicOrPartition,
                 concat("there is no topic '", asked.resource_name, "'"));
}

Result<void> check_names(const Asked& asked) {
  std::set<std::string_view> names;
  for (const Change& change : asked.configs) {
    if (names.insert(change.name).second) continue;
    return refusal(code::kInvalidRequest,
                   concat("topic setting ", change.name, " is named twice for one topic"));
  }
  return {};
}

std::vector<std::string_view> split(std::string_view list) {
  std::vector<std::string_view> parts;
  while (!list.empty()) {
    const std::string_view part = list.substr(0, list.find(','));
    if (!part.empty()) parts.push_back(part);
    list.remove_prefix(std::min(list.size(), part.size() + 1));
  }
  return parts;
}

std::string join(const std::vector<std::string_view>& parts) {
  std::string list;
  for (std::string_view part : parts) list.append(list.empty() ? "" : ",").append(part);
  return list;
}

/// Returns a list with the parts of another added, or taken away.
std::string changed_list(std::string_view present, std::string_view value, bool append) {
  std::vector<std::string_view> parts = split(present);
  for (std::string_view part : split(value)) {
    const bool there = std::find(parts.begin(), parts.end(), part) != parts.end();
    if (append && !there) parts.push_back(part);
    if (!append) std::erase(parts, part);
  }
  return join(parts);
}

Result<void> change_list(const Change& change, TopicSettings& settings) {
  for (const auto& entry : settings.entries()) {
    if (entry.name != change.name || entry.type != kList) continue;
    return settings.set(
        change.name, changed_list(entry.value, *change.value, change.config_operation == kAppend));
  }
  return refusal(code::kInvalidConfig, concat("topic setting ", change.name,
                                              " is no list to append to or subtract from"));
}

Result<void> apply(const Change& change, TopicSettings& settings) {
  if (change.config_operation == kDelete) {
    settings.reset(change.name);
    return {};
  }
  if (!change.value) {
    return refusal(code::kInvalidRequest, concat("topic setting ", change.name, " has no value"));
  }
  if (change.config_operation == kSet) return settings.set(change.name, *change.value);
  if (change.config_operation == kAppend || change.config_operation == kSubtract) {
    return change_list(change, settings);
  }
  return refusal(code::kInvalidRequest,
                 concat("topic setting ", change.name, " cannot be altered by operation ",
                        int{change.config_operation}, ": there are 0 to 3"));
}

Result<void> alter(const Call& call, const Asked& asked, SettingsBase base, bool validate_only) {
  if (asked.configs.empty() && is_this_broker(call, asked)) return {};
  WEIR_ASSIGN_OR_RETURN(const Topic* topic, find_alterable(call, asked));
  WEIR_RETURN_IF_ERROR(check_names(asked));
  TopicSettings settings = base == SettingsBase::kPresent ? topic->settings : TopicSettings();
  for (const Change& change : asked.configs) WEIR_RETURN_IF_ERROR(apply(change, settings));
  WEIR_RETURN_IF_ERROR(settings.check());
  if (validate_only) return {};
  return call.node.cluster().alter_topic(*topic, std::move(settings));
}

}  // namespace

AlteredConfigs alter_configs(const Call& call, const Request& request, SettingsBase base) {
  const auto key = [](const Asked& asked) {
    return std::pair(asked.resource_type, asked.resource_name);
  };
  std::map<std::pair<std::int8_t, std::string_view>, int> times_named;
  for (const Asked& asked : request.resources) ++times_named[key(asked)];
  AlteredConfigs altered;
  for (const Asked& asked : request.resources) {
    auto& answer = altered.response.responses.emplace_back();
    answer.resource_type = asked.resource_type;
    answer.resource_name = asked.resource_name;
    const Result<void> done =
        times_named[key(asked)] > 1
            ? refusal(code::kInvalidRequest,
                      concat("'", asked.resource_name, "' is named twice in one request"))
            : alter(call, asked, base, request.validate_only);
    if (done.ok()) continue;
    answer.error_code = done.error().kafka_code();
    answer.error_message = altered.messages.emplace_back(done.error().message());
  }
  return altered;
}

}  // namespace weir::broker
