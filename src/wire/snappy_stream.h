#pragma once

#include <string_view>

namespace weir::wire {

/// What stands in front of the blocks that the Java library's SnappyOutputStream writes: its magic,
/// its version 1, and the oldest version that can read it, 1. Each block follows its 32-bit length.
inline constexpr std::string_view kSnappyStreamHeader("\x82SNAPPY\0\0\0\0\1\0\0\0\1", 16);
inline constexpr std::string_view kSnappyStreamMagic = kSnappyStreamHeader.substr(0, 8);

}  // namespace weir::wire
