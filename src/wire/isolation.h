#pragma once

#include <cstdint>

/// The protocol's isolation levels, as Fetch and ListOffsets write them.
namespace weir::wire {

inline constexpr std::int8_t kReadUncommitted = 0;
inline constexpr std::int8_t kReadCommitted = 1;

}  // namespace weir::wire
