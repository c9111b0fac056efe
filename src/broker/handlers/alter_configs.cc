// AlterConfigs: replaces the settings of topics. Those that it does not name go back to their
// defaults; else it is as IncrementalAlterConfigs, which came after it.
#include "broker/handlers/config_changes.h"

namespace weir::broker {

namespace {

wire::IncrementalAlterConfigsRequest as_incremental(const wire::AlterConfigsRequest& request) {
  wire::IncrementalAlterConfigsRequest incremental;
  incremental.validate_only = request.validate_only;
  for (const auto& resource : request.resources) {
    auto& same = incremental.resources.emplace_back();
    same.resource_type = resource.resource_type;
    same.resource_name = resource.resource_name;
    for (const auto& config : resource.configs) {
      constexpr std::int8_t kSet = 0;
      same.configs.push_back({config.name, kSet, config.value});
    }
  }
  return incremental;
}

}  // namespace

void handle(const Call& call, const wire::AlterConfigsRequest& request) {
  const wire::IncrementalAlterConfigsRequest incremental = as_incremental(request);
  const AlteredConfigs altered = alter_configs(call, incremental, SettingsBase::kDefaults);
  wire::AlterConfigsResponse response;
  for (const auto& one : altered.response.responses) {
    response.responses.push_back(
        {one.error_code, one.error_message, one.resource_type, one.resource_name});
  }
  call.reply.send(response);
}

}  // namespace weir::broker
