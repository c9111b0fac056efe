#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/testing.h"

namespace weir {

/// What a stream holds, batch by batch.
template <class T>
using Batches = std::vector<std::vector<T>>;

/// Sorts each batch: for results whose order is not promised.
template <class T>
Batches<T> sorted(Batches<T> batches) {
  for (auto& batch : batches) std::sort(batch.begin(), batch.end());
  return batches;
}

/// Compares what a stream held with what is expected, batch by batch. Compiles faster than nested
/// matchers.
template <class T>
void expect_batches(const Batches<T>& actual, const std::type_identity_t<Batches<T>>& expected,
                    std::source_location at = std::source_location::current()) {
  if (actual == expected) return;
  ADD_FAILURE_AT(at.file_name(), static_cast<int>(at.line()))
      << "the batches are " << testing::PrintToString(actual) << ",\nnot "
      << testing::PrintToString(expected);
}

/// Runs operations over batches that a test writes down, as Spark's TestSuiteBase does: one batch a
/// second, two workers, each batch of an input divided over its partitions in runs of equal length.
/// Tests make inputs, describe what is computed of them, collect() it and run().
class OperationsTest : public testing::Test {
 protected:
  template <class T>
  DStream<T> input(const Batches<T>& batches, std::size_t partitions = 2) {
    const TestInput<T> input = test_.input<T>(partitions);
    feeds_.push_back([=](std::size_t batch) {
      if (batch < batches.size()) input.add(batches[batch]);
    });
    batches_ = std::max(batches_, batches.size());
    return input;
  }

  /// Makes what a stream held known after run().
  template <class T>
  TestOutput<T> collect(const DStream<T>& stream) {
    return test_.output(stream);
  }

  /// Runs as many batches as the longest input has, and stops. `after` is called after each.
  Result<void> run(const std::function<void()>& after = [] {}) {
    for (std::size_t batch = 0; batch < batches_; ++batch) {
      for (const auto& feed : feeds_) feed(batch);
      WEIR_RETURN_IF_ERROR(test_.run_batch());
      after();
    }
    return test_.stop();
  }
  /// Runs and returns what `stream` held, as many batches as there are inputs of.
  template <class T>
  Batches<T> run(const DStream<T>& stream) {
    const TestOutput<T> all = collect(stream);
    const Result<void> result = run();
    EXPECT_TRUE(result.ok()) << result.error().message();
    return all.batches();
  }

  Pipeline& pipeline() { return test_.context(); }
  StreamStatus status() { return test_.context().status(); }
  const std::vector<BatchReport>& reports() const { return test_.reports(); }

 private:
  StreamTest test_{{.batch_interval = std::chrono::seconds(1), .workers = 2}};
  std::vector<std::function<void(std::size_t batch)>> feeds_;
  std::size_t batches_ = 0;
};

}  // namespace weir
