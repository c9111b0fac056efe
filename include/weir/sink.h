#pragma once

#include <cstddef>
#include <utility>

namespace weir {

/// The receiving end of a stream inside one task, whatever its type. Made for a task, used by the
/// one thread that runs the task, destroyed with it. Owned as a std::unique_ptr<SinkBase>, and made
/// with `new`: a std::unique_ptr of its own type takes the compiler ten times as long as a sink.
class SinkBase {
 public:
  virtual ~SinkBase() = default;
  /// Called once when the task's input has ended and only then; hands on what was held back.
  virtual void finish() {}
};

/// Takes the records of one task one by one. An operator is a Sink that pushes into the next Sink.
template <class T>
class Sink : public SinkBase {
 public:
  /// Takes one record; it may be moved from. Views in it live as long as the task.
  virtual void push(T&& value) = 0;
  /// Takes several, one behind the other in memory; they may be moved from. Faster than one by one
  /// for an operator that does its work for some records before the next operator does: a processor
  /// has to wait for what it reads just after it was written.
  virtual void push_all(T* first, std::size_t count) {
    for (T* const end = first + count; first != end; ++first) push(std::move(*first));
  }
  /// Takes several that stay with whoever has them: a sink that reads them, or keeps parts of them,
  /// need not copy all.
  virtual void push_copies_of(const T* first, std::size_t count) {
    for (const T* const end = first + count; first != end; ++first) push(T(*first));
  }
};

}  // namespace weir
