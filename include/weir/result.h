#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace weir {

/// Says what kind of thing failed; the message says the rest.
enum class ErrorCode : std::uint8_t {
  kInvalidArgument,    ///< the caller asked for something that makes no sense
  kNotFound,           ///< a topic, file or group that is not there
  kAlreadyExists,      ///< a name, port or identity that is taken
  kUnavailable,        ///< a peer that does not answer or refuses for now
  kTimedOut,           ///< nothing happened within the stated time
  kCorrupt,            ///< bytes that are not what they claim to be
  kUnsupported,        ///< the peer or this build cannot do it
  kResourceExhausted,  ///< a limit of memory, count or size was reached
  kAborted,            ///< stopped on purpose before it was finished
  kUserFunction,       ///< the user's own function threw
  kInternal,           ///< a mistake in weir
};

/// Returns the code's name in plain words, such as "not found".
std::string_view to_string(ErrorCode code);

/// What went wrong: what failed, on what, and what to do, in one sentence for a person.
/// A value; copies keep every fact.
class [[nodiscard]] Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }

  /// The Kafka protocol's error code, 0 where the error did not come from a broker's answer.
  std::int16_t kafka_code() const { return kafka_code_; }
  /// True where the same call may succeed later.
  bool retriable() const { return retriable_; }

  Error with_kafka_code(std::int16_t code) && {
    kafka_code_ = code;
    return std::move(*this);
  }
  Error as_retriable() && {
    retriable_ = true;
    return std::move(*this);
  }
  /// Puts `context` and ": " in front of the message.
  Error with_context(std::string_view context) && {
    message_.insert(0, ": ").insert(0, context);
    return std::move(*this);
  }

 private:
  ErrorCode code_;
  bool retriable_ = false;
  std::int16_t kafka_code_ = 0;
  std::string message_;
};

namespace detail {
[[noreturn]] void bad_result_access(const Error& error);
}  // namespace detail

/// A value or the Error that took its place. Reading the value of an error stops the process.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return checked(); }
  const T& value() const& { return const_cast<Result*>(this)->checked(); }
  T&& value() && { return std::move(checked()); }
  T& operator*() & { return checked(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(checked()); }
  T* operator->() { return &checked(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  T& checked() {
    if (!ok()) detail::bad_result_access(std::get<1>(state_));
    return *std::get_if<0>(&state_);
  }
  std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : state_(std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<std::monostate, Error> state_;
};

}  // namespace weir

/// Returns the error of `expression` (a Result) from the enclosing function, if it has one.
#define WEIR_RETURN_IF_ERROR(expression)                        \
  do {                                                          \
    if (auto weir_result_ = (expression); !weir_result_.ok()) { \
      return std::move(weir_result_).error();                   \
    }                                                           \
  } while (false)

#define WEIR_DETAIL_CONCAT_(a, b) a##b
#define WEIR_DETAIL_CONCAT(a, b) WEIR_DETAIL_CONCAT_(a, b)
/// `WEIR_ASSIGN_OR_RETURN(auto x, f())`: x is f()'s value, or the function returns f()'s error.
#define WEIR_ASSIGN_OR_RETURN(target, expression)                         \
  auto WEIR_DETAIL_CONCAT(weir_result_, __LINE__) = (expression);         \
  if (!WEIR_DETAIL_CONCAT(weir_result_, __LINE__).ok()) {                 \
    return std::move(WEIR_DETAIL_CONCAT(weir_result_, __LINE__)).error(); \
  }                                                                       \
  target = std::move(WEIR_DETAIL_CONCAT(weir_result_, __LINE__)).value()
