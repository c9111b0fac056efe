#include "avro/avrogen/cpp_names.h"

#include <algorithm>
#include <iterator>

namespace weir::avro {

namespace {

// Keywords, names that generated code relies on, and macros that the standard headers may define.
constexpr std::string_view kReserved[] = {
    "EOF",         "INFINITY",     "NAN",       "NULL",
    "alignas",     "alignof",      "and",       "and_eq",
    "asm",         "assert",       "auto",      "bitand",
    "bitor",       "bool",         "break",     "case",
    "catch",       "char",         "char16_t",  "char32_t",
    "char8_t",     "class",        "co_await",  "co_return",
    "co_yield",    "compl",        "concept",   "const",
    "const_cast",  "consteval",    "constexpr", "constinit",
    "continue",    "decltype",     "default",   "delete",
    "describe",    "do",           "double",    "dynamic_cast",
    "else",        "enum",         "errno",     "explicit",
    "export",      "extern",       "false",     "float",
    "for",         "friend",       "goto",      "if",
    "inline",      "int",          "is_view",   "isinf",
    "isnan",       "kSchema",      "linux",     "long",
    "mutable",     "namespace",    "new",       "noexcept",
    "not",         "not_eq",       "nullptr",   "offsetof",
    "operator",    "or",           "or_eq",     "private",
    "protected",   "public",       "register",  "reinterpret_cast",
    "requires",    "return",       "short",     "signbit",
    "signed",      "sizeof",       "static",    "static_assert",
    "static_cast", "std",          "stderr",    "stdin",
    "stdout",      "struct",       "switch",    "template",
    "this",        "thread_local", "throw",     "to_string",
    "true",        "try",          "typedef",   "typeid",
    "typename",    "union",        "unix",      "unsigned",
    "using",       "virtual",      "void",      "volatile",
    "wchar_t",     "weir",         "while",     "xor",
    "xor_eq",
};

bool is_reserved(std::string_view name) {
  return std::find(std::begin(kReserved), std::end(kReserved), name) != std::end(kReserved);
}

}  // namespace

std::string cpp_identifier(std::string_view name, std::initializer_list<std::string_view> taken) {
  std::string identifier(name);
  while (is_reserved(identifier) ||
         std::find(taken.begin(), taken.end(), identifier) != taken.end()) {
    identifier += '_';
  }
  return identifier;
}

std::string cpp_namespace(std::string_view name) {
  std::string result;
  while (!name.empty()) {
    const std::size_t end = std::min(name.find_first_of(".:"), name.size());
    const std::string_view part = name.substr(0, end);
    const bool is_our_own = result.empty() && part == "weir";
    if (!part.empty() && !result.empty()) result += "::";
    result += is_our_own ? std::string(part) : cpp_identifier(part);
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return result;
}

std::string raw_string_literal(std::string_view text) {
  std::string delimiter = "avsc";
  while (text.find(")" + delimiter + "\"") != std::string_view::npos) delimiter += '_';
  return "R\"" + delimiter + "(" + std::string(text) + ")" + delimiter + "\"";
}

std::string doc_comment(std::string_view doc, std::string_view indent) {
  std::string comment;
  while (!doc.empty()) {
    const std::size_t end = std::min(doc.find_first_of("\r\n"), doc.size());
    std::string_view line = doc.substr(0, end);
    doc.remove_prefix(std::min(end + 1, doc.size()));
    // A backslash at its end would draw the next line into the comment.
    while (!line.empty() && (line.back() == '\\' || line.back() == ' ')) line.remove_suffix(1);
    if (line.empty()) continue;
    comment.append(indent).append("/// ").append(line).append("\n");
  }
  return comment;
}

}  // namespace weir::avro
