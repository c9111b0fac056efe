// Any bytes as a schema, as a value of a schema, and as a generated record. The first byte chooses.
#include <cstdint>
#include <string>
#include <string_view>

#include "avro/generic_codec.h"
#include "avro/json_value.h"
#include "avro/schema.h"
#include "base/check.h"
#include "everything.avro.h"
#include "tweet.avro.h"

namespace weir::avro {

namespace {

using com::miguno::avro::Tweet;
using com::miguno::avro::TweetView;
using test::Everything;
using test::EverythingView;

void fuzz_value(std::string_view bytes, const Type& type) {
  const Result<Value> value = decode(bytes, type);
  if (!value.ok()) return;
  const std::string written = encode(*value, type).value();
  const Value again = decode(written, type).value();
  WEIR_CHECK(encode(again, type).value() == written, "what was written is read as it was");
  const std::string json = value_to_json(*value, type);
  const Result<Value> from_json = value_from_json(json, type);
  // It may be refused only for its depth, which counts unions in JSON and does not in bytes.
  if (from_json.ok()) {
    WEIR_CHECK(value_to_json(*from_json, type) == json, "JSON is read as it was written");
  }
}

void fuzz_schema(std::string_view text) {
  const std::size_t end = text.find('\0');
  const Result<Schema> schema = Schema::parse(text.substr(0, end));
  if (!schema.ok()) return;
  const std::string json = to_json(schema->root());
  const Result<Schema> again = Schema::parse(json);
  WEIR_CHECK(again.ok() && to_json(again->root()) == json, "a printed schema is the same schema");
  if (end != std::string_view::npos) fuzz_value(text.substr(end + 1), schema->root());
}

template <class T>
std::string bytes_of(const T& value) {
  std::string bytes(Codec<T>::size(value), '\0');
  WEIR_CHECK(Codec<T>::write(value, bytes.data()) == bytes.data() + bytes.size(),
             "size() tells what write() writes");
  return bytes;
}

template <class T>
void fuzz_generated(std::string_view bytes, const Type& type) {
  T value;
  const bool accepted = Codec<T>::read(bytes, value);
  WEIR_CHECK(accepted == decode(bytes, type).ok(), "both codecs accept the same bytes");
  if (!accepted) {
    WEIR_CHECK(!Codec<T>::explain(bytes).empty(), "there is a reason");
    return;
  }
  T again;
  const std::string written = bytes_of(value);
  WEIR_CHECK(Codec<T>::read(written, again), "what was written can be read");
  WEIR_CHECK(bytes_of(again) == written, "what was written is read as it was");
}

Schema parsed(std::string_view json) { return Schema::parse(json).value(); }

void fuzz(std::uint8_t choice, std::string_view bytes) {
  static const Schema tweet = parsed(Tweet::kSchema);
  static const Schema everything = parsed(Everything::kSchema);
  switch (choice % 6) {
    case 0:
      return fuzz_schema(bytes);
    case 1:
      return fuzz_value(bytes, everything.root());
    case 2:
      return fuzz_generated<TweetView>(bytes, tweet.root());
    case 3:
      return fuzz_generated<Tweet>(bytes, tweet.root());
    case 4:
      return fuzz_generated<EverythingView>(bytes, everything.root());
    default:
      return fuzz_generated<Everything>(bytes, everything.root());
  }
}

}  // namespace

}  // namespace weir::avro

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size > 0) weir::avro::fuzz(bytes[0], {reinterpret_cast<const char*>(bytes) + 1, size - 1});
  return 0;
}
