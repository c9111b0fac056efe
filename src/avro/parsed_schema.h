#pragma once

#include <gtest/gtest.h>

#include <string_view>
#include <utility>

#include "avro/schema.h"

namespace weir::avro {

/// Returns the schema in a test's JSON text; a failure of the test where it is none.
inline Schema parsed(std::string_view json) {
  Result<Schema> schema = Schema::parse(json);
  EXPECT_TRUE(schema.ok()) << schema.error().message() << "\n" << json;
  return *std::move(schema);
}

}  // namespace weir::avro
