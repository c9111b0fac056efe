// Every message in every version, request headers and frames, from bytes that anyone may send.
// The first byte chooses what is read, the second its version; the rest are the bytes.
#include <sanitizer/allocator_interface.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "wire/codec.h"
#include "wire/consumer_protocol.h"
#include "wire/frame.h"
#include "wire/header.h"
#include "wire/messages/all.h"

namespace {

// Counts what is asked for, so that a length that lies is found out even if the memory is there.
std::size_t allocated_bytes = 0;
void count_malloc(const volatile void*, std::size_t size) { allocated_bytes += size; }
void ignore_free(const volatile void*) {}

}  // namespace

namespace weir::wire {
namespace {

constexpr std::size_t kMostPerByte = 64;
constexpr std::size_t kMostForAnError = 4096;

template <class Message>
void read_message(std::int16_t version, std::string_view body) {
  allocated_bytes = 0;
  const auto message = decode<Message>(body, version);
  WEIR_CHECK(allocated_bytes <= kMostPerByte * body.size() + kMostForAnError,
             "decode() allocates no more than a small multiple of its input");
  if (!message) return;
  (void)print(*message, version);
  Writer writer;
  encode(*message, version, writer);
  WEIR_CHECK(encoded_size(*message, version) == writer.size(), "sizing and writing agree");
  const std::string again = writer.joined();
  const auto back = decode<Message>(again, version);
  WEIR_CHECK(back && *back == *message, "what was read is written and read again");
}

void read_frames(std::int16_t step, std::string_view bytes) {
  BufferPool pool(1 << 20);
  FrameReader reader(pool, 1 << 20);
  const std::size_t most = 1 + static_cast<std::size_t>(step) * 50;
  while (!bytes.empty()) {
    const std::span<char> space = reader.space();
    const std::size_t count = bytes.copy(space.data(), std::min(space.size(), most));
    bytes.remove_prefix(count);
    reader.filled(count);
    while (true) {
      const auto frame = reader.next();
      if (!frame) return;
      if (!*frame) break;
    }
  }
}

void read_header(std::int16_t, std::string_view bytes) {
  Reader reader(bytes);
  (void)read_request_header(reader);
}

void read_member_metadata(std::int16_t, std::string_view bytes) {
  (void)read_subscription(bytes);
  (void)read_assignment(bytes);
}

using Read = void (*)(std::int16_t, std::string_view);

std::vector<Read> all_readers() {
  std::vector<Read> readers = {&read_frames, &read_header, &read_member_metadata};
  for_each_request([&]<class Request>() {
    readers.push_back(&read_message<Request>);
    readers.push_back(&read_message<typename Request::Response>);
  });
  return readers;
}

}  // namespace
}  // namespace weir::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto readers = weir::wire::all_readers();
  static const int hooks = __sanitizer_install_malloc_and_free_hooks(count_malloc, ignore_free);
  WEIR_CHECK(hooks > 0, "the fuzzers are built with AddressSanitizer");
  if (size < 2) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
  readers[data[0] % readers.size()](data[1], rest);
  return 0;
}
