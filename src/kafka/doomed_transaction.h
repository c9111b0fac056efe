#pragma once

#include <cstdint>

#include "weir/result.h"

namespace weir::kafka {

/// True for a broker's answer to a Produce or TxnOffsetCommit after which the transaction can never
/// be committed, whatever is tried, but another one may be.
bool dooms_transaction(std::int16_t code);

/// True where somebody has taken the transactional id over: another process, or the coordinator,
/// for which the transaction was open too long.
bool is_fenced(std::int16_t code);

/// Returns the error as one that ends its transaction only.
Error as_doomed(const Error& error);

}  // namespace weir::kafka
