#pragma once

#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {

template <class T>
std::string to_text(const T& value);

namespace detail {
template <class T>
inline constexpr bool kIsPair = false;
template <class A, class B>
inline constexpr bool kIsPair<std::pair<A, B>> = true;

template <class T>
concept IsOptional = requires(const T& value) { value.has_value(), *value; };
template <class T>
concept IsSequence = requires(const T& value) { value.begin() != value.end(); };

template <class T>
concept HasText =
    std::is_arithmetic_v<T> || std::is_convertible_v<const T&, std::string_view> || kIsPair<T> ||
    requires(std::ostream& out, const T& value) { out << value; } || IsOptional<T> || IsSequence<T>;
}  // namespace detail

/// Returns a value as print() shows it: numbers and strings as they are, pairs as (first,second),
/// types with an operator<< through that, other optional values as their value or none, other
/// sequences as [first,second].
template <class T>
std::string to_text(const T& value) {
  static_assert(detail::HasText<T>,
                "print() does not know how to show this type: give it an operator<< for "
                "std::ostream, or map() it to a string first");
  if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return std::string(std::string_view(value));
  } else if constexpr (detail::kIsPair<T>) {
    return "(" + to_text(value.first) + "," + to_text(value.second) + ")";
  } else if constexpr (requires(std::ostream& out) { out << value; }) {
    std::ostringstream out;
    out << value;
    return out.str();
  } else if constexpr (detail::IsOptional<T>) {
    return value.has_value() ? to_text(*value) : "none";
  } else {
    std::string text;
    for (const auto& item : value) text += (text.empty() ? "[" : ",") + to_text(item);
    return text.empty() ? "[]" : text + "]";
  }
}

}  // namespace weir
