#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "weir/result.h"

/// The compressions that Kafka's record batches may have, in the framing that Kafka gives them.
namespace weir::wire {

enum class Compression : std::uint8_t { kNone = 0, kGzip = 1, kSnappy = 2, kLz4 = 3, kZstd = 4 };

/// Returns the name in Kafka's configuration: "none", "gzip", "snappy", "lz4", "zstd".
std::string_view to_string(Compression compression);

/// Returns how many bytes compress() needs at most for `size` bytes.
std::size_t compressed_bound(Compression compression, std::size_t size);

/// Compresses `bytes` into `out`, which has at least compressed_bound() bytes, and returns how many
/// were written. Snappy is written in the blocks of its Java stream, lz4 in frames of independent
/// blocks: Kafka reads no others.
Result<std::size_t> compress(Compression compression, std::string_view bytes, std::span<char> out);

/// Decompresses `bytes` into `scratch` and returns the part of it that was written. `scratch` only
/// ever grows, in steps, so that one used again and again costs nothing. Fails on malformed or cut
/// bytes, and on what would take more than `limit` bytes. Reads snappy with and without blocks.
Result<std::string_view> decompress(Compression compression, std::string_view bytes,
                                    std::string& scratch, std::size_t limit);

}  // namespace weir::wire
