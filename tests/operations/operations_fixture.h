#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "exec/sim_runtime.h"
#include "net/sim_network.h"
#include "plan/fake_pipeline.h"
#include "weir/streaming_context.h"

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

/// Compares what a stream held with what is expected, batch by batch. A function of its own, since
/// nested matchers take the compiler ten times as long.
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
  OperationsTest() {
    // A whole minute, so that the batches are of its seconds 1, 2, 3, ...
    const std::int64_t wall = network_.loop("watch").clock().wall().millis;
    network_.jump_wall_clock(std::chrono::milliseconds(60'000 - wall % 60'000));
    context_.on_batch([this](const BatchReport& report) { reports.push_back(report); });
  }

  template <class T>
  DStream<T> input(const Batches<T>& batches, std::size_t partitions = 2) {
    auto owned = std::make_unique<plan::FakeSource>(concat("in-", inputs_.size()), partitions);
    Input& input = inputs_.emplace_back(Input{owned.get(), partitions, {}});
    std::vector<T> values;
    for (const std::vector<T>& batch : batches) {
      values.insert(values.end(), batch.begin(), batch.end());
      input.ends.push_back(values.size());
    }
    // What is read are places in `values`.
    return plan::fake_strings(detail::append_source(context_, std::move(owned)))
        .map([values](const std::string& place) { return values[std::stoul(place)]; });
  }

  /// Makes what a stream held known after run().
  template <class T>
  std::shared_ptr<Batches<T>> collect(const DStream<T>& stream) {
    auto all = std::make_shared<Batches<T>>();
    stream.for_each_batch([all](const Dataset<T>& batch) { all->push_back(batch.records()); });
    return all;
  }

  /// Runs as many batches as the longest input has, and stops. `after` is called after each.
  Result<void> run(const std::function<void()>& after = [] {}) {
    if (Result<void> started = context_.start(); !started.ok()) return started;
    std::size_t batches = 0;
    for (const Input& input : inputs_) batches = std::max(batches, input.ends.size());
    for (std::size_t batch = 0; batch < batches && is_active(); ++batch) {
      for (const Input& input : inputs_) feed(input, batch);
      network_.run_until([&] { return reports.size() > batch || !is_active(); });
      after();
    }
    if (!is_active()) return context_.await();
    context_.stop();
    return {};
  }
  /// Runs and returns what `stream` held, as many batches as there are inputs of.
  template <class T>
  Batches<T> run(const DStream<T>& stream) {
    const auto all = collect(stream);
    const Result<void> result = run();
    EXPECT_TRUE(result.ok()) << result.error().message();
    return *all;
  }

  Pipeline& pipeline() { return context_; }
  StreamStatus status() const { return context_.status(); }

  std::vector<BatchReport> reports;

 private:
  struct Input {
    plan::FakeSource* source;
    std::size_t partitions;
    std::vector<std::size_t> ends;  // of batches among the values
  };
  bool is_active() const { return context_.state() == StreamingContext::State::kActive; }
  static void feed(const Input& input, std::size_t batch) {
    if (batch >= input.ends.size()) return;
    const std::size_t begin = batch == 0 ? 0 : input.ends[batch - 1];
    const std::size_t size = input.ends[batch] - begin;
    for (std::size_t i = 0; i < input.partitions; ++i) {
      std::vector<std::string> places;
      const std::size_t end = begin + size * (i + 1) / input.partitions;
      for (std::size_t at = begin + size * i / input.partitions; at < end; ++at) {
        places.push_back(std::to_string(at));
      }
      if (!places.empty()) input.source->add_piece(i, std::move(places));
    }
  }

  net::SimNetwork network_{7};
  std::vector<Input> inputs_;
  StreamingContext context_{{.batch_interval = std::chrono::seconds(1)},
                            std::make_unique<exec::SimRuntime>(network_, "job", 2)};
};

}  // namespace weir
