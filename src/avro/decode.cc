#include <optional>
#include <utility>
#include <vector>

#include "avro/generic_codec.h"
#include "avro/json_text.h"
#include "weir/avro/binary.h"

namespace weir::avro {

namespace {

// Reads one value; used once. On a failure the reader has failed, what the functions return means
// nothing, and each of them notes on the way out where it was.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : size_(bytes.size()), reader_(bytes) {}

  Result<Value> decode(const Type& type) {
    Value value = read(type);
    if (reader_.finished()) return value;
    if (!reader_.ok()) return error(place() + ": " + reader_.failure());
    return error(std::to_string(reader_.remaining()) + " bytes are left over behind the value");
  }

 private:
  Error error(const std::string& message) const {
    return Error(ErrorCode::kCorrupt, message + ", at byte " + std::to_string(reader_.position()) +
                                          " of " + std::to_string(size_));
  }

  std::string place() const {
    std::string text;
    for (auto part = places_.rbegin(); part != places_.rend(); ++part) {
      if (!text.empty()) text += ", ";
      text += *part;
    }
    return text;
  }

  Value read(const Type& type) {
    Value value = read_any(type);
    if (!reader_.ok() && places_.empty()) places_.emplace_back(type.label());
    return value;
  }

  Value read_any(const Type& type) {
    switch (type.kind) {
      case Kind::kNull:
        return {Value::Null()};
      case Kind::kBoolean:
        return {reader_.read_boolean()};
      case Kind::kInt:
        return {reader_.read_int()};
      case Kind::kLong:
        return {reader_.read_long()};
      case Kind::kFloat:
        return {reader_.read_float()};
      case Kind::kDouble:
        return {reader_.read_double()};
      case Kind::kBytes:
        return {Value::Bytes{std::string(reader_.read_bytes())}};
      case Kind::kString:
        return {std::string(reader_.read_bytes())};
      case Kind::kRecord:
        return read_record(type);
      case Kind::kEnum:
        return {Value::Enum{reader_.read_index(type.symbols.size())}};
      case Kind::kArray:
        return read_array(type);
      case Kind::kMap:
        return read_map(type);
      case Kind::kUnion:
        return read_union(type);
      case Kind::kFixed:
        return {Value::Fixed{std::string(reader_.read_raw(type.size))}};
    }
    return {};
  }

  Value read_record(const Type& type) {
    Value::Record record;
    reader_.read_nested([&] {
      record.fields.reserve(type.fields.size());
      for (const Field& field : type.fields) {
        record.fields.push_back(read(*field.type));
        if (reader_.ok()) continue;
        places_.push_back("field \"" + field.name + "\" of " + type.name);
        return;
      }
    });
    return {std::move(record)};
  }

  Value read_array(const Type& type) {
    Value::Array array;
    reader_.read_nested([&] {
      reader_.read_blocks([](std::size_t) {}, [&] { array.items.push_back(read(*type.items)); });
    });
    if (!places_.empty()) places_.push_back("item " + std::to_string(array.items.size() - 1));
    return {std::move(array)};
  }

  Value read_map(const Type& type) {
    Value::Map map;
    reader_.read_nested([&] {
      reader_.read_blocks([](std::size_t) {},
                          [&] {
                            std::string key(reader_.read_bytes());
                            if (!reader_.ok()) return;
                            map.entries.push_back({std::move(key), read(*type.items)});
                          });
    });
    if (!places_.empty()) places_.push_back("key " + as_json_string(map.entries.back().key));
    return {std::move(map)};
  }

  Value read_union(const Type& type) {
    Value::Union value;
    value.branch = reader_.read_index(type.branches.size());
    if (reader_.ok()) *value.value = read(*type.branches[value.branch]);
    return {std::move(value)};
  }

  const std::size_t size_;
  Reader reader_;
  std::vector<std::string> places_;  // where a failure was, from the inside out
};

}  // namespace

Result<Value> decode(std::string_view bytes, const Type& type) {
  return Decoder(bytes).decode(type);
}

}  // namespace weir::avro
