#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "avro/schema.h"
#include "avro/value.h"

/// Random schemas and values, for tests: the same seed gives the same ones.
namespace weir::avro {

class RandomAvro {
 public:
  explicit RandomAvro(std::uint32_t seed) : random_(seed) {}

  /// Returns a schema's JSON text: any types, nested up to `depth` deep, some of them recursive.
  std::string schema(int depth);
  /// Returns a value of `type`, with nesting limited to about `depth`.
  Value value(const Type& type, int depth);
  /// Returns a number from 0 to `limit` - 1.
  std::size_t below(std::size_t limit);

 private:
  std::string type(int depth);
  std::string named_type(int depth);
  std::string record(const std::string& name, int depth);
  std::string union_of(int depth);
  std::int64_t any_long();
  std::string any_bytes(std::size_t size);
  std::string any_text();
  Value::Union union_value(const Type& type, int depth);

  std::mt19937 random_;
  int names_ = 0;
  std::string open_record_;  // that may be referred to where a value can do without it
};

}  // namespace weir::avro
