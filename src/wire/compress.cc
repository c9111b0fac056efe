#include <lz4frame.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>

#include "base/log.h"
#include "wire/compression.h"
#include "wire/snappy_stream.h"
#include "wire/writer.h"

namespace weir::wire {
namespace {

constexpr int kGzipWindow = 15 + 16;  // 32 KiB, in gzip's framing
constexpr int kGzipMemory = 8;        // zlib's default
constexpr std::size_t kSnappyBlock = 32768;

Error failed(Compression compression, std::string_view why) {
  return {ErrorCode::kInternal,
          concat("cannot compress a record batch with ", compression, ": ", why)};
}

Result<std::size_t> gzip(std::string_view bytes, std::span<char> out) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kGzipMemory,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return failed(Compression::kGzip, "out of memory");
  }
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  const std::size_t written = stream.total_out;
  deflateEnd(&stream);
  if (status != Z_STREAM_END) return failed(Compression::kGzip, "out of space");
  return written;
}

Result<std::size_t> snappy(std::string_view bytes, std::span<char> out) {
  char* at = std::copy(kSnappyStreamHeader.begin(), kSnappyStreamHeader.end(), out.data());
  while (!bytes.empty()) {
    const std::string_view block = bytes.substr(0, kSnappyBlock);
    bytes.remove_prefix(block.size());
    char* const length = at;
    at += sizeof(std::int32_t);
    auto written = static_cast<std::size_t>(out.data() + out.size() - at);
    if (snappy_compress(block.data(), block.size(), at, &written) != SNAPPY_OK) {
      return failed(Compression::kSnappy, "out of space");
    }
    put_big_endian(length, static_cast<std::int32_t>(written));
    at += written;
  }
  return static_cast<std::size_t>(at - out.data());
}

LZ4F_preferences_t lz4_preferences() {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  return preferences;
}

Result<std::size_t> lz4(std::string_view bytes, std::span<char> out) {
  const LZ4F_preferences_t preferences = lz4_preferences();
  const std::size_t written =
      LZ4F_compressFrame(out.data(), out.size(), bytes.data(), bytes.size(), &preferences);
  if (LZ4F_isError(written)) return failed(Compression::kLz4, LZ4F_getErrorName(written));
  return written;
}

Result<std::size_t> zstd(std::string_view bytes, std::span<char> out) {
  const std::size_t written =
      ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), ZSTD_CLEVEL_DEFAULT);
  if (ZSTD_isError(written)) return failed(Compression::kZstd, ZSTD_getErrorName(written));
  return written;
}

std::size_t snappy_bound(std::size_t size) {
  const std::size_t blocks = size / kSnappyBlock + 1;
  return kSnappyStreamHeader.size() +
         blocks * (sizeof(std::int32_t) + snappy_max_compressed_length(kSnappyBlock));
}

std::size_t lz4_bound(std::size_t size) {
  const LZ4F_preferences_t preferences = lz4_preferences();
  return LZ4F_compressFrameBound(size, &preferences);
}

// zlib's bound for any parameters, from the documentation of deflateBound(), and gzip's framing.
std::size_t gzip_bound(std::size_t size) { return size + size / 8 + size / 64 + 64; }

}  // namespace

std::string_view to_string(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return "none";
    case Compression::kGzip:
      return "gzip";
    case Compression::kSnappy:
      return "snappy";
    case Compression::kLz4:
      return "lz4";
    case Compression::kZstd:
      return "zstd";
  }
  return "unknown";
}

std::size_t compressed_bound(Compression compression, std::size_t size) {
  switch (compression) {
    case Compression::kNone:
      break;
    case Compression::kGzip:
      return gzip_bound(size);
    case Compression::kSnappy:
      return snappy_bound(size);
    case Compression::kLz4:
      return lz4_bound(size);
    case Compression::kZstd:
      return ZSTD_compressBound(size);
  }
  return size;
}

Result<std::size_t> compress(Compression compression, std::string_view bytes, std::span<char> out) {
  switch (compression) {
    case Compression::kNone:
      break;
    case Compression::kGzip:
      return gzip(bytes, out);
    case Compression::kSnappy:
      return snappy(bytes, out);
    case Compression::kLz4:
      return lz4(bytes, out);
    case Compression::kZstd:
      return zstd(bytes, out);
  }
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return bytes.size();
}

}  // namespace weir::wire
