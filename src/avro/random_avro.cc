#include "avro/random_avro.h"

#include <string_view>
#include <utility>

namespace weir::avro {

namespace {

constexpr std::string_view kPrimitives[] = {"null",  "boolean", "int",   "long",
                                            "float", "double",  "bytes", "string"};

std::string quoted_name(const std::string& name) { return '"' + name + '"'; }

}  // namespace

std::size_t RandomAvro::below(std::size_t limit) {
  return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
}

std::string RandomAvro::schema(int depth) {
  names_ = 0;
  open_record_.clear();
  return type(depth);
}

std::string RandomAvro::type(int depth) {
  const std::size_t choice = below(depth > 0 ? 14 : 8);
  if (choice < 8) return quoted_name(std::string(kPrimitives[choice]));
  if (choice == 8) return R"({"type":"array","items":)" + type(depth - 1) + "}";
  if (choice == 9) return R"({"type":"map","values":)" + type(depth - 1) + "}";
  if (choice == 10) return union_of(depth - 1);
  return named_type(depth - 1);
}

std::string RandomAvro::named_type(int depth) {
  const std::string name = "N" + std::to_string(names_++);
  const std::size_t choice = below(4);
  if (choice == 0) return R"({"type":"enum","name":")" + name + R"(","symbols":["A","B","C"]})";
  if (choice == 1) {
    return R"({"type":"fixed","name":")" + name + R"(","size":)" + std::to_string(below(20)) + "}";
  }
  return record(name, depth);
}

std::string RandomAvro::record(const std::string& name, int depth) {
  std::string fields;
  const std::string outer = std::exchange(open_record_, name);
  const std::size_t count = below(6);
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) fields += ',';
    fields += R"({"name":"f)" + std::to_string(i) + R"(","type":)" + type(depth) + "}";
  }
  open_record_ = outer;
  return R"({"type":"record","name":")" + name + R"(","fields":[)" + fields + "]}";
}

std::string RandomAvro::union_of(int depth) {
  std::string branches = below(2) == 0 ? R"("null","string")" : R"("long","null")";
  if (below(2) == 0) branches += R"(,{"type":"array","items":)" + type(depth) + "}";
  if (below(2) == 0) branches = named_type(depth) + "," + branches;
  if (below(2) == 0 && !open_record_.empty()) branches += "," + quoted_name(open_record_);
  return "[" + branches + "]";
}

std::int64_t RandomAvro::any_long() {
  const std::uint64_t bits = (std::uint64_t{random_()} << 32) | random_();
  return static_cast<std::int64_t>(bits) >> below(64);
}

std::string RandomAvro::any_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random_());
  return bytes;
}

std::string RandomAvro::any_text() {
  static constexpr std::string_view kLetters[] = {"a",  "Z",  " ",      "\"",
                                                  "\\", "\n", "\u00e9", "\u20ac"};
  std::string text;
  for (std::size_t i = below(100) == 0 ? 200 : below(8); i > 0; --i) text += kLetters[below(8)];
  return text;
}

Value::Union RandomAvro::union_value(const Type& type, int depth) {
  std::size_t branch = below(type.branches.size());
  const auto is_simple = [&] { return type.branches[branch]->kind < Kind::kRecord; };
  while (depth <= 0 && !is_simple()) branch = (branch + 1) % type.branches.size();
  return {branch, value(*type.branches[branch], depth - 1)};
}

Value RandomAvro::value(const Type& type, int depth) {
  switch (type.kind) {
    case Kind::kNull:
      return {Value::Null()};
    case Kind::kBoolean:
      return {below(2) == 0};
    case Kind::kInt:
      return {static_cast<std::int32_t>(any_long() >> below(33))};
    case Kind::kLong:
      return {any_long()};
    case Kind::kFloat:
      return {static_cast<float>(any_long()) / 8};
    case Kind::kDouble:
      return {static_cast<double>(any_long()) / 1024};
    case Kind::kBytes:
      return {Value::Bytes{any_bytes(below(8))}};
    case Kind::kString:
      return {any_text()};
    case Kind::kEnum:
      return {Value::Enum{below(type.symbols.size())}};
    case Kind::kFixed:
      return {Value::Fixed{any_bytes(type.size)}};
    case Kind::kUnion:
      return {union_value(type, depth)};
    case Kind::kRecord: {
      Value::Record record;
      for (const Field& field : type.fields) record.fields.push_back(value(*field.type, depth - 1));
      return {std::move(record)};
    }
    case Kind::kArray: {
      Value::Array array;
      for (std::size_t i = depth > 0 ? below(4) : 0; i > 0; --i) {
        array.items.push_back(value(*type.items, depth - 1));
      }
      return {std::move(array)};
    }
    case Kind::kMap: {
      Value::Map map;
      for (std::size_t i = depth > 0 ? below(4) : 0; i > 0; --i) {
        map.entries.push_back(
            {"k" + std::to_string(i) + any_text(), value(*type.items, depth - 1)});
      }
      return {std::move(map)};
    }
  }
  return {};
}

}  // namespace weir::avro
