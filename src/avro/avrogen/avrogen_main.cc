#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <deque>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "avro/avrogen/generator.h"
#include "avro/names.h"
#include "base/nearest_name.h"

namespace weir::avro {

namespace {

constexpr int kBadInput = 1;
constexpr int kBadUsage = 2;

constexpr std::string_view kHelp =
    R"(usage: avrogen [-o FILE] [--namespace NAME] SCHEMA

Writes a C++ header from an Avro schema: for each record an owning struct (Tweet), a view struct
(TweetView) that refers to the bytes it was read from, and their weir::Codec.

  SCHEMA            the schema, a file of JSON (.avsc); - reads it from standard input
  -o, --output FILE where the header goes; without it, to standard output
  --namespace NAME  the C++ namespace of all types, as in a::b; without it, each type goes to that of
                    its Avro namespace
  -h, --help        show this text
)";

struct Arguments {
  bool help = false;
  std::string schema;
  std::string output;
  std::string one_namespace;
};

Error misuse(const std::string& message) {
  return Error(ErrorCode::kInvalidArgument, message + "; avrogen --help shows how it is used");
}

bool takes_value(std::string_view option) {
  return option == "-o" || option == "--output" || option == "--namespace";
}

Result<void> set_option(Arguments& arguments, std::string_view option, const std::string& value) {
  if (option != "--namespace") {
    arguments.output = value;
    return {};
  }
  std::string dotted = value;
  while (dotted.find("::") != std::string::npos) dotted.replace(dotted.find("::"), 2, ".");
  arguments.one_namespace = dotted;
  if (is_full_name(dotted)) return {};
  return misuse("--namespace: \"" + value + "\" is no namespace, as a::b is");
}

// Takes the words from the front as far as they belong together: an option with its value, or one
// operand.
Result<void> take_argument(Arguments& arguments, std::deque<std::string>& words) {
  static constexpr std::array<std::string_view, 5> kOptions = {"-o", "--output", "--namespace",
                                                               "-h", "--help"};
  const std::string word = words.front();
  words.pop_front();
  const std::size_t equals = word.rfind("--", 0) == 0 ? word.find('=') : std::string::npos;
  const std::string option = word.substr(0, equals);
  if (takes_value(option)) {
    if (equals != std::string::npos) return set_option(arguments, option, word.substr(equals + 1));
    if (words.empty()) return misuse(option + " needs a value");
    const std::string value = words.front();
    words.pop_front();
    return set_option(arguments, option, value);
  }
  if (option == "-h" || option == "--help") {
    arguments.help = true;
    if (equals != std::string::npos) return misuse(option + " takes no value");
    return {};
  }
  if (word.size() > 1 && word.front() == '-') {
    return misuse("there is no option " + option + did_you_mean(option, kOptions));
  }
  if (!arguments.schema.empty()) {
    return misuse("one schema at a time: got " + arguments.schema + " and " + word);
  }
  arguments.schema = word;
  return {};
}

Result<Arguments> parse_arguments(std::deque<std::string> words) {
  Arguments arguments;
  while (!words.empty()) WEIR_RETURN_IF_ERROR(take_argument(arguments, words));
  if (arguments.schema.empty() && !arguments.help) return misuse("the schema's file is missing");
  return arguments;
}

std::string reason() { return std::strerror(errno); }

std::optional<std::string> read_all(std::istream& in) {
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (in.bad()) return std::nullopt;
  return text;
}

Result<std::string> read_schema(const std::string& path) {
  std::optional<std::string> text;
  errno = 0;
  if (path == "-") {
    text = read_all(std::cin);
  } else if (std::ifstream file(path, std::ios::binary); file) {
    file.peek();  // a directory opens, but cannot be read
    if (!file.fail() || file.eof()) text = read_all(file);
  }
  if (text) return *std::move(text);
  return Error(ErrorCode::kNotFound, "cannot read the schema " + path + ": " + reason());
}

Result<void> write_header(const std::string& path, const std::string& text) {
  if (path.empty()) {
    std::cout << text << std::flush;
    if (std::cout) return {};
    return Error(ErrorCode::kUnavailable, "cannot write to standard output: " + reason());
  }
  std::ofstream file(path, std::ios::binary);
  file << text << std::flush;
  if (file) return {};
  return Error(ErrorCode::kUnavailable, "cannot write the header " + path + ": " + reason());
}

Result<void> generate(const Arguments& arguments) {
  WEIR_ASSIGN_OR_RETURN(const std::string text, read_schema(arguments.schema));
  Result<Schema> schema = Schema::parse(text);
  if (!schema.ok()) return std::move(schema).error().with_context(arguments.schema);
  const std::string source = arguments.schema.substr(arguments.schema.rfind('/') + 1);
  Result<std::string> header = generate_header(*schema, {arguments.one_namespace, source});
  if (!header.ok()) return std::move(header).error().with_context(arguments.schema);
  return write_header(arguments.output, *header);
}

int complain(const Error& error, int status) {
  std::cerr << "avrogen: " << error.message() << "\n";
  return status;
}

int run(std::deque<std::string> words) {
  const Result<Arguments> arguments = parse_arguments(std::move(words));
  if (!arguments.ok()) return complain(arguments.error(), kBadUsage);
  if (arguments->help) {
    std::cout << kHelp;
    return 0;
  }
  const Result<void> generated = generate(*arguments);
  return generated.ok() ? 0 : complain(generated.error(), kBadInput);
}

}  // namespace

}  // namespace weir::avro

int main(int count, char** words) {
  return weir::avro::run(std::deque<std::string>(words + 1, words + count));
}
