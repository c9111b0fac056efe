#include <utility>

#include "avro/generic_codec.h"
#include "avro/json_text.h"
#include "weir/avro/binary.h"

namespace weir::avro {

namespace {

// Appends values to a string.
class Encoder {
 public:
  Result<void> write(const Value& value, const Type& type) {
    if (value.kind() != type.kind) {
      return misfit("the schema wants " + std::string(to_string(type.kind)) + ", the value is " +
                    std::string(to_string(value.kind())));
    }
    if (depth_ > kMaxDepth) return misfit("values nested too deeply");
    return write_held(value, type);
  }

  std::string take() && { return std::move(out_); }

 private:
  static Error misfit(const std::string& message) {
    return Error(ErrorCode::kInvalidArgument, message);
  }

  // The value's kind is the type's.
  Result<void> write_held(const Value& value, const Type& type) {
    switch (type.kind) {
      case Kind::kNull:
        return {};
      case Kind::kBoolean:
        out_.push_back(std::get<bool>(value.held) ? 1 : 0);
        return {};
      case Kind::kInt:
        return write_number(std::get<std::int32_t>(value.held));
      case Kind::kLong:
        return write_number(std::get<std::int64_t>(value.held));
      case Kind::kFloat:
        return append(write_float(std::get<float>(value.held), scratch_));
      case Kind::kDouble:
        return append(write_double(std::get<double>(value.held), scratch_));
      case Kind::kBytes:
        return write_text(std::get<Value::Bytes>(value.held).bytes);
      case Kind::kString:
        return write_text(std::get<std::string>(value.held));
      case Kind::kRecord:
        return write_record(std::get<Value::Record>(value.held), type);
      case Kind::kEnum:
        return write_enum(std::get<Value::Enum>(value.held), type);
      case Kind::kArray:
        return write_array(std::get<Value::Array>(value.held), type);
      case Kind::kMap:
        return write_map(std::get<Value::Map>(value.held), type);
      case Kind::kUnion:
        return write_union(std::get<Value::Union>(value.held), type);
      case Kind::kFixed:
        return write_fixed(std::get<Value::Fixed>(value.held), type);
    }
    return {};
  }

  Result<void> append(const char* end) {
    out_.append(scratch_, static_cast<std::size_t>(end - scratch_));
    return {};
  }

  Result<void> write_number(std::int64_t number) { return append(write_long(number, scratch_)); }
  Result<void> write_count(std::size_t count) {
    return write_number(static_cast<std::int64_t>(count));
  }

  Result<void> write_text(const std::string& text) {
    WEIR_RETURN_IF_ERROR(write_count(text.size()));
    out_.append(text);
    return {};
  }

  // Writes what is in a record, an array or a map; `place` says where, for the error alone.
  template <class Place>
  Result<void> write_inside(const Value& value, const Type& type, Place place) {
    ++depth_;
    Result<void> written = write(value, type);
    --depth_;
    if (written.ok()) return {};
    return std::move(written).error().with_context(place());
  }

  Result<void> write_record(const Value::Record& record, const Type& type) {
    if (record.fields.size() != type.fields.size()) {
      return misfit(type.name + " has " + std::to_string(type.fields.size()) +
                    " fields, the value has " + std::to_string(record.fields.size()));
    }
    for (std::size_t i = 0; i < record.fields.size(); ++i) {
      const Field& field = type.fields[i];
      WEIR_RETURN_IF_ERROR(write_inside(record.fields[i], *field.type,
                                        [&] { return "field \"" + field.name + "\""; }));
    }
    return {};
  }

  Result<void> write_enum(const Value::Enum& value, const Type& type) {
    if (value.symbol < type.symbols.size()) return write_count(value.symbol);
    return misfit(type.name + " has " + std::to_string(type.symbols.size()) +
                  " symbols, the value is number " + std::to_string(value.symbol));
  }

  Result<void> write_array(const Value::Array& array, const Type& type) {
    if (!array.items.empty()) WEIR_RETURN_IF_ERROR(write_count(array.items.size()));
    for (std::size_t i = 0; i < array.items.size(); ++i) {
      WEIR_RETURN_IF_ERROR(
          write_inside(array.items[i], *type.items, [&] { return "item " + std::to_string(i); }));
    }
    return write_count(0);
  }

  Result<void> write_map(const Value::Map& map, const Type& type) {
    if (!map.entries.empty()) WEIR_RETURN_IF_ERROR(write_count(map.entries.size()));
    for (const Value::Entry& entry : map.entries) {
      WEIR_RETURN_IF_ERROR(write_text(entry.key));
      WEIR_RETURN_IF_ERROR(write_inside(entry.value, *type.items,
                                        [&] { return "key " + as_json_string(entry.key); }));
    }
    return write_count(0);
  }

  Result<void> write_union(const Value::Union& value, const Type& type) {
    if (value.branch >= type.branches.size()) {
      return misfit("the union has " + std::to_string(type.branches.size()) +
                    " branches, the value is of number " + std::to_string(value.branch));
    }
    WEIR_RETURN_IF_ERROR(write_count(value.branch));
    return write(*value.value, *type.branches[value.branch]);
  }

  Result<void> write_fixed(const Value::Fixed& value, const Type& type) {
    if (value.bytes.size() != type.size) {
      return misfit(type.name + " has " + std::to_string(type.size) + " bytes, the value has " +
                    std::to_string(value.bytes.size()));
    }
    out_.append(value.bytes);
    return {};
  }

  static constexpr std::size_t kLongestNumber = 10;
  char scratch_[kLongestNumber];
  std::string out_;
  int depth_ = 0;
};

}  // namespace

Result<std::string> encode(const Value& value, const Type& type) {
  Encoder encoder;
  WEIR_RETURN_IF_ERROR(encoder.write(value, type));
  return std::move(encoder).take();
}

}  // namespace weir::avro
