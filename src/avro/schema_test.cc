#include "avro/schema.h"

#include <gmock/gmock.h>

#include "avro/parsed_schema.h"

namespace weir::avro {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string refusal(std::string_view json) {
  const Result<Schema> schema = Schema::parse(json);
  return schema.ok() ? "accepted" : schema.error().message();
}

// A record R with one field `f` of that type.
std::string record_of(std::string_view type, std::string_view more = "") {
  return R"({"type":"record","name":"R","fields":[{"name":"f","type":)" + std::string(type) +
         std::string(more) + "}]}";
}

TEST(Schema, ReadsEveryPrimitiveTypeInBothForms) {
  for (const std::string word :
       {"null", "boolean", "int", "long", "float", "double", "bytes", "string"}) {
    EXPECT_EQ(to_string(parsed('"' + word + '"').root().kind), word);
    EXPECT_EQ(to_string(parsed(R"({"type":")" + word + R"("})").root().kind), word);
  }
}

TEST(Schema, ReadsARecord) {
  const Schema schema = parsed(R"({"type":"record","name":"Tweet","namespace":"com.miguno.avro",
    "doc":"a message","aliases":["Status","old.Status"],
    "fields":[{"name":"text","type":"string","doc":"its words","aliases":["body"],
               "order":"descending","default":"-"}]})");
  const Type& tweet = schema.root();
  EXPECT_EQ(tweet.name, "com.miguno.avro.Tweet");
  EXPECT_EQ(tweet.doc, "a message");
  EXPECT_THAT(tweet.aliases, ElementsAre("com.miguno.avro.Status", "old.Status"));
  ASSERT_EQ(tweet.fields.size(), 1u);
  EXPECT_EQ(tweet.fields[0].name, "text");
  EXPECT_EQ(tweet.fields[0].type->kind, Kind::kString);
  EXPECT_EQ(tweet.fields[0].doc, "its words");
  EXPECT_THAT(tweet.fields[0].aliases, ElementsAre("body"));
  EXPECT_EQ(tweet.fields[0].order, "descending");
  EXPECT_EQ(tweet.fields[0].default_json, "\"-\"");
}

TEST(Schema, ReadsTheOtherComplexTypes) {
  const Schema suit = parsed(R"({"type":"enum","name":"Suit","symbols":["HEARTS","SPADES"],
                                 "default":"SPADES"})");
  EXPECT_THAT(suit.root().symbols, ElementsAre("HEARTS", "SPADES"));
  EXPECT_EQ(suit.root().default_symbol, "SPADES");
  EXPECT_EQ(parsed(R"({"type":"array","items":"long"})").root().items->kind, Kind::kLong);
  EXPECT_EQ(parsed(R"({"type":"map","values":"int"})").root().items->kind, Kind::kInt);
  EXPECT_EQ(parsed(R"({"type":"fixed","name":"Md5","size":16})").root().size, 16u);
  const Schema either = parsed(R"(["null",{"type":"array","items":"string"}])");
  EXPECT_EQ(either.root().branches[1]->kind, Kind::kArray);
}

TEST(Schema, ReadsATypeThatIsWrittenInsideAnother) {
  EXPECT_EQ(parsed(R"({"type":{"type":"map","values":"int"}})").root().kind, Kind::kMap);
}

TEST(Schema, FindsNamesInTheirNamespaces) {
  const Schema schema = parsed(R"({"type":"record","name":"a.b.Outer","fields":[
    {"name":"x","type":{"type":"fixed","name":"Id","size":4}},
    {"name":"y","type":{"type":"enum","name":"Kind","namespace":"c","symbols":["K"]}},
    {"name":"z","type":{"type":"fixed","name":"Bare","namespace":"","size":1}},
    {"name":"p","type":"Id"},{"name":"q","type":"a.b.Id"},{"name":"r","type":"c.Kind"},
    {"name":"s","type":".Bare"}]})");
  const std::vector<Field>& fields = schema.root().fields;
  EXPECT_EQ(fields[3].type, schema.find("a.b.Id"));
  EXPECT_EQ(fields[4].type, fields[0].type);
  EXPECT_EQ(fields[5].type, schema.find("c.Kind"));
  EXPECT_EQ(fields[6].type, schema.find("Bare"));
  EXPECT_EQ(schema.find("Id"), nullptr);
}

TEST(Schema, LetsATypeReferToItself) {
  const Schema schema = parsed(R"({"type":"record","name":"Node","fields":[
    {"name":"next","type":["null","Node"]}]})");
  EXPECT_EQ(schema.root().fields[0].type->branches[1], &schema.root());
}

TEST(Schema, KeepsLogicalTypesAndUnknownWordsAsTheyAre) {
  const Schema schema =
      parsed(R"({"type":"bytes","logicalType":"decimal","precision":9,"scale":2,"sql":{"n":1}})");
  EXPECT_EQ(schema.root().logical_type(), "decimal");
  EXPECT_EQ(schema.root().attributes.at("precision"), "9");
  EXPECT_EQ(schema.root().attributes.at("sql"), R"({"n":1})");
  EXPECT_EQ(parsed(R"("long")").root().logical_type(), "");
  EXPECT_EQ(parsed(R"({"type":"long","logicalType":7})").root().logical_type(), "");
}

TEST(Schema, IsWrittenAsJsonThatMeansTheSame) {
  const std::string text =
      R"({"type":"record","name":"R","namespace":"a","doc":"d","aliases":["b.S"],"fields":[)"
      R"({"name":"f","doc":"e","type":{"type":"enum","name":"E","symbols":["X"],"default":"X"},)"
      R"("default":"X","order":"ignore","aliases":["g"],"sql":"y"},)"
      R"({"name":"h","type":{"type":"map","values":{"type":"array","items":"a.E"}}},)"
      R"({"name":"i","type":["null",{"type":"fixed","name":"F","namespace":"","size":3},"a.R"]},)"
      R"({"name":"j","type":".F"},)"
      R"({"name":"k","type":{"type":"long","logicalType":"timestamp-millis"}}]})";
  EXPECT_EQ(to_json(parsed(text).root()), text);
}

TEST(Schema, IsWrittenFromAnInnerTypeWithAllThatItNeeds) {
  const Schema schema = parsed(R"({"type":"record","name":"n.Tree","fields":[
    {"name":"leaf","type":{"type":"record","name":"Leaf","fields":[
      {"name":"up","type":["null","Tree"]}]}}]})");
  EXPECT_EQ(
      to_json(*schema.find("n.Leaf")),
      R"({"type":"record","name":"Leaf","namespace":"n","fields":[{"name":"up","type":["null",)"
      R"({"type":"record","name":"Tree","fields":[{"name":"leaf","type":"n.Leaf"}]}]}]})");
}

TEST(Schema, SaysWhatIsWrongWithTheJson) {
  EXPECT_THAT(refusal("{\"type\":"), HasSubstr("schema: this is no JSON: parse error at line 1"));
  EXPECT_THAT(refusal("string"), HasSubstr("schema: this is no JSON"));
  EXPECT_EQ(refusal(R"({"type":"int","scale":1e999})"),
            "schema: this is no JSON: number overflow parsing '1e999'");
  EXPECT_EQ(refusal("7"),
            "schema: 7 is no type; a type is a name, a JSON object or an array of a union's types");
  EXPECT_EQ(refusal("{}"), "schema: \"type\" is missing in {}");
  EXPECT_THAT(refusal(std::string((1 << 20) + 1, ' ')), HasSubstr("more than the 1 MiB"));
}

TEST(Schema, SaysWhereANameIsUnknownAndWhatMayBeMeant) {
  EXPECT_EQ(refusal(record_of(R"({"type":"array","items":"strin"})")),
            "record \"R\", field \"f\", array items: there is no type \"strin\"; did you mean "
            "\"string\"? (a named type has to be defined before it is referred to)");
  EXPECT_THAT(refusal(record_of(R"("RR")")), HasSubstr("did you mean \"R\"?"));
}

TEST(Schema, RefusesNamesThatAreNone) {
  EXPECT_EQ(refusal(R"({"type":"record","fields":[]})"), "schema: the record needs a \"name\"");
  EXPECT_EQ(refusal(R"({"type":"fixed","name":"a-b","size":1})"),
            "fixed \"a-b\": \"a-b\" is no name; a name has letters, digits and _, and does not "
            "begin with a digit");
  EXPECT_THAT(refusal(R"({"type":"fixed","name":"a..b","size":1})"), HasSubstr("is no name"));
  EXPECT_THAT(refusal(R"({"type":"fixed","name":7,"size":1})"),
              HasSubstr("\"name\" has to be a string, not 7"));
  EXPECT_THAT(refusal(R"({"type":"fixed","name":"long","size":1})"),
              HasSubstr("the name of a primitive type"));
  EXPECT_THAT(refusal(R"({"type":"enum","name":"E","symbols":["1st"]})"),
              HasSubstr("in \"symbols\": \"1st\" is no name"));
}

TEST(Schema, RefusesATypeThatIsDefinedTwice) {
  EXPECT_EQ(refusal(record_of(R"({"type":"fixed","name":"R","size":1})")),
            "record \"R\", field \"f\", fixed \"R\": the name is taken; define a type once and "
            "refer to it by its name");
}

TEST(Schema, RefusesFieldsThatAreNone) {
  EXPECT_THAT(refusal(R"({"type":"record","name":"R"})"), HasSubstr("a record needs \"fields\""));
  EXPECT_EQ(refusal(R"({"type":"record","name":"R","fields":["f"]})"),
            "record \"R\", field 0: \"f\" is no field; a JSON object is");
  EXPECT_THAT(refusal(R"({"type":"record","name":"R","fields":[{"type":"int"}]})"),
              HasSubstr("field 0: \"\" is no name"));
  EXPECT_EQ(refusal(R"({"type":"record","name":"R","fields":[{"name":"f"}]})"),
            "record \"R\", field \"f\": a field needs a \"type\"");
  EXPECT_EQ(refusal(R"({"type":"record","name":"R","fields":[{"name":"f","type":"int"},)"
                    R"({"name":"f","type":"int"}]})"),
            "record \"R\": there are two fields \"f\"");
  EXPECT_THAT(refusal(record_of(R"("int")", R"(,"order":"up")")),
              HasSubstr("\"order\" is ascending, descending or ignore, not \"up\""));
  EXPECT_THAT(refusal(record_of(R"("int")", R"(,"aliases":"g")")),
              HasSubstr("\"aliases\" has to be an array of names"));
}

TEST(Schema, RefusesUnionsThatAreNone) {
  EXPECT_EQ(refusal("[]"), "schema: a union needs at least one type");
  EXPECT_EQ(refusal(R"(["int","int"])"), "branch 1: the union has \"int\" already");
  EXPECT_THAT(refusal(R"(["int",["null"]])"), HasSubstr("cannot directly hold another union"));
  EXPECT_THAT(refusal(R"([{"type":"map","values":"int"},{"type":"map","values":"long"}])"),
              HasSubstr("the union has \"map\" already"));
}

TEST(Schema, RefusesComplexTypesThatLackSomething) {
  EXPECT_EQ(refusal(R"({"type":"array"})"),
            "schema: the array needs \"items\", the type of what is in it");
  EXPECT_THAT(refusal(R"({"type":"map"})"), HasSubstr("the map needs \"values\""));
  EXPECT_THAT(refusal(R"({"type":"enum","name":"E"})"), HasSubstr("an enum needs \"symbols\""));
  EXPECT_THAT(refusal(R"({"type":"enum","name":"E","symbols":["A","A"]})"),
              HasSubstr("there are two symbols \"A\""));
  EXPECT_THAT(refusal(R"({"type":"enum","name":"E","symbols":["A"],"default":"B"})"),
              HasSubstr("the default \"B\" is none of the symbols"));
  for (const std::string size : {"-1", "1.5", "\"1\"", "2147483648"}) {
    EXPECT_THAT(refusal(R"({"type":"fixed","name":"F","size":)" + size + "}"),
                HasSubstr("a fixed needs \"size\""));
  }
}

TEST(Schema, RefusesTypesNestedWithoutEnd) {
  std::string deep = "\"int\"";
  for (int i = 0; i < 63; ++i) deep = R"({"type":"array","items":)" + deep + "}";
  EXPECT_EQ(refusal(deep), "accepted");
  EXPECT_THAT(refusal(R"({"type":"array","items":)" + deep + "}"),
              HasSubstr("types are nested more than 64 deep"));
  const std::string endless = std::string(400000, '[') + std::string(400000, ']');
  EXPECT_THAT(refusal(endless), HasSubstr("nested more than 64 deep"));
  EXPECT_THAT(refusal(R"({"type":"int","doc":)" + endless + "}"), HasSubstr("64 deep"));
  EXPECT_EQ(refusal(R"({"type":"int","doc":"\")" + std::string(2000, '[') + R"("})"), "accepted");
}

TEST(Schema, RefusesARecordThatNoValueCanExistOf) {
  EXPECT_EQ(refusal(record_of(R"("R")")),
            "record \"R\": it contains itself without an end; make the field an array, a map or a "
            "union with \"null\"");
  EXPECT_THAT(refusal(record_of(R"(["R"])")), HasSubstr("without an end"));
  EXPECT_THAT(refusal(record_of(R"({"type":"record","name":"S","fields":[
                {"name":"g","type":"R"}]})")),
              HasSubstr("without an end"));
  EXPECT_EQ(refusal(record_of(R"({"type":"map","values":"R"})")), "accepted");
}

struct DefaultCase {
  std::string type;
  std::string good;
  std::string bad;
};

TEST(Schema, ChecksDefaultsAgainstTheirTypes) {
  const DefaultCase cases[] = {
      {R"("null")", "null", "0"},
      {R"("boolean")", "true", "1"},
      {R"("int")", "-2147483648", "2147483648"},
      {R"("long")", "9223372036854775807", "9223372036854775808"},
      {R"("float")", "1", "\"1\""},
      {R"("double")", "\"NaN\"", "\"one\""},
      {R"("bytes")", R"("\u00ff")", R"("\u0100")"},
      {R"("string")", R"("\u0100")", "null"},
      {R"({"type":"array","items":"int"})", "[1,2]", "[1,\"2\"]"},
      {R"({"type":"map","values":"int"})", R"({"a":1})", R"({"a":"1"})"},
      {R"({"type":"enum","name":"E","symbols":["A"]})", "\"A\"", "\"B\""},
      {R"({"type":"fixed","name":"F","size":2})", "\"ab\"", "\"abc\""},
      {R"(["null","int"])", "null", "\"x\""},
      {R"(["null","int"])", "1", R"({"int":1})"},
      {R"({"type":"record","name":"S","fields":[{"name":"a","type":"int"},)"
       R"({"name":"b","type":"int","default":2}]})",
       R"({"a":1})", R"({"b":1})"},
  };
  for (const DefaultCase& c : cases) {
    EXPECT_EQ(refusal(record_of(c.type, ",\"default\":" + c.good)), "accepted");
    EXPECT_THAT(refusal(record_of(c.type, ",\"default\":" + c.bad)),
                HasSubstr("field \"f\": the default does not fit the type"));
  }
}

TEST(Schema, SaysWhyADefaultDoesNotFit) {
  EXPECT_EQ(
      refusal(record_of(R"({"type":"array","items":"int"})", R"(,"default":[1,"2"])")),
      "record \"R\", field \"f\": the default does not fit the type: item 1: \"2\" is no int");
}

TEST(Schema, RefusesDefaultsThatHaveNoEnd) {
  // Each level tries both records, in each of which there is such a field again.
  EXPECT_THAT(refusal(R"({"type":"record","name":"R","fields":[{"name":"f","default":{},"type":[
                "R",{"type":"record","name":"S","fields":[{"name":"g","default":{},"type":["R","S"]
                },{"name":"z","type":"null","default":null}]}]}]})"),
              HasSubstr("without an end"));
  EXPECT_THAT(refusal(R"({"type":"record","name":"R","fields":[{"name":"f","default":{},"type":[
                "R",{"type":"record","name":"S","fields":[{"name":"g","default":{},"type":[
                "R","S","int"]}]},"int"]}]})"),
              HasSubstr("the default does not fit"));
}

}  // namespace
}  // namespace weir::avro
