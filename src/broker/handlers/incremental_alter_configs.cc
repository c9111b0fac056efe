// IncrementalAlterConfigs: changes single settings of topics, and leaves the others as they are.
//
// Operation 0 sets a value, 1 goes back to the default, 2 appends to a list and 3 subtracts from
// it. A topic's changes are made together or, when one of them is refused, not at all. They hold
// for what is produced from then on: a lower retention.bytes drops records when the log next grows.
// A broker's settings are given when it starts: altering them is INVALID_REQUEST.
#include "broker/handlers/config_changes.h"

namespace weir::broker {

void handle(const Call& call, const wire::IncrementalAlterConfigsRequest& request) {
  call.reply.send(alter_configs(call, request, SettingsBase::kPresent).response);
}

}  // namespace weir::broker
