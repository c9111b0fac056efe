// Answers, line by line, how weir reads and writes Avro. A request is a command and its arguments,
// separated by tabs; the answer is "ok" or "error", a tab, and the result or the reason.
//
//   schema SCHEMA               the schema as weir prints it
//   to-binary SCHEMA JSON       the value in hexadecimal digits, from Avro's JSON encoding
//   to-json SCHEMA HEX          the other way
//   tweet HEX                   what the generated codecs of Tweet write after reading it
//   everything HEX              the same, for a record that has everything
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "avro/generic_codec.h"
#include "avro/json_value.h"
#include "avro/schema.h"
#include "everything.avro.h"
#include "tweet.avro.h"

namespace weir::avro {

namespace {

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string from_hex(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

Result<std::string> print_schema(const std::string& json) {
  WEIR_ASSIGN_OR_RETURN(const Schema schema, Schema::parse(json));
  return to_json(schema.root());
}

Result<std::string> to_binary(const std::string& schema_json, const std::string& json) {
  WEIR_ASSIGN_OR_RETURN(const Schema schema, Schema::parse(schema_json));
  WEIR_ASSIGN_OR_RETURN(const Value value, value_from_json(json, schema.root()));
  WEIR_ASSIGN_OR_RETURN(const std::string bytes, encode(value, schema.root()));
  return to_hex(bytes);
}

Result<std::string> binary_to_json(const std::string& schema_json, const std::string& hex) {
  WEIR_ASSIGN_OR_RETURN(const Schema schema, Schema::parse(schema_json));
  WEIR_ASSIGN_OR_RETURN(const Value value, decode(from_hex(hex), schema.root()));
  return value_to_json(value, schema.root());
}

// Through the view and through the owning struct, which sorts maps.
template <class View, class Owning>
Result<std::string> through_generated(const std::string& hex) {
  const std::string bytes = from_hex(hex);
  View view;
  Owning owning;
  if (!Codec<View>::read(bytes, view) || !Codec<Owning>::read(bytes, owning)) {
    return Error(ErrorCode::kCorrupt, Codec<View>::explain(bytes));
  }
  std::string of_view(Codec<View>::size(view), '\0');
  Codec<View>::write(view, of_view.data());
  std::string of_owning(Codec<Owning>::size(owning), '\0');
  Codec<Owning>::write(owning, of_owning.data());
  return to_hex(of_view) + "\t" + to_hex(of_owning);
}

Result<std::string> answer(const std::vector<std::string>& words) {
  const std::string& command = words[0];
  if (command == "schema" && words.size() == 2) return print_schema(words[1]);
  if (command == "to-binary" && words.size() == 3) return to_binary(words[1], words[2]);
  if (command == "to-json" && words.size() == 3) return binary_to_json(words[1], words[2]);
  if (command == "tweet" && words.size() == 2) {
    return through_generated<com::miguno::avro::TweetView, com::miguno::avro::Tweet>(words[1]);
  }
  if (command == "everything" && words.size() == 2) {
    return through_generated<test::EverythingView, test::Everything>(words[1]);
  }
  return Error(ErrorCode::kInvalidArgument, "no command: " + command);
}

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> words(1);
  for (const char c : line) {
    if (c == '\t') {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return words;
}

}  // namespace

}  // namespace weir::avro

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const weir::Result<std::string> result = weir::avro::answer(weir::avro::split(line));
    if (result.ok()) {
      std::cout << "ok\t" << *result << std::endl;
    } else {
      std::cout << "error\t" << result.error().message() << std::endl;
    }
  }
}
