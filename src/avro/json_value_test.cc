#include "avro/json_value.h"

#include <gmock/gmock.h>

#include "avro/generic_codec.h"
#include "avro/parsed_schema.h"
#include "avro/random_avro.h"

namespace weir::avro {
namespace {

using testing::HasSubstr;

std::string through(std::string_view schema, std::string_view json) {
  const Schema type = parsed(schema);
  const Result<Value> value = value_from_json(json, type.root());
  return value.ok() ? value_to_json(*value, type.root()) : value.error().message();
}

TEST(JsonValue, ReadsAndWritesEveryTypeAsSpecified) {
  const std::pair<std::string, std::string> cases[] = {
      {R"("null")", "null"},
      {R"("boolean")", "true"},
      {R"("int")", "-7"},
      {R"("long")", "9223372036854775807"},
      {R"("float")", "1.5"},
      {R"("double")", "0.1"},
      {R"("double")", "\"NaN\""},
      {R"("double")", "\"-Infinity\""},
      {R"("bytes")", "\"a\u00ff\""},
      {R"("string")", "\"\u20ac\""},
      {R"({"type":"enum","name":"E","symbols":["A","B"]})", "\"B\""},
      {R"({"type":"fixed","name":"F","size":2})", "\"a\u0080\""},
      {R"({"type":"array","items":"int"})", "[1,2]"},
      {R"({"type":"map","values":"int"})", R"({"a":1})"},
      {R"(["null","string"])", "null"},
      {R"(["null","string"])", R"({"string":"a"})"},
      {R"(["null",{"type":"fixed","name":"n.F","size":1}])", R"({"n.F":"a"})"},
      {R"({"type":"record","name":"R","fields":[{"name":"a","type":"int"}]})", R"({"a":1})"},
  };
  for (const auto& [schema, json] : cases) EXPECT_EQ(through(schema, json), json);
}

TEST(JsonValue, SaysWhatDoesNotFit) {
  constexpr std::string_view kRecord =
      R"({"type":"record","name":"R","fields":[{"name":"a","type":{"type":"array","items":"int"}}]})";
  EXPECT_EQ(through(kRecord, R"({"a":[1,"2"]})"), "field \"a\": item 1: \"2\" is no int");
  EXPECT_EQ(through(kRecord, "{}"), "field \"a\": it is missing");
  EXPECT_EQ(through(kRecord, "[]"), "[] is no record R");
  EXPECT_EQ(through(R"("int")", "2147483648"), "2147483648 is no int");
  EXPECT_EQ(through(R"("long")", "18446744073709551615"), "18446744073709551615 is no long");
  EXPECT_EQ(through(R"("bytes")", "\"\u0100\""), "\"\u0100\" is no bytes");
  EXPECT_EQ(through(R"({"type":"map","values":"int"})", R"({"k":null})"),
            "key \"k\": null is no int");
  EXPECT_EQ(through(R"({"type":"map","values":"int"})", "1"), "1 is no map");
  EXPECT_EQ(through(R"({"type":"array","items":"int"})", "1"), "1 is no array");
  EXPECT_EQ(through(R"({"type":"enum","name":"E","symbols":["A"]})", "\"B\""),
            "\"B\" is no symbol of enum E");
  EXPECT_EQ(through(R"({"type":"fixed","name":"F","size":2})", "\"abc\""),
            "\"abc\" is no fixed of 2 bytes");
  EXPECT_EQ(through(R"(["null","int"])", "1"),
            "1 is no branch of the union, as in {\"string\": ...}");
  EXPECT_EQ(through(R"(["null","int"])", R"({"long":1})"),
            "{\"long\":1} is no branch of the union, as in {\"string\": ...}");
  EXPECT_EQ(through(R"("int")", "1 2"), "this is no JSON");
}

TEST(JsonValue, RefusesValuesNestedTooDeeply) {
  constexpr std::string_view kTree =
      R"({"type":"record","name":"T","fields":[{"name":"t","type":{"type":"array","items":"T"}}]})";
  std::string deep = R"({"t":[]})";
  for (int i = 0; i < 200; ++i) deep = R"({"t":[)" + deep + "]}";
  EXPECT_THAT(through(kTree, deep), HasSubstr("values are nested too deeply"));
  EXPECT_EQ(through(kTree, std::string(100000, '[')), "values are nested too deeply");
}

TEST(JsonValue, ReplacesWhatIsNoTextInStrings) {
  EXPECT_EQ(value_to_json({std::string("a\xff")}, parsed(R"("string")").root()), "\"a\ufffd\"");
}

TEST(JsonValue, GivesDefaultsWithTheFirstBranchThatFits) {
  const Schema schema = parsed(R"({"type":"record","name":"R","fields":[
    {"name":"a","type":["int","string"],"default":"x"},
    {"name":"b","type":{"type":"record","name":"S","fields":[
      {"name":"c","type":"long","default":7},{"name":"d","type":"long"}]},"default":{"d":1}}]})");
  const std::vector<Field>& fields = schema.root().fields;
  EXPECT_EQ(default_value(fields[0]).value(), (Value{Value::Union{1, Value{std::string("x")}}}));
  EXPECT_EQ(default_value(fields[1]).value(),
            (Value{Value::Record{{{std::int64_t{7}}, {std::int64_t{1}}}}}));
}

TEST(JsonValue, ReadsBackWhatItWroteForRandomSchemas) {
  RandomAvro random(4711);
  for (int i = 0; i < 1000; ++i) {
    const Schema schema = parsed(random.schema(4));
    const Value value = random.value(schema.root(), 6);
    const std::string json = value_to_json(value, schema.root());
    const Result<Value> again = value_from_json(json, schema.root());
    ASSERT_TRUE(again.ok()) << again.error().message() << "\n" << json;
    ASSERT_EQ(value_to_json(*again, schema.root()), json) << to_json(schema.root());
    ASSERT_EQ(encode(*again, schema.root()).value().size(),
              encode(value, schema.root()).value().size());
  }
}

}  // namespace
}  // namespace weir::avro
