#pragma once

#include <memory>
#include <utility>

namespace weir::avro {

/// A value on the heap that behaves as a value: copies are deep, two are equal if their values are.
/// Gives a record a place for a record of its own type. Never empty, unless moved from.
template <class T>
class Box {
 public:
  Box() : value_(std::make_unique<T>()) {}
  Box(T value) : value_(std::make_unique<T>(std::move(value))) {}
  Box(const Box& other) : value_(std::make_unique<T>(*other)) {}
  Box(Box&& other) noexcept = default;
  Box& operator=(const Box& other) {
    Box copy(other);
    value_.swap(copy.value_);
    return *this;
  }
  Box& operator=(Box&& other) noexcept = default;
  ~Box() = default;

  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return value_.get(); }
  const T* operator->() const { return value_.get(); }

  friend bool operator==(const Box& left, const Box& right) { return *left == *right; }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace weir::avro
