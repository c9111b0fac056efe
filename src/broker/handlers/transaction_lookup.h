#pragma once

#include "broker/handlers/handlers.h"
#include "broker/node.h"
#include "wire/error_codes.h"

namespace weir::broker {

/// Says whether this node looks after a transactional id: an error code, or 0.
std::int16_t check_transactional_id(const Call& call, std::string_view id);

// Each returns an error as the request's version may give it; `since` is the version from which on
// the error is known.

/// TRANSACTION_ABORTABLE is INVALID_TXN_STATE before.
std::int16_t abortable_since(const Call& call, std::int16_t since, std::int16_t error);
/// PRODUCER_FENCED is INVALID_PRODUCER_EPOCH before.
std::int16_t fenced_since(const Call& call, std::int16_t since, std::int16_t error);

}  // namespace weir::broker
