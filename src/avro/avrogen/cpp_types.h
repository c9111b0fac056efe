#pragma once

#include <string>

#include "avro/avrogen/type_plan.h"
#include "avro/schema.h"

namespace weir::avro {

/// Whether values own their text or refer to the bytes they were read from.
enum class Form { kOwning, kView };

/// Writes Avro types as C++ types. Refers to a plan, which must outlive it.
class CppTypes {
 public:
  /// Types go to the C++ namespace of their Avro namespace, or all to `one_namespace` if it is not
  /// empty.
  CppTypes(const TypePlan& plan, std::string one_namespace)
      : plan_(plan), one_namespace_(std::move(one_namespace)) {}

  /// Returns the C++ namespace of a named type, as in "com::miguno::avro".
  std::string namespace_of(const Type& type) const;
  /// Returns a named type's C++ name without its namespace, as in "TweetView".
  std::string name_of(const Type& type, Form form) const;
  /// Returns a named type's C++ name as seen from the global namespace.
  std::string qualified_name_of(const Type& type, Form form) const;

  /// Returns the type of a field of `owner`, as in "std::vector<std::string>".
  std::string member_type(const Type& owner, const Type& type, Form form) const;
  /// Returns the shape (weir/avro/shapes.h) of a field of `owner`, as in "Array<String>".
  std::string shape(const Type& owner, const Type& type) const;

 private:
  std::string reference(const Type& owner, const Type& type, Form form) const;
  std::string record_member(const Type& owner, const Type& type, Form form) const;
  std::string item(const Type& owner, const Type& type, Form form) const;

  const TypePlan& plan_;
  const std::string one_namespace_;
};

/// True for the unions that are optional values: of null and one other type.
bool is_optional(const Type& type);

}  // namespace weir::avro
