#include "avro/generic_codec.h"

#include <gmock/gmock.h>

#include <limits>

#include "avro/parsed_schema.h"
#include "avro/random_avro.h"
#include "weir/avro/binary.h"

namespace weir::avro {
namespace {

using testing::HasSubstr;

// Bytes from hexadecimal digits; blanks are for the eye.
std::string hex(std::string_view digits) {
  std::string bytes, pair;
  for (const char digit : digits) {
    if (digit != ' ') pair += digit;
    if (pair.size() < 2) continue;
    bytes += static_cast<char>(std::stoi(pair, nullptr, 16));
    pair.clear();
  }
  return bytes;
}

std::string decode_refusal(std::string_view schema, std::string_view bytes) {
  const Result<Value> value = decode(bytes, parsed(schema).root());
  return value.ok() ? "accepted" : value.error().message();
}

std::string encode_refusal(std::string_view schema, const Value& value) {
  const Result<std::string> bytes = encode(value, parsed(schema).root());
  return bytes.ok() ? "accepted" : bytes.error().message();
}

struct Golden {
  std::string schema;
  Value value;
  std::string hex;
};

Value text(std::string_view value) { return {std::string(value)}; }
Value number(std::int64_t value) { return {value}; }

// The bytes are the specification's own examples where it has one.
std::vector<Golden> golden_values() {
  constexpr auto kMinLong = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMaxLong = std::numeric_limits<std::int64_t>::max();
  return {
      {R"("null")", {Value::Null()}, ""},
      {R"("boolean")", {false}, "00"},
      {R"("boolean")", {true}, "01"},
      {R"("long")", number(0), "00"},
      {R"("long")", number(-1), "01"},
      {R"("long")", number(1), "02"},
      {R"("long")", number(-64), "7f"},
      {R"("long")", number(64), "80 01"},
      {R"("long")", number(kMinLong), "ff ff ff ff ff ff ff ff ff 01"},
      {R"("long")", number(kMaxLong), "fe ff ff ff ff ff ff ff ff 01"},
      {R"("int")", {std::numeric_limits<std::int32_t>::min()}, "ff ff ff ff 0f"},
      {R"("float")", {1.5f}, "00 00 c0 3f"},
      {R"("double")", {-2.0}, "00 00 00 00 00 00 00 c0"},
      {R"("bytes")", {Value::Bytes{"\xff"}}, "02 ff"},
      {R"("string")", text("foo"), "06 66 6f 6f"},
      {R"({"type":"record","name":"test","fields":[{"name":"a","type":"long"},)"
       R"({"name":"b","type":"string"}]})",
       {Value::Record{{number(27), text("foo")}}},
       "36 06 66 6f 6f"},
      {R"({"type":"enum","name":"Foo","symbols":["A","B","C","D"]})", {Value::Enum{3}}, "06"},
      {R"({"type":"array","items":"long"})",
       {Value::Array{{number(3), number(27)}}},
       "04 06 36 00"},
      {R"({"type":"array","items":"long"})", {Value::Array()}, "00"},
      {R"({"type":"map","values":"long"})", {Value::Map{{{"a", number(1)}}}}, "02 02 61 02 00"},
      {R"(["null","string"])", {Value::Union{0, Value{Value::Null()}}}, "00"},
      {R"(["null","string"])", {Value::Union{1, text("a")}}, "02 02 61"},
      {R"({"type":"fixed","name":"F","size":3})", {Value::Fixed{"abc"}}, "61 62 63"},
  };
}

TEST(GenericCodec, WritesAndReadsEveryTypeAsSpecified) {
  for (const Golden& golden : golden_values()) {
    const Schema schema = parsed(golden.schema);
    EXPECT_EQ(encode(golden.value, schema.root()).value(), hex(golden.hex)) << golden.schema;
    EXPECT_EQ(decode(hex(golden.hex), schema.root()).value(), golden.value) << golden.schema;
  }
}

constexpr std::string_view kTweet =
    R"({"type":"record","name":"Tweet","namespace":"com.miguno.avro","fields":[
        {"name":"username","type":"string"},{"name":"text","type":"string"},
        {"name":"timestamp","type":"long"}]})";

TEST(GenericCodec, WritesTweetsAsTheOriginalDoes) {
  const Value tweet = {Value::Record{{text("ANY_USER_1"), text("ANY_TEXT_1"), number(1234)}}};
  EXPECT_EQ(encode(tweet, parsed(kTweet).root()).value(),
            hex("14") + "ANY_USER_1" + hex("14") + "ANY_TEXT_1" + hex("a4 13"));
}

TEST(GenericCodec, ReadsArraysInBlocksWithAndWithoutTheirSizes) {
  const Schema schema = parsed(R"({"type":"array","items":"long"})");
  const Value expected = {Value::Array{{number(3), number(27), number(1)}}};
  EXPECT_EQ(decode(hex("02 06 04 36 02 00"), schema.root()).value(), expected);
  EXPECT_EQ(decode(hex("01 02 06 03 04 36 02 00"), schema.root()).value(), expected);
}

TEST(GenericCodec, ReadsNumbersThatAreLongerThanTheyNeedToBe) {
  EXPECT_EQ(decode(hex("82 80 00"), parsed(R"("long")").root()).value(), number(1));
}

TEST(GenericCodec, SaysWhichPartOfAValueCannotBeReadAndWhy) {
  EXPECT_EQ(
      decode_refusal(kTweet, hex("01 02 03 04")),
      "field \"username\" of com.miguno.avro.Tweet, string: a length below 0, at byte 1 of 4");
  EXPECT_EQ(
      decode_refusal(kTweet, hex("00 02 61")),
      "field \"timestamp\" of com.miguno.avro.Tweet, long: a number that is cut short, at byte "
      "3 of 3");
  EXPECT_EQ(decode_refusal(kTweet, hex("00 00 00 00 00")),
            "2 bytes are left over behind the value, at byte 3 of 5");
  EXPECT_EQ(decode_refusal(R"({"type":"array","items":"boolean"})", hex("06 00 01 02")),
            "item 2, boolean: a boolean that is not 0 or 1, at byte 4 of 4");
  EXPECT_EQ(decode_refusal(R"({"type":"map","values":"int"})", hex("02 02 61 80 80 80 80 10")),
            "key \"a\", int: an int beyond 32 bits, at byte 8 of 8");
  EXPECT_EQ(decode_refusal(R"({"type":"map","values":"int"})", hex("02 04 61")),
            "map: more bytes than there are, at byte 2 of 3");
}

TEST(GenericCodec, SaysWhatIsWrongInOneLineWhateverTheKeyIs) {
  EXPECT_EQ(decode_refusal(R"({"type":"map","values":"int"})", hex("02 08 0a 22 ff 61")),
            "key \"\\n\\\"\xEF\xBF\xBD"
            "a\", int: a number that is cut short, at byte 6 of 6");
  const std::string long_key(200, 'k');
  EXPECT_EQ(
      decode_refusal(R"({"type":"map","values":"int"})", hex("02 90 03") + long_key),
      "key \"" + std::string(56, 'k') + "..., int: a number that is cut short, at byte 203 of 203");
  EXPECT_EQ(decode_refusal(R"({"type":"map","values":"int"})",
                           hex("02 90 03") + "x" + long_key.substr(0, 54) + "\xC3\xA9" +
                               long_key.substr(0, 143)),
            "key \"x" + std::string(54, 'k') +
                "..., int: a number that is cut short, at byte 203 of 203");
}

TEST(GenericCodec, RefusesWhatNoEncoderWrites) {
  constexpr std::string_view kArray = R"({"type":"array","items":"long"})";
  EXPECT_THAT(decode_refusal(R"("long")", hex("ff ff ff ff ff ff ff ff ff 02")),
              HasSubstr("beyond 64 bits"));
  EXPECT_THAT(decode_refusal(R"("long")", hex("80 80 80 80 80 80 80 80 80 80 00")),
              HasSubstr("beyond 64 bits"));
  EXPECT_THAT(decode_refusal(R"(["null","int"])", hex("04")),
              HasSubstr("union: a branch or symbol"));
  EXPECT_THAT(decode_refusal(R"(["null","int"])", hex("01")),
              HasSubstr("union: a branch or symbol"));
  EXPECT_THAT(decode_refusal(R"({"type":"enum","name":"E","symbols":["A"]})", hex("02")),
              HasSubstr("E: a branch or symbol that the schema does not have"));
  EXPECT_THAT(decode_refusal(R"({"type":"fixed","name":"F","size":3})", "ab"),
              HasSubstr("F: more bytes than there are"));
  EXPECT_THAT(decode_refusal(kArray, hex("01 04 06 00")), HasSubstr("a block of another size"));
  EXPECT_THAT(decode_refusal(kArray, hex("01 06 06 00")), HasSubstr("a block size beyond the end"));
  EXPECT_THAT(decode_refusal(kArray, hex("01 01 06 00")), HasSubstr("a block size beyond the end"));
}

TEST(GenericCodec, IsNotImpressedByLengthsAndCountsThatLie) {
  const std::string huge = hex("fe ff ff ff ff ff ff ff ff 01");   // the largest long
  const std::string least = hex("ff ff ff ff ff ff ff ff ff 01");  // the least one
  EXPECT_THAT(decode_refusal(R"("string")", huge + "abc"), HasSubstr("more bytes than there are"));
  EXPECT_THAT(decode_refusal(R"("bytes")", least), HasSubstr("a length below 0"));
  EXPECT_THAT(decode_refusal(R"({"type":"array","items":"long"})", huge + hex("02")),
              HasSubstr("item 1, long: a number that is cut short"));
  EXPECT_THAT(decode_refusal(R"({"type":"array","items":"long"})", least + hex("02 02")),
              HasSubstr("item 1, long: a number that is cut short"));
  EXPECT_THAT(decode_refusal(R"({"type":"map","values":"null"})", huge), HasSubstr("cut short"));
  EXPECT_THAT(decode_refusal(R"({"type":"array","items":"null"})", huge + hex("00")),
              HasSubstr("array: too many items without bytes"));
  EXPECT_THAT(decode_refusal(R"({"type":"array","items":{"type":"array","items":"null"}})",
                             hex("06 a0 9c 05 00 a0 9c 05 00 a0 9c 05 00 00")),
              HasSubstr("item 1, array: too many items without bytes"));
}

constexpr std::string_view kList = R"({"type":"record","name":"List","fields":[
    {"name":"next","type":["null","List"]}]})";

TEST(GenericCodec, RefusesValuesNestedTooDeeply) {
  EXPECT_EQ(decode_refusal(kList, std::string(kMaxDepth - 1, '\x02') + std::string(1, '\0')),
            "accepted");
  EXPECT_THAT(decode_refusal(kList, std::string(kMaxDepth, '\x02') + std::string(1, '\0')),
              HasSubstr("List: values nested too deeply"));
  EXPECT_THAT(decode_refusal(kList, std::string(1000000, '\x02')), HasSubstr("nested too deeply"));
  Value list = {Value::Record{{{Value::Union{0, Value{Value::Null()}}}}}};
  for (int i = 0; i < kMaxDepth; ++i) list = {Value::Record{{{Value::Union{1, list}}}}};
  EXPECT_THAT(encode_refusal(kList, list), HasSubstr("values nested too deeply"));
}

TEST(GenericCodec, RefusesToWriteAValueOfAnotherType) {
  EXPECT_EQ(encode_refusal(R"("long")", {std::int32_t{1}}),
            "the schema wants long, the value is int");
  EXPECT_EQ(encode_refusal(kTweet, {Value::Record{{text("a"), number(1), number(1)}}}),
            "field \"text\": the schema wants string, the value is long");
  EXPECT_EQ(encode_refusal(kTweet, {Value::Record{{text("a")}}}),
            "com.miguno.avro.Tweet has 3 fields, the value has 1");
  EXPECT_EQ(
      encode_refusal(R"({"type":"array","items":"long"})", {Value::Array{{number(1), text("a")}}}),
      "item 1: the schema wants long, the value is string");
  EXPECT_EQ(encode_refusal(R"({"type":"map","values":"long"})", {Value::Map{{{"k", text("a")}}}}),
            "key \"k\": the schema wants long, the value is string");
  EXPECT_EQ(encode_refusal(R"({"type":"enum","name":"E","symbols":["A"]})", {Value::Enum{1}}),
            "E has 1 symbols, the value is number 1");
  EXPECT_EQ(encode_refusal(R"({"type":"fixed","name":"F","size":1})", {Value::Fixed{"ab"}}),
            "F has 1 bytes, the value has 2");
  EXPECT_EQ(encode_refusal(R"(["null"])", {Value::Union{1, Value{Value::Null()}}}),
            "the union has 1 branches, the value is of number 1");
}

TEST(GenericCodec, ReadsBackWhatItWroteForRandomSchemas) {
  RandomAvro random(20141006);
  for (int i = 0; i < 2000; ++i) {
    const Schema schema = parsed(random.schema(4));
    const Value value = random.value(schema.root(), 6);
    const std::string bytes = encode(value, schema.root()).value();
    const Result<Value> again = decode(bytes, schema.root());
    ASSERT_TRUE(again.ok()) << again.error().message() << "\n" << to_json(schema.root());
    ASSERT_EQ(*again, value) << to_json(schema.root());
  }
}

TEST(GenericCodec, RefusesEveryValueThatIsCutShort) {
  RandomAvro random(7);
  for (int i = 0; i < 300; ++i) {
    const Schema schema = parsed(random.schema(4));
    const std::string bytes = encode(random.value(schema.root(), 5), schema.root()).value();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      ASSERT_FALSE(decode(bytes.substr(0, size), schema.root()).ok()) << to_json(schema.root());
    }
  }
}

TEST(GenericCodec, MeansTheSameByWhatItAcceptsOfDamagedBytes) {
  RandomAvro random(99);
  for (int i = 0; i < 3000; ++i) {
    const Schema schema = parsed(random.schema(4));
    std::string bytes = encode(random.value(schema.root(), 5), schema.root()).value();
    for (int damage = 0; damage < 3 && !bytes.empty(); ++damage) {
      bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
    }
    const Result<Value> value = decode(bytes, schema.root());
    if (!value.ok()) continue;
    const std::string again = encode(*value, schema.root()).value();
    // Not the values: a NaN is unequal to itself.
    ASSERT_EQ(encode(decode(again, schema.root()).value(), schema.root()).value(), again);
  }
}

}  // namespace
}  // namespace weir::avro
