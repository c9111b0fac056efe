#pragma once

#include <chrono>
#include <string>

#include "broker/testing/play_value.h"
#include "weir/embedded_broker.h"

namespace weir::broker {

/// Takes over what a play's line `broker auto_create=false partitions=2 delay=50` asks for.
inline void set_play_options(const PlayValue& settings, BrokerOptions& options) {
  if (const auto* field = settings.field("auto_create")) {
    options.auto_create_topics = field->text == "true";
  }
  if (const auto* field = settings.field("partitions")) {
    options.default_partitions = std::stoi(field->text);
  }
  if (const auto* field = settings.field("delay")) {
    options.group_initial_rebalance_delay = std::chrono::milliseconds(std::stoi(field->text));
  }
}

}  // namespace weir::broker
