#include "weir/testing.h"

#include <map>

#include "base/log.h"
#include "exec/sim_runtime.h"
#include "net/sim_network.h"
#include "stream/test_source.h"
#include "stream/test_target.h"

namespace weir {

namespace detail {

struct TestWorld {
  TestWorld(StreamingOptions with, WallTime start) : options(std::move(with)) {
    network.jump_wall_clock(std::chrono::milliseconds(start.millis - clock().wall().millis));
    options.stop_at_end = false;
    if (!options.log) {
      options.log = [this](std::string_view severity, std::string_view line) {
        log += concat(severity, ": ", line, "\n");
      };
    }
    const auto workers = static_cast<std::size_t>(std::max(1, options.workers));
    auto loops = std::make_unique<exec::SimRuntime>(network, "test", workers);
    runtime = loops.get();
    context = std::make_unique<StreamingContext>(options, std::move(loops));
    context->on_batch([this](const BatchReport& report) { reports.push_back(report); });
  }
  const Clock& clock() const { return network.clock(); }
  bool is_active() const { return context->state() == StreamingContext::State::kActive; }

  StreamingOptions options;
  net::SimNetwork network{1};
  std::string log;
  std::vector<BatchReport> reports;
  std::map<std::string, std::vector<TestRecord>> written;  // by topic
  exec::Runtime* runtime = nullptr;                        // the context's
  std::unique_ptr<StreamingContext> context;               // ends first: it tells the others
};

TestSourceNode append_test_source(TestWorld& world, std::string topic, std::size_t partitions) {
  auto owned = std::make_unique<stream::TestSource>(std::move(topic), partitions, world.clock());
  stream::TestSource* source = owned.get();
  return {source, append_source(*world.context, std::move(owned))};
}

void add_objects(stream::TestSource& source, const TestObjects& objects,
                 std::optional<PartitionId> partition) {
  source.add(objects, partition);
}

void add_records(stream::TestSource& source, std::vector<TestRecord> records) {
  source.add(std::move(records));
}

OutputIndex append_test_output(TestWorld& world, plan::Node* anywhere, const std::string& topic) {
  return append_target(anywhere, std::make_unique<stream::TestTarget>(topic, world.written[topic]));
}

}  // namespace detail

StreamTest::StreamTest(StreamingOptions options, WallTime start)
    : world_(std::make_unique<detail::TestWorld>(std::move(options), start)) {}

StreamTest::~StreamTest() = default;

StreamingContext& StreamTest::context() { return *world_->context; }

Result<void> StreamTest::start() {
  if (world_->context->state() == StreamingContext::State::kInitialized) {
    return world_->context->start();
  }
  if (world_->is_active()) return {};
  WEIR_RETURN_IF_ERROR(outcome());
  return Error(ErrorCode::kInvalidArgument,
               "the stream has stopped and runs no more batches; make a new StreamTest");
}

Result<void> StreamTest::outcome() { return world_->context->await(); }

Result<void> StreamTest::run_batch() {
  WEIR_RETURN_IF_ERROR(start());
  const std::size_t before = world_->reports.size();
  const auto has_run = [&] { return world_->reports.size() > before || !world_->is_active(); };
  const bool ran = world_->runtime->wait(has_run, world_->options.batch_interval);
  wait(Duration::zero());  // what else is to happen now
  if (!world_->is_active()) return outcome();
  if (ran) return {};
  return Error(ErrorCode::kInvalidArgument,
               "there was no batch to run: without .batch_interval one begins when input was given "
               "by add(), or when advance() comes to the end of a window or to a time-out");
}

/// Waits as a context does: what the stream calls meanwhile does not wait in its turn.
void StreamTest::wait(Duration time) {
  world_->runtime->wait([] { return false; }, time);
}

Result<void> StreamTest::advance(Duration by) {
  WEIR_RETURN_IF_ERROR(start());
  wait(by);
  return world_->is_active() ? Result<void>() : outcome();
}

Result<void> StreamTest::stop() {
  world_->context->stop();
  return outcome();
}

WallTime StreamTest::now() const { return world_->clock().wall(); }

const std::vector<BatchReport>& StreamTest::reports() const { return world_->reports; }

std::vector<TestRecord> StreamTest::written(const std::string& topic) const {
  const auto found = world_->written.find(topic);
  return found == world_->written.end() ? std::vector<TestRecord>() : found->second;
}

const std::string& StreamTest::log() const { return world_->log; }

}  // namespace weir
