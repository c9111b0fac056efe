#pragma once

#include <string_view>

#include "broker/handlers/handlers.h"
#include "broker/node.h"
#include "wire/error_codes.h"

namespace weir::broker {

/// Says whether this node looks after a group of this name: an error code, or 0. The empty name is
/// one that offsets can be committed under, as of old.
std::int16_t check_group(const Call& call, std::string_view group);
/// The same for what needs a name: groups that have members.
std::int16_t check_named_group(const Call& call, std::string_view group);

}  // namespace weir::broker
