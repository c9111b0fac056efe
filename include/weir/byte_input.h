#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/receiver.h"
#include "weir/result.h"

namespace weir {

/// What a peer sends, or a file has, for a function that makes records of it. Used by the
/// receiver's thread only, while the function runs.
class ByteInput {
 public:
  /// Reads some bytes, and waits for them; 0 is the end.
  using ReadSome = std::function<Result<std::size_t>(std::span<char> space)>;
  ByteInput(ReadSome read_some, std::size_t max_record_bytes)
      : read_some_(std::move(read_some)), most_(max_record_bytes) {}

  /// Returns exactly so many bytes. Nothing at the end; an error where the end comes within them,
  /// or where they are more than `max_record_bytes`.
  Result<std::optional<std::string>> read(std::size_t bytes);
  /// Returns the next line without its end, "\n" or "\r\n"; the last one needs none. Nothing at the
  /// end; an error where the line is longer than `max_record_bytes`.
  Result<std::optional<std::string>> read_line();

 private:
  Result<bool> read_more();
  std::string take(std::size_t bytes);

  ReadSome read_some_;
  std::size_t most_;
  std::string buffer_;
  std::size_t begin_ = 0;  // of what is not taken
};

namespace detail {

template <class T>
struct OptionalRecord {
  using Type = void;
};
template <class T>
struct OptionalRecord<Result<std::optional<T>>> {
  using Type = T;
};

/// What a function reads from a ByteInput; void where it is none that can.
template <class F>
struct RecordReadBy {
  using Type = void;
};
template <class F>
  requires std::is_invocable_v<F&, ByteInput&>
struct RecordReadBy<F> {
  using Type = typename OptionalRecord<std::decay_t<std::invoke_result_t<F&, ByteInput&>>>::Type;
};

/// Stores all that `f` makes of an input.
template <class T, class F>
Result<void> store_all(const ReceiverHandle<T>& handle, F f, ByteInput& input) {
  while (true) {
    WEIR_ASSIGN_OR_RETURN(std::optional<T> record, f(input));
    if (!record) return {};
    WEIR_RETURN_IF_ERROR(handle.store(std::move(*record)));
  }
}

}  // namespace detail
}  // namespace weir
