#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string>

namespace weir {

namespace detail {

/// The value of one accumulator. Shared: handles may outlive the context they came from.
struct AccumulatorCell {
  std::string name;
  bool is_integer = true;
  std::atomic<std::int64_t> integer{0};
  std::atomic<double> real{0};
};

void accumulate(const std::shared_ptr<AccumulatorCell>& cell, std::int64_t delta);
void accumulate(const std::shared_ptr<AccumulatorCell>& cell, double delta);

}  // namespace detail

/// A named sum, added to from any task and counted once for each batch that was committed, however
/// often its tasks were tried. Made by StreamingContext::accumulator(). A handle: copy it into
/// lambdas. Thread-safe. T is std::int64_t or double.
///
/// With Delivery::kExactlyOnce the sum is part of the batch's transaction: it goes on where the
/// last process of the same .instance left it (see StreamingOptions::accumulators_topic).
template <class T>
class Accumulator {
  static_assert(std::same_as<T, std::int64_t> || std::same_as<T, double>,
                "an accumulator sums std::int64_t or double");

 public:
  explicit Accumulator(std::shared_ptr<detail::AccumulatorCell> cell) : cell_(std::move(cell)) {}

  /// Adds `delta`: inside a task when its batch is committed, elsewhere at once.
  void operator+=(T delta) const { detail::accumulate(cell_, delta); }

  /// Returns the sum over all batches that have been committed so far.
  T value() const {
    if constexpr (std::same_as<T, double>) {
      return cell_->real.load();
    } else {
      return cell_->integer.load();
    }
  }
  const std::string& name() const { return cell_->name; }

 private:
  std::shared_ptr<detail::AccumulatorCell> cell_;
};

}  // namespace weir
