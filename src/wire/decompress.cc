#include <lz4frame.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <memory>

#include "base/log.h"
#include "wire/compression.h"
#include "wire/reader.h"
#include "wire/snappy_stream.h"

namespace weir::wire {
namespace {

enum class Outcome { kDone, kMalformed, kOverLimit };

/// Decompressed bytes, in a scratch that grows by doubling up to one byte beyond the limit.
class Output {
 public:
  Output(std::string& scratch, std::size_t compressed_size, std::size_t limit)
      : scratch_(scratch), first_size_(4 * compressed_size + 4096), limit_(limit) {}

  /// Where the next bytes go; not empty unless the limit has been passed.
  std::span<char> space() {
    if (used_ == scratch_.size() && used_ <= limit_) grow(used_ + 1);
    return {scratch_.data() + used_, scratch_.size() - used_};
  }
  /// Makes room for `size` bytes, which the caller knows to be a small multiple of what came in.
  std::span<char> space_for(std::size_t size) {
    if (scratch_.size() - used_ < size) grow(used_ + size);
    return {scratch_.data() + used_, size};
  }
  /// Makes space() larger; false if that would pass the limit.
  bool enlarge() {
    if (scratch_.size() > limit_) return false;
    grow(scratch_.size() + 1);
    return true;
  }
  void filled(std::size_t count) { used_ += count; }
  bool over_limit() const { return used_ > limit_; }
  std::string_view view() const { return std::string_view(scratch_).substr(0, used_); }

 private:
  void grow(std::size_t least) {
    const std::size_t wanted = std::max({least, 2 * scratch_.size(), first_size_});
    scratch_.resize(std::max(least, std::min(wanted, limit_ + 1)));
  }

  std::string& scratch_;
  const std::size_t first_size_;
  const std::size_t limit_;
  std::size_t used_ = 0;
};

Error malformed(Compression compression) {
  return {ErrorCode::kCorrupt, concat("the record batch's ", compression, " data is malformed")};
}

Error over_limit(std::size_t limit) {
  return {ErrorCode::kResourceExhausted,
          concat("the record batch takes more than ", limit, " bytes decompressed")};
}

/// Moves `output` on by one call of inflate(); returns that call's status.
int inflate_some(z_stream& stream, Output& output) {
  constexpr std::size_t kMostAtOnce = 1 << 30;  // zlib counts in unsigned int
  const std::span<char> space = output.space().first(std::min(output.space().size(), kMostAtOnce));
  stream.next_out = reinterpret_cast<Bytef*>(space.data());
  stream.avail_out = static_cast<uInt>(space.size());
  const int status = inflate(&stream, Z_NO_FLUSH);
  output.filled(space.size() - stream.avail_out);
  return status;
}

Outcome gunzip(std::string_view bytes, Output& output) {
  constexpr int kZlibOrGzip = 15 + 32;
  z_stream stream{};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  if (inflateInit2(&stream, kZlibOrGzip) != Z_OK) return Outcome::kMalformed;
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> guard(&stream, inflateEnd);
  while (!output.over_limit()) {
    const int status = inflate_some(stream, output);
    if (status == Z_OK) continue;
    if (status != Z_STREAM_END) return Outcome::kMalformed;  // Z_BUF_ERROR too: it is cut off
    if (stream.avail_in == 0) return Outcome::kDone;
    inflateReset(&stream);  // streams may follow one another
  }
  return Outcome::kOverLimit;
}

bool unsnap_block(std::string_view block, Output& output) {
  constexpr std::size_t kMostPerByte = 32;  // three bytes can stand for 64 at most
  std::size_t size = 0;
  if (snappy_uncompressed_length(block.data(), block.size(), &size) != SNAPPY_OK) return false;
  if (size > kMostPerByte * block.size()) return false;
  const std::span<char> space = output.space_for(size);
  if (snappy_uncompress(block.data(), block.size(), space.data(), &size) != SNAPPY_OK) return false;
  output.filled(size);
  return true;
}

Outcome unsnap(std::string_view bytes, Output& output) {
  if (!bytes.starts_with(kSnappyStreamMagic)) {
    return unsnap_block(bytes, output) ? Outcome::kDone : Outcome::kMalformed;
  }
  Reader reader(bytes);
  reader.bytes(kSnappyStreamHeader.size());
  while (reader.remaining() > 0 && !output.over_limit()) {
    const std::string_view block = reader.bytes(reader.integer<std::uint32_t>());
    if (!reader.ok() || !unsnap_block(block, output)) return Outcome::kMalformed;
  }
  return reader.ok() ? Outcome::kDone : Outcome::kMalformed;
}

Outcome unlz4(std::string_view bytes, Output& output) {
  LZ4F_dctx* context = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) {
    return Outcome::kMalformed;
  }
  const std::unique_ptr<LZ4F_dctx, decltype(&LZ4F_freeDecompressionContext)> guard(
      context, LZ4F_freeDecompressionContext);
  while (!output.over_limit()) {
    const std::span<char> space = output.space();
    std::size_t written = space.size();
    std::size_t read = bytes.size();
    const std::size_t wanted =
        LZ4F_decompress(context, space.data(), &written, bytes.data(), &read, nullptr);
    if (LZ4F_isError(wanted)) return Outcome::kMalformed;
    output.filled(written);
    bytes.remove_prefix(read);
    if (bytes.empty() && wanted == 0) return Outcome::kDone;
    if (read == 0 && written == 0) return Outcome::kMalformed;
  }
  return Outcome::kOverLimit;
}

// In one call and, where the space was too small, all over again: so the output itself is the
// window, and a frame that claims a huge one makes zstd allocate nothing.
Outcome unzstd(std::string_view bytes, Output& output) {
  while (true) {
    const std::span<char> space = output.space();
    const std::size_t written =
        ZSTD_decompress(space.data(), space.size(), bytes.data(), bytes.size());
    if (!ZSTD_isError(written)) {
      output.filled(written);
      return Outcome::kDone;
    }
    if (ZSTD_getErrorCode(written) != ZSTD_error_dstSize_tooSmall) return Outcome::kMalformed;
    if (!output.enlarge()) return Outcome::kOverLimit;
  }
}

Outcome decompress_into(Compression compression, std::string_view bytes, Output& output) {
  switch (compression) {
    case Compression::kNone:
      break;
    case Compression::kGzip:
      return gunzip(bytes, output);
    case Compression::kSnappy:
      return unsnap(bytes, output);
    case Compression::kLz4:
      return unlz4(bytes, output);
    case Compression::kZstd:
      return unzstd(bytes, output);
  }
  return Outcome::kMalformed;
}

}  // namespace

Result<std::string_view> decompress(Compression compression, std::string_view bytes,
                                    std::string& scratch, std::size_t limit) {
  if (compression == Compression::kNone) return bytes;
  Output output(scratch, bytes.size(), limit);
  const Outcome outcome = decompress_into(compression, bytes, output);
  if (outcome == Outcome::kMalformed) return malformed(compression);
  if (outcome == Outcome::kOverLimit || output.over_limit()) return over_limit(limit);
  return output.view();
}

}  // namespace weir::wire
