#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "weir/avro/containers.h"
#include "weir/avro/shapes.h"
#include "weir/codec.h"

/// What the headers that avrogen writes include: Codec for Avro records, as bare Avro binary (no
/// container file, no schema id in front).
namespace weir::avro {

namespace detail {

/// Says why bytes are no value of a schema, by the codec over the parsed schema. Immutable, so any
/// thread may call it.
class Explainer {
 public:
  explicit Explainer(std::string_view schema_json);
  std::string operator()(std::string_view bytes) const;

 private:
  struct Parsed;
  std::shared_ptr<const Parsed> parsed_;  // shared only so that Parsed can stay unknown here
};

}  // namespace detail

/// The four functions of Codec, for a generated record type.
template <class T>
struct RecordCodec {
  static std::size_t size(const T& value) { return Record::size(value); }
  static char* write(const T& value, char* at) { return Record::write(value, at); }
  static bool read(std::string_view bytes, T& into) {
    Reader reader(bytes);
    Record::read(reader, into);
    return reader.finished();
  }
  static std::string explain(std::string_view bytes) {
    static const detail::Explainer explain(T::kSchema);
    return explain(bytes);
  }
};

}  // namespace weir::avro
