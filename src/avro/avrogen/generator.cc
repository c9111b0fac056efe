#include "avro/avrogen/generator.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <vector>

#include "avro/avrogen/cpp_names.h"
#include "avro/avrogen/cpp_types.h"
#include "avro/avrogen/type_plan.h"

namespace weir::avro {

namespace {

constexpr std::array kForms = {Form::kOwning, Form::kView};

// What a header needs if it says one of these.
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kHeaders = {{
    {"std::array<", "array"},
    {"std::size_t", "cstddef"},
    {"std::int", "cstdint"},
    {"std::map<", "map"},
    {"std::optional<", "optional"},
    {"std::string", "string"},
    {"std::string_view", "string_view"},
    {"std::pair<", "utility"},
    {"std::in_place_index<", "utility"},
    {"std::variant<", "variant"},
    {"std::monostate", "variant"},
    {"std::vector<", "vector"},
}};

// Writes the header of one schema. Used once.
class Generator {
 public:
  Generator(const Schema& schema, const GeneratorOptions& options)
      : options_(options), plan_(schema), types_(plan_, options.one_namespace) {}

  Result<std::string> generate() {
    WEIR_RETURN_IF_ERROR(check_names());
    write_early_mentions();
    for (const Type* type : plan_.order()) write_definition(*type);
    enter_namespace("");
    for (const Type* type : plan_.order()) write_codecs(*type);
    return beginning() + out_;
  }

 private:
  Result<void> check_names() const {
    std::map<std::string, const Type*> owners;
    bool has_record = false;
    for (const Type* type : plan_.order()) {
      has_record |= type->kind == Kind::kRecord;
      for (const std::string& name : names_of(*type)) {
        const auto [other, is_new] = owners.emplace(name, type);
        if (is_new || other->second == type) continue;
        return Error(ErrorCode::kInvalidArgument,
                     "the types " + other->second->name + " and " + type->name +
                         " would both be called " + name + " in C++; rename one of them" +
                         (options_.one_namespace.empty() ? "" : ", or leave out --namespace"));
      }
    }
    if (has_record) return {};
    return Error(ErrorCode::kInvalidArgument,
                 "the schema has no record, and a codec is generated for records only; put what it "
                 "has into a field of a record");
  }

  // A record takes the name of its view in any case, so that one field more does not break a user.
  std::vector<std::string> names_of(const Type& type) const {
    const std::string name = types_.qualified_name_of(type, Form::kOwning);
    if (type.kind != Kind::kRecord) return {name};
    return {name, name + "View"};
  }

  std::string beginning() const {
    std::string text = "// Written by avrogen from " + options_.source +
                       "; what is changed here will be lost.\n#pragma once\n\n";
    std::string_view last;
    for (const auto& [word, header] : kHeaders) {
      if (header == last || out_.find(word) == std::string::npos) continue;
      text.append("#include <").append(header).append(">\n");
      last = header;
    }
    return text + "\n#include \"weir/avro.h\"\n";
  }

  void enter_namespace(const std::string& name) {
    if (name == namespace_) return;
    if (!namespace_.empty()) out_ += "\n}  // namespace " + namespace_ + "\n";
    if (!name.empty()) out_ += "\nnamespace " + name + " {\n";
    namespace_ = name;
  }

  void write_early_mentions() {
    for (const Type* type : plan_.order()) {
      if (plan_.mentioned_early().count(type) == 0) continue;
      enter_namespace(types_.namespace_of(*type));
      out_ += "\nstruct " + types_.name_of(*type, Form::kOwning) + ";\n";
      if (plan_.has_view(*type)) out_ += "struct " + types_.name_of(*type, Form::kView) + ";\n";
    }
  }

  void write_definition(const Type& type) {
    enter_namespace(types_.namespace_of(type));
    out_ += "\n";
    if (type.kind == Kind::kEnum) return write_enum(type);
    if (type.kind == Kind::kFixed) return write_fixed(type);
    write_struct(type, Form::kOwning);
    out_ += "\n";
    if (plan_.has_view(type)) return write_struct(type, Form::kView);
    const std::string name = types_.name_of(type, Form::kOwning);
    out_ += "/// There is nothing in it to refer to.\nusing " + name + "View = " + name + ";\n";
  }

  void write_enum(const Type& type) {
    const std::string name = types_.name_of(type, Form::kOwning);
    std::string symbols, names;
    for (const std::string& symbol : type.symbols) {
      symbols += "  " + cpp_identifier(symbol) + ",\n";
      names += "      \"" + symbol + "\",\n";
    }
    out_ += doc_comment(type.doc, "") + "enum class " + name + " {\n" + symbols + "};\n\n" +
            "/// Returns the symbol's name in the schema.\n" +
            "constexpr std::string_view to_string(" + name + " symbol) {\n" +
            "  constexpr std::string_view kNames[] = {\n" + names + "  };\n" +
            "  return kNames[static_cast<std::size_t>(symbol)];\n}\n";
  }

  void write_fixed(const Type& type) {
    out_ += "using " + types_.name_of(type, Form::kOwning) + " = std::array<char, " +
            std::to_string(type.size) + ">;\n";
  }

  void write_struct(const Type& type, Form form) {
    const std::string name = types_.name_of(type, form);
    const std::string owning = types_.name_of(type, Form::kOwning);
    if (form == Form::kOwning) out_ += doc_comment(type.doc, "");
    if (form == Form::kView) {
      out_ += "/// " + owning + " as a view: refers to the bytes it was read from.\n";
    }
    out_ += "struct " + name + " {\n";
    if (form == Form::kView) out_ += "  using is_view = void;\n";
    for (const Field& field : type.fields) write_field(type, field, form);
    if (!type.fields.empty()) out_ += "\n";
    out_ += "  static constexpr std::string_view kSchema =" +
            (form == Form::kView ? " " + owning + "::kSchema"
                                 : "\n      " + raw_string_literal(to_json(type))) +
            ";\n\n  bool operator==(const " + name + "&) const = default;\n};\n";
  }

  void write_field(const Type& record, const Field& field, Form form) {
    if (form == Form::kOwning) out_ += doc_comment(field.doc, "  ");
    out_ += "  " + types_.member_type(record, *field.type, form) + " " + name_of(record, field) +
            initializer(*field.type) + ";";
    const std::string_view logical_type = field.type->logical_type();
    if (!logical_type.empty()) out_ += "  // " + one_line(logical_type);
    out_ += "\n";
  }

  static std::string one_line(std::string_view json_text) {
    return std::string(json_text.substr(0, json_text.find('\\')));
  }

  std::string name_of(const Type& record, const Field& field) const {
    const std::string name = types_.name_of(record, Form::kOwning);
    const std::string view = name + "View";
    std::string identifier = cpp_identifier(field.name, {name, view});
    if (identifier == field.name) return identifier;
    const auto is_taken = [&](const Field& other) { return other.name == identifier; };
    while (std::any_of(record.fields.begin(), record.fields.end(), is_taken)) identifier += '_';
    return identifier;
  }

  std::string initializer(const Type& type) const {
    switch (type.kind) {
      case Kind::kBoolean:
        return " = false";
      case Kind::kInt:
      case Kind::kLong:
      case Kind::kFloat:
      case Kind::kDouble:
        return " = 0";
      case Kind::kEnum:
      case Kind::kFixed:
        return "{}";
      case Kind::kUnion:
        return union_initializer(type);
      default:
        return "";
    }
  }

  std::string union_initializer(const Type& type) const {
    if (is_optional(type) || type.branches[0]->kind != Kind::kRecord) return "";
    const std::size_t branch = plan_.default_branch(type);
    if (branch == 0) return "";
    return "{std::in_place_index<" + std::to_string(branch) + ">}";
  }

  void write_codecs(const Type& type) {
    if (type.kind != Kind::kRecord) return;
    write_layout(type);
    for (const Form form : kForms) {
      if (form == Form::kView && !plan_.has_view(type)) continue;
      const std::string name = types_.qualified_name_of(type, form);
      if (form == Form::kView) {
        out_ += "\ntemplate <>\nstruct weir::avro::Layout<" + name +
                ">\n    : weir::avro::Layout<" + types_.qualified_name_of(type, Form::kOwning) +
                "> {};\n";
      }
      out_ += "\ntemplate <>\nstruct weir::Codec<" + name + ">\n    : weir::avro::RecordCodec<" +
              name + "> {};\n";
    }
  }

  void write_layout(const Type& type) {
    const bool is_empty = type.fields.empty();
    out_ += "\ntemplate <>\nstruct weir::avro::Layout<" +
            types_.qualified_name_of(type, Form::kOwning) + "> {\n" +
            "  template <class Self, class Visitor>\n" + "  static void describe(" +
            (is_empty ? "Self&, Visitor&) {\n" : "Self& record, Visitor& visit) {\n");
    for (const Field& field : type.fields) {
      out_ += "    visit(record." + name_of(type, field) + ", " + types_.shape(type, *field.type) +
              "());\n";
    }
    out_ += "  }\n};\n";
  }

  const GeneratorOptions& options_;
  const TypePlan plan_;
  const CppTypes types_;
  std::string out_;
  std::string namespace_;  // that is open at the end of out_
};

}  // namespace

Result<std::string> generate_header(const Schema& schema, const GeneratorOptions& options) {
  return Generator(schema, options).generate();
}

}  // namespace weir::avro
