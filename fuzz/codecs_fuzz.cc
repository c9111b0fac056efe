// Any bytes as composite values. The first byte chooses the type.
#include <sanitizer/allocator_interface.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "codec/random_parts.h"
#include "weir/codecs.h"

namespace {

// Counts what is asked for, so that a length that lies is found out even if the memory is there.
std::size_t allocated_bytes = 0;
void count_malloc(const volatile void*, std::size_t size) { allocated_bytes += size; }
void ignore_free(const volatile void*) {}

}  // namespace

namespace weir {
namespace {

constexpr std::size_t kMostPerByte = 256;
constexpr std::size_t kMostForAnyValue = 4096;

template <class T>
std::string written(const T& value) {
  std::string bytes(Codec<T>::size(value), '\0');
  WEIR_CHECK(Codec<T>::write(value, bytes.data()) == bytes.data() + bytes.size(),
             "size() tells what write() writes");
  return bytes;
}

template <class T>
void fuzz(std::string_view bytes) {
  T value{};
  allocated_bytes = 0;
  const bool accepted = Codec<T>::read(bytes, value);
  WEIR_CHECK(allocated_bytes <= kMostPerByte * bytes.size() + kMostForAnyValue,
             "read() allocates no more than a small multiple of its input");
  if (!accepted) {
    WEIR_CHECK(Codec<T>::explain(bytes).starts_with("byte "), "there is a reason");
    return;
  }
  const std::string again = written(value);
  if (!kIsUnordered<T>) WEIR_CHECK(again == bytes, "a value has one form");
  T back{};
  WEIR_CHECK(Codec<T>::read(again, back) && back == value, "what was written is read as it was");
}

void fuzz(std::uint8_t choice, std::string_view bytes) {
  switch (choice % 4) {
    case 0:
      return fuzz<parts::Sorted>(bytes);
    case 1:
      return fuzz<parts::Unsorted>(bytes);
    case 2:
      return fuzz<std::vector<parts::Choice>>(bytes);
    default:
      return fuzz<std::map<std::uint8_t, std::vector<std::set<char>>>>(bytes);
  }
}

}  // namespace
}  // namespace weir

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const int hooks = __sanitizer_install_malloc_and_free_hooks(count_malloc, ignore_free);
  WEIR_CHECK(hooks > 0, "the fuzzers are built with AddressSanitizer");
  if (size > 0) weir::fuzz(bytes[0], {reinterpret_cast<const char*>(bytes) + 1, size - 1});
  return 0;
}
