#pragma once

namespace weir::detail {
[[noreturn]] void check_failed(const char* condition, const char* why, const char* file, int line);
}  // namespace weir::detail

/// Stops the process, in every build, when an invariant of weir's own does not hold.
/// `why` says why it must hold. Never for a user's mistake or a peer's bytes.
#define WEIR_CHECK(condition, why)                                       \
  do {                                                                   \
    if (!(condition)) [[unlikely]] {                                     \
      ::weir::detail::check_failed(#condition, why, __FILE__, __LINE__); \
    }                                                                    \
  } while (false)
