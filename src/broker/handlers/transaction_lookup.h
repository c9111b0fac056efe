#pragma once

#include "broker/handlers/handlers.h"
#include "broker/node.h"
#include "wire/error_codes.h"

namespace weir::broker {

/// Says whether this node looks after a transactional id: an error code, or 0.
std::int16_t check_transactional_id(const Call& call, std::string_view id);

/// Returns the error as a request before `since`, in which TRANSACTION_ABORTABLE is known, may give
/// it.
std::int16_t in_version(const Call& call, std::int16_t error, std::int16_t since);

}  // namespace weir::broker
