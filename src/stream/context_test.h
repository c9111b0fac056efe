#pragma once

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "exec/sim_runtime.h"
#include "net/sim_network.h"
#include "plan/fake_pipeline.h"
#include "weir/streaming_context.h"

namespace weir::stream {

/// A context on a simulated network, with a fake source and output at hand.
class ContextTest : public testing::Test {
 protected:
  static constexpr std::size_t kPartitions = 2;
  static constexpr std::size_t kWorkers = 2;

  void make(StreamingOptions options = {}) {
    if (!options.log) {
      options.log = [this](std::string_view, std::string_view line) {
        log += std::string(line) + "\n";
      };
    }
    context = std::make_unique<StreamingContext>(
        options, std::make_unique<exec::SimRuntime>(network, "job", kWorkers));
    auto owned = std::make_unique<plan::FakeSource>("in", kPartitions);
    source = owned.get();
    source_node = detail::append_source(*context, std::move(owned));
    context->on_batch([this](const BatchReport& report) { reports.push_back(report); });
  }
  DStream<std::string> strings() { return plan::fake_strings(source_node); }
  static plan::FakeOutput* write(const DStream<std::string>& stream) {
    return plan::write_to_fake(stream);
  }
  bool run_until(const std::function<bool()>& done) { return network.run_until(done); }
  Result<void> run_to_end() {
    source->set_finished();
    if (Result<void> started = context->start(); !started.ok()) return started;
    return context->await();
  }

  net::SimNetwork network{7};
  std::vector<BatchReport> reports;
  std::string log;
  plan::FakeSource* source = nullptr;
  plan::Node* source_node = nullptr;
  std::unique_ptr<StreamingContext> context;  // ends first: it tells the others
};

}  // namespace weir::stream
