#pragma once

#include <deque>
#include <string>

#include "broker/handlers/handlers.h"

namespace weir::broker {

/// What the settings that a request asks for are built on.
enum class SettingsBase { kPresent, kDefaults };

/// An answer, and the texts that it refers to.
struct AlteredConfigs {
  wire::IncrementalAlterConfigsResponse response;
  std::deque<std::string> messages;
};

/// Alters the settings of each topic that the request names, all of them or none; with
/// validate_only it only says whether it would.
AlteredConfigs alter_configs(const Call& call, const wire::IncrementalAlterConfigsRequest& request,
                             SettingsBase base);

}  // namespace weir::broker
