#pragma once

#include <gmock/gmock.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "exec/batch_run.h"
#include "exec/loop_handle.h"
#include "exec/worker.h"
#include "net/sim_network.h"
#include "plan/fake_pipeline.h"

namespace weir::exec {

/// A pipeline over a fake source with workers on a simulated network, for the tests of exec. Tests
/// describe streams, call open() and give tasks to what they test.
class ExecTest : public testing::Test {
 protected:
  static constexpr std::size_t kPartitions = 2;
  static constexpr std::size_t kOutputBytes = 100;

  ExecTest() {
    auto owned = std::make_unique<plan::FakeSource>("in", kPartitions);
    source = owned.get();
    source_node = detail::append_source(pipeline, std::move(owned));
  }
  ~ExecTest() override { network.run_for(std::chrono::seconds(1)); }

  DStream<std::string> strings() { return plan::fake_strings(source_node); }

  /// Opens the pipeline as described, with so many workers.
  void open(std::size_t workers_wanted = 2) {
    site.driver = &network.loop("driver");
    for (std::size_t i = 0; i < workers_wanted; ++i) {
      site.workers.push_back(&network.loop(concat("worker-", i)));
    }
    for (const auto& output : pipeline.graph().outputs()) {
      output->open(site, output_host, [](const Result<void>&) {});
    }
    source->open(site, source_host, [](const Result<void>&) {});
    stages = plan::cut(pipeline.graph());
    for (std::size_t i = 0; i < workers_wanted; ++i) {
      workers.push_back(std::make_unique<Worker>(
          Worker::Setup{&pipeline.graph(), i, site.workers[i], site.driver, kOutputBytes}));
    }
    run_until_quiet();
  }
  void run_until_quiet() {
    while (network.step()) {
    }
  }

  /// All that the source has not given yet, one slice for each piece.
  std::vector<plan::Slice> take_all() {
    std::vector<plan::Slice> slices;
    for (const plan::ReadAhead& each : source->read_ahead()) {
      for (const plan::Piece& piece : each.pieces) {
        slices.push_back(
            {each.origin, each.worker, piece.from, piece.until, piece.bytes, piece.records});
      }
    }
    source->take(slices);
    return slices;
  }
  /// The same as tasks of the source's stage.
  std::vector<Task> take_tasks() {
    std::vector<Task> tasks;
    for (const plan::Slice& slice : take_all()) {
      tasks.push_back({0,
                       source_node,
                       slice.origin->partition,
                       tasks.size(),
                       slice,
                       {},
                       stages.at(0).whole_partition});
    }
    return tasks;
  }

  static std::shared_ptr<BatchFacts> make_batch(std::size_t memory_limit = 1'000'000) {
    return std::make_shared<BatchFacts>(BatchTime{1'000'000}, memory_limit);
  }

  struct QuietSourceHost final : plan::SourceHost {
    void on_change() override {}
    void on_trouble(const std::string&) override {}
    void on_failure(const Error&) override {}
  };
  struct QuietOutputHost final : plan::OutputHost {
    void on_trouble(const std::string&) override {}
  };

  net::SimNetwork network{7};
  Pipeline pipeline;
  plan::FakeSource* source = nullptr;
  plan::Node* source_node = nullptr;
  plan::Site site;
  QuietSourceHost source_host;
  QuietOutputHost output_host;
  std::vector<plan::Stage> stages;
  std::vector<std::unique_ptr<Worker>> workers;
};

}  // namespace weir::exec
