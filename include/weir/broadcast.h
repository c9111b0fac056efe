#pragma once

#include <memory>
#include <utility>

namespace weir {

/// A read-only value that all tasks share instead of each having a copy. Cheap to copy into
/// lambdas; the value lives until the last handle goes. Thread-safe as far as reading T is.
template <class T>
class Broadcast {
 public:
  explicit Broadcast(T value) : value_(std::make_shared<const T>(std::move(value))) {}

  const T& operator*() const { return *value_; }
  const T* operator->() const { return value_.get(); }

 private:
  std::shared_ptr<const T> value_;  // shared and immutable
};

}  // namespace weir
