#include "avro/avrogen/cpp_types.h"

#include <algorithm>

#include "avro/avrogen/cpp_names.h"
#include "avro/names.h"

namespace weir::avro {

namespace {

bool is_null(const Type* type) { return type->kind == Kind::kNull; }

const Type& other_than_null(const Type& optional) {
  return *optional.branches[is_null(optional.branches[0]) ? 1 : 0];
}

template <class Function>
std::string joined(const std::vector<const Type*>& types, const Function& function) {
  std::string text;
  for (const Type* type : types) text += (text.empty() ? "" : ", ") + function(*type);
  return text;
}

}  // namespace

bool is_optional(const Type& type) {
  return type.kind == Kind::kUnion && type.branches.size() == 2 &&
         std::count_if(type.branches.begin(), type.branches.end(), is_null) == 1;
}

std::string CppTypes::namespace_of(const Type& type) const {
  return cpp_namespace(one_namespace_.empty() ? avro::namespace_of(type.name) : one_namespace_);
}

std::string CppTypes::name_of(const Type& type, Form form) const {
  const std::string name = cpp_identifier(simple_name_of(type.name));
  const bool is_view = form == Form::kView && type.kind == Kind::kRecord && plan_.has_view(type);
  return is_view ? name + "View" : name;
}

std::string CppTypes::qualified_name_of(const Type& type, Form form) const {
  const std::string space = namespace_of(type);
  return (space.empty() ? "" : space + "::") + name_of(type, form);
}

// Fields may have the names of types: those have to be told apart then.
std::string CppTypes::reference(const Type& owner, const Type& type, Form form) const {
  const std::string name = name_of(type, form);
  const bool is_hidden = std::any_of(owner.fields.begin(), owner.fields.end(),
                                     [&](const Field& field) { return field.name == name; });
  if (!is_hidden && namespace_of(owner) == namespace_of(type)) return name;
  return "::" + qualified_name_of(type, form);
}

std::string CppTypes::record_member(const Type& owner, const Type& type, Form form) const {
  const std::string name = reference(owner, type, form);
  return plan_.needs_box(owner, type) ? "weir::avro::Box<" + name + ">" : name;
}

// What stands in a vector needs no box: a vector may be of a type that is defined later.
std::string CppTypes::item(const Type& owner, const Type& type, Form form) const {
  if (type.kind == Kind::kRecord) return reference(owner, type, form);
  return member_type(owner, type, form);
}

std::string CppTypes::member_type(const Type& owner, const Type& type, Form form) const {
  const auto inner = [&](const Type& part) { return member_type(owner, part, form); };
  switch (type.kind) {
    case Kind::kNull:
      return "std::monostate";
    case Kind::kBoolean:
      return "bool";
    case Kind::kInt:
      return "std::int32_t";
    case Kind::kLong:
      return "std::int64_t";
    case Kind::kFloat:
      return "float";
    case Kind::kDouble:
      return "double";
    case Kind::kBytes:
    case Kind::kString:
      return form == Form::kView ? "std::string_view" : "std::string";
    case Kind::kRecord:
      return record_member(owner, type, form);
    case Kind::kEnum:
    case Kind::kFixed:
      return reference(owner, type, form);
    case Kind::kArray:
      return "std::vector<" + item(owner, *type.items, form) + ">";
    case Kind::kMap:
      return form == Form::kView
                 ? "std::vector<std::pair<std::string_view, " + inner(*type.items) + ">>"
                 : "std::map<std::string, " + inner(*type.items) + ">";
    case Kind::kUnion:
      return is_optional(type) ? "std::optional<" + inner(other_than_null(type)) + ">"
                               : "std::variant<" + joined(type.branches, inner) + ">";
  }
  return "";
}

std::string CppTypes::shape(const Type& owner, const Type& type) const {
  const auto inner = [&](const Type& part) { return shape(owner, part); };
  switch (type.kind) {
    case Kind::kRecord:
      return plan_.needs_box(owner, type) ? "Boxed<Record>" : "Record";
    case Kind::kEnum:
      return "Enum<" + std::to_string(type.symbols.size()) + ">";
    case Kind::kFixed:
      return "Fixed<" + std::to_string(type.size) + ">";
    case Kind::kArray:
      return "Array<" + (type.items->kind == Kind::kRecord ? "Record" : inner(*type.items)) + ">";
    case Kind::kMap:
      return "Map<" + inner(*type.items) + ">";
    case Kind::kUnion:
      if (!is_optional(type)) return "Union<" + joined(type.branches, inner) + ">";
      return (is_null(type.branches[0]) ? "NullFirst<" : "NullLast<") +
             inner(other_than_null(type)) + ">";
    default: {
      std::string word(to_string(type.kind));
      word.front() = static_cast<char>(word.front() - 'a' + 'A');
      return word;
    }
  }
}

}  // namespace weir::avro
