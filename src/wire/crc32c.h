#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::wire {

/// Returns the CRC-32C (Castagnoli) of `bytes`, as record batches use it. Uses what the processor
/// has, chosen at run time: wide carry-less multiplication (AVX-512 with VPCLMULQDQ), the CRC
/// instruction (SSE4.2), else tables.
std::uint32_t crc32c(std::string_view bytes);

namespace detail {
/// The same by tables alone: the fallback, and what tests compare the fast ways with.
std::uint32_t crc32c_by_tables(std::string_view bytes);
/// The same by the CRC instruction, nothing where the processor has none.
std::optional<std::uint32_t> crc32c_by_instruction(std::string_view bytes);
}  // namespace detail

}  // namespace weir::wire
