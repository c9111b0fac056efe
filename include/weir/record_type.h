#pragma once

#include <iterator>
#include <span>
#include <type_traits>
#include <utility>

namespace weir::detail {

template <class T>
struct RecordType {
  using Type = T;
};
template <class K, class V>
struct RecordType<std::pair<const K, V>> {
  using Type = std::pair<K, V>;
};

/// What a stream has as records where a function returns T: values, and of the entries of a map
/// pairs like any others.
template <class T>
using RecordOf = typename RecordType<std::decay_t<T>>::Type;

template <class Iterator>
struct ItemType {
  using Type = decltype(*std::declval<Iterator&>());
};
template <class Iterator>
  requires requires { typename std::iter_value_t<Iterator>; }
struct ItemType<Iterator> {
  using Type = std::iter_value_t<Iterator>;  // of std::vector<bool>, bool
};

template <class T>
concept RangeOfRecords = requires(T&& range) {
  std::begin(range) != std::end(range);
  *std::begin(range);
};

/// What a stream has as records where a function returns this range.
template <class Range>
using RecordIn = RecordOf<typename ItemType<decltype(std::begin(std::declval<Range&>()))>::Type>;

/// True where the items of the range that a function returned are the range's own, and may be moved
/// out of it; those of a view or of a reference belong to somebody else.
template <class Range>
inline constexpr bool kOwnsItems =
    !std::is_lvalue_reference_v<Range> && !std::ranges::enable_view<std::remove_cvref_t<Range>>;

/// An item as a record.
template <class Out, class Range, class Item>
Out record_from(Item& item) {
  if constexpr (kOwnsItems<Range>) {
    return Out(std::move(item));
  } else {
    return Out(item);
  }
}

}  // namespace weir::detail
