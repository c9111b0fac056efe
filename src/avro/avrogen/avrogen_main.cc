#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "avro/avrogen/cpp_names.h"
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

Result<void> set_option(Arguments& arguments, std::string_view option, std::string value) {
  if (option == "-o" || option == "--output") {
    arguments.output = std::move(value);
    return {};
  }
  arguments.one_namespace = cpp_namespace(value);
  if (is_full_name(value) || (!value.empty() && arguments.one_namespace == value)) return {};
  return misuse("--namespace: \"" + value + "\" is no namespace, as a::b is");
}

Result<Arguments> parse_arguments(const std::vector<std::string>& words) {
  static constexpr std::array<std::string_view, 5> kOptions = {"-o", "--output", "--namespace",
                                                               "-h", "--help"};
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string word =
        words[i].substr(0, words[i].rfind("--", 0) == 0 ? words[i].find('=') : std::string::npos);
    if (word == "-h" || word == "--help") {
      arguments.help = true;
    } else if (word == "-o" || word == "--output" || word == "--namespace") {
      const bool attached = word.size() < words[i].size();
      if (!attached && i + 1 == words.size()) return misuse(word + " needs a value");
      WEIR_RETURN_IF_ERROR(
          set_option(arguments, word, attached ? words[i].substr(word.size() + 1) : words[++i]));
    } else if (word.size() > 1 && word.front() == '-') {
      return misuse("there is no option " + word + did_you_mean(word, kOptions));
    } else if (!arguments.schema.empty()) {
      return misuse("one schema at a time: got " + arguments.schema + " and " + word);
    } else {
      arguments.schema = word;
    }
  }
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

int run(const std::vector<std::string>& words) {
  const Result<Arguments> arguments = parse_arguments(words);
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
  return weir::avro::run(std::vector<std::string>(words + 1, words + count));
}
