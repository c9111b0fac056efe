#pragma once

#include <cstdint>
#include <string_view>

namespace weir::wire {

/// Returns the CRC-32C (Castagnoli) of `bytes`, as record batches use it. Uses the processor's
/// instruction where there is one (SSE4.2; chosen at run time), else tables.
std::uint32_t crc32c(std::string_view bytes);

namespace detail {
/// The same by tables alone: the fallback, and what tests compare the fast way with.
std::uint32_t crc32c_by_tables(std::string_view bytes);
}  // namespace detail

}  // namespace weir::wire
