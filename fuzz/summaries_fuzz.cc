// Any bytes as stored summaries. The first byte chooses which; what is read is used as well.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "weir/summaries.h"

namespace weir {
namespace {

template <class S>
std::string stored(const S& summary) {
  std::string bytes(Codec<S>::size(summary), '\0');
  WEIR_CHECK(Codec<S>::write(summary, bytes.data()) == bytes.data() + bytes.size(),
             "size() tells what write() writes");
  return bytes;
}

template <class S, class T>
void fuzz(std::string_view bytes, const T& value) {
  S summary;
  if (!Codec<S>::read(bytes, summary)) {
    WEIR_CHECK(Codec<S>::explain(bytes).starts_with("byte "), "there is a reason");
    return;
  }
  WEIR_CHECK(stored(summary) == bytes, "a summary has one form");
  for (int i = 0; i < 100; ++i) summary.add(value);
  WEIR_CHECK(summary.merge(S(summary)).ok(), "a summary can be merged with its like");
  (void)stored(summary);
}

void fuzz(std::uint8_t choice, std::string_view bytes) {
  switch (choice % 5) {
    case 0:
      return fuzz<HyperLogLog>(bytes, 1);
    case 1:
      return fuzz<BloomFilter>(bytes, 1);
    case 2:
      return fuzz<TopK<std::string>>(bytes, std::string("a"));
    case 3:
      return fuzz<CountMinSketch<std::string>>(bytes, std::string("a"));
    default:
      return fuzz<Quantiles>(bytes, 1.5);
  }
}

}  // namespace
}  // namespace weir

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size > 0) weir::fuzz(bytes[0], {reinterpret_cast<const char*>(bytes) + 1, size - 1});
  return 0;
}
