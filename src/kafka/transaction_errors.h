#pragma once

#include <cstdint>
#include <string_view>

#include "weir/result.h"
#include "weir/types.h"

namespace weir::kafka {

/// What an error code in a coordinator's answer means for a transactional id; from harmless to
/// hopeless.
enum class Verdict : std::uint8_t {
  kDone,    ///< no error
  kAfter,   ///< another part of the request failed and says why
  kWait,    ///< nothing was done; the same request may succeed later
  kUnsure,  ///< the same request may succeed later, and may have been done already
  kLost,    ///< the transaction can never be committed, or nobody knows whether it was
  kFinal    ///< nothing the client could do
};
Verdict verdict_on(std::int16_t code);

/// The more hopeless of two codes.
std::int16_t worse_of(std::int16_t one, std::int16_t other);

/// The error that `what` ("ending the transaction of transactional id 'x'") ends with: of
/// ErrorCode::kAborted exactly where the transaction is lost; else it says what to do, where there
/// is something to do.
Error transaction_error(std::int16_t code, std::string_view what);

/// True for a broker's answer to a Produce or TxnOffsetCommit after which the transaction can never
/// be committed, whatever is tried, but another one may be.
bool dooms_transaction(std::int16_t code);

/// True where somebody has taken the transactional id over: another process, or the coordinator,
/// for which the transaction was open too long.
bool is_fenced(std::int16_t code);

/// Returns the error as one that ends its transaction only.
Error as_doomed(const Error& error);

/// How long to wait after CONCURRENT_TRANSACTIONS: the coordinator writes the end of the last
/// transaction everywhere within about so long.
inline constexpr Duration kPauseForLastEnd = std::chrono::milliseconds(1);

}  // namespace weir::kafka
