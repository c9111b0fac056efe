#include "avro/avrogen/generator.h"

#include <gmock/gmock.h>

namespace weir::avro {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string generated(std::string_view schema_json, const std::string& one_namespace = "") {
  const Result<Schema> schema = Schema::parse(schema_json);
  EXPECT_TRUE(schema.ok()) << schema.error().message();
  const Result<std::string> header = generate_header(*schema, {one_namespace, "a.avsc"});
  return header.ok() ? *header : header.error().message();
}

TEST(Generator, WritesAHeaderToBeRead) {
  EXPECT_EQ(generated(R"({"type":"record","name":"a.Hit","doc":"A page was seen.","fields":[
                {"name":"page","type":"string","doc":"Its path."},
                {"name":"millis","type":"int"}]})"),
            R"header(// Written by avrogen from a.avsc; what is changed here will be lost.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "weir/avro.h"

namespace a {

/// A page was seen.
struct Hit {
  /// Its path.
  std::string page;
  std::int32_t millis = 0;

  static constexpr std::string_view kSchema =
      R"avsc({"type":"record","name":"Hit","namespace":"a","doc":"A page was seen.","fields":[{"name":"page","doc":"Its path.","type":"string"},{"name":"millis","type":"int"}]})avsc";

  bool operator==(const Hit&) const = default;
};

/// Hit as a view: refers to the bytes it was read from.
struct HitView {
  using is_view = void;
  std::string_view page;
  std::int32_t millis = 0;

  static constexpr std::string_view kSchema = Hit::kSchema;

  bool operator==(const HitView&) const = default;
};

}  // namespace a

template <>
struct weir::avro::Layout<a::Hit> {
  template <class Self, class Visitor>
  static void describe(Self& record, Visitor& visit) {
    visit(record.page, String());
    visit(record.millis, Int());
  }
};

template <>
struct weir::Codec<a::Hit>
    : weir::avro::RecordCodec<a::Hit> {};

template <>
struct weir::avro::Layout<a::HitView>
    : weir::avro::Layout<a::Hit> {};

template <>
struct weir::Codec<a::HitView>
    : weir::avro::RecordCodec<a::HitView> {};
)header");
}

TEST(Generator, PutsAllTypesIntoOneNamespaceIfTold) {
  const std::string header = generated(R"({"type":"record","name":"a.R","fields":[
      {"name":"f","type":{"type":"enum","name":"b.E","symbols":["X"]}}]})",
                                       "my::own");
  EXPECT_THAT(header, HasSubstr("namespace my::own {"));
  EXPECT_THAT(header, HasSubstr("  E f{};"));
  EXPECT_THAT(header, HasSubstr("struct weir::Codec<my::own::R>"));
  EXPECT_THAT(header, Not(HasSubstr("namespace a")));
}

TEST(Generator, LeavesTypesWithoutANamespaceInTheGlobalOne) {
  EXPECT_THAT(generated(R"({"type":"record","name":"R","fields":[]})"),
              HasSubstr("struct weir::Codec<R>"));
}

TEST(Generator, TakesEveryRecordOfAUnion) {
  const std::string header = generated(R"([{"type":"record","name":"R","fields":[]},
                                           {"type":"record","name":"S","fields":[]}])");
  EXPECT_THAT(header, HasSubstr("struct R {"));
  EXPECT_THAT(header, HasSubstr("struct S {"));
}

TEST(Generator, ChoosesADelimiterThatTheSchemaDoesNotHave) {
  EXPECT_THAT(generated(R"({"type":"record","name":"R","doc":")avsc","fields":[]})"),
              HasSubstr("R\"avsc_("));
}

TEST(Generator, RefusesASchemaWithoutARecord) {
  EXPECT_THAT(generated(R"({"type":"array","items":"int"})"),
              HasSubstr("the schema has no record"));
}

TEST(Generator, RefusesTypesThatWouldHaveOneName) {
  EXPECT_EQ(generated(R"({"type":"record","name":"a.R","fields":[
                {"name":"f","type":{"type":"fixed","name":"a.RView","size":1}}]})"),
            "the types a.RView and a.R would both be called a::RView in C++; rename one of them");
  EXPECT_EQ(generated(R"({"type":"record","name":"a.R","fields":[
                {"name":"f","type":{"type":"fixed","name":"b.R","size":1}}]})",
                      "c"),
            "the types b.R and a.R would both be called c::R in C++; rename one of them, or leave "
            "out --namespace");
}

}  // namespace
}  // namespace weir::avro
