#include "avro/generic_codec.h"
#include "avro/schema.h"
#include "base/check.h"
#include "weir/avro.h"

namespace weir::avro::detail {

namespace {

// Confluent's serializers put a zero byte and a schema's 4-byte id in front of the value.
constexpr std::size_t kRegistryHeader = 5;

bool has_registry_header(std::string_view bytes, const Type& type) {
  return bytes.size() > kRegistryHeader && bytes.front() == 0 &&
         decode(bytes.substr(kRegistryHeader), type).ok();
}

}  // namespace

struct Explainer::Parsed {
  Schema schema;
};

Explainer::Explainer(std::string_view schema_json) {
  Result<Schema> schema = Schema::parse(schema_json);
  WEIR_CHECK(schema.ok(), "avrogen writes only schemas that it could parse");
  parsed_ = std::make_shared<const Parsed>(Parsed{*std::move(schema)});
}

std::string Explainer::operator()(std::string_view bytes) const {
  const Type& type = parsed_->schema.root();
  const Result<Value> value = decode(bytes, type);
  const std::string name = "Avro record " + std::string(type.label());
  if (value.ok()) return "the bytes are an " + name + " and can be read";
  std::string message = "no " + name + ": " + value.error().message();
  if (has_registry_header(bytes, type)) {
    message += "; behind 5 bytes that look like a schema registry's header there is such a record";
  }
  return message;
}

}  // namespace weir::avro::detail
