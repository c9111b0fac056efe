#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weir/dstream.h"
#include "weir/memory_of.h"
#include "weir/queue_stream.h"
#include "weir/record_operators.h"
#include "weir/streaming_context.h"

/// Tests of your own pipelines: without Kafka, without threads, without sleeping, in any test
/// framework. Write the pipeline as a function of streams that returns streams; a StreamTest gives
/// it input and has its output.
namespace weir {

/// A record of a topic, as a test gives it or finds it.
struct TestRecord {
  std::optional<std::string> key{};
  std::optional<std::string> value{};   ///< none is a null value, Kafka's tombstone
  std::optional<WallTime> timestamp{};  ///< given without one, it has the test's time
  /// Given without one, it goes where Kafka's Java client sends the key; without a key to 0.
  std::optional<PartitionId> partition{};
  std::vector<std::pair<std::string, std::string>> headers{};  ///< of what was written only
  bool operator==(const TestRecord&) const = default;
};

namespace stream {
class TestSource;
}

namespace detail {

/// What a StreamTest has, whatever the types of its streams.
struct TestWorld;

/// A source that a test fills. Belongs to the test's pipeline.
struct TestSourceNode {
  stream::TestSource* source = nullptr;
  plan::Node* node = nullptr;
};
TestSourceNode append_test_source(TestWorld& world, std::string topic, std::size_t partitions);
/// Objects in memory, side by side.
struct TestObjects {
  std::shared_ptr<const void> owner;
  const void* first = nullptr;
  std::size_t stride = 0;
  std::size_t count = 0;
};
/// Without a partition: divided over all of them, in runs of equal length.
void add_objects(stream::TestSource& source, const TestObjects& objects,
                 std::optional<PartitionId> partition);
void add_records(stream::TestSource& source, std::vector<TestRecord> records);
/// Adds an output that keeps what is written to it.
OutputIndex append_test_output(TestWorld& world, plan::Node* anywhere, const std::string& topic);

}  // namespace detail

/// A stream of what a test gives to it. A handle, as every DStream is.
template <class T>
class TestInput : public DStream<T> {
 public:
  /// Gives records to the next batch, divided over the partitions in runs of equal length.
  void add(std::vector<T> records) const { add_to(std::nullopt, std::move(records)); }
  /// Gives records to the next batch, all in one partition.
  void add(PartitionId partition, std::vector<T> records) const {
    add_to(partition, std::move(records));
  }

 private:
  friend class StreamTest;
  explicit TestInput(detail::TestSourceNode source)
      : DStream<T>(detail::append_sink<T, detail::FromQueueSink<T>>(source.node, {.name = "input"},
                                                                    detail::Nothing{})),
        source_(source.source) {}
  void add_to(std::optional<PartitionId> partition, std::vector<T> records) const {
    const auto owned = std::make_shared<const std::vector<T>>(std::move(records));
    detail::add_objects(*source_, {owned, owned->data(), sizeof(T), owned->size()}, partition);
  }

  stream::TestSource* source_;
};

/// A topic that a test writes to and a pipeline reads: records with keys, values as bytes,
/// timestamps and partitions. A handle.
class TestTopic {
 public:
  /// Gives records to the next batch.
  void add(std::vector<TestRecord> records) const {
    detail::add_records(*source_.source, std::move(records));
  }
  /// Streams the records whole, as kafka::records() does.
  DStream<Record> records() const { return DStream<Record>(source_.node); }
  /// Streams the values, decoded with Codec<T>, as kafka::stream<T>() does. Dead letters are in
  /// StreamTest::written().
  template <class T>
  DStream<T> stream(BadRecords policy = {}) const {
    static_assert(HasCodec<T>, "TestTopic::stream<T>: T needs a weir::Codec (see weir/codec.h)");
    std::optional<OutputIndex> letters;
    if (policy.action == BadRecords::Action::kDeadLetter) {
      letters = detail::append_test_output(*world_, source_.node, policy.topic);
    }
    return DStream<T>(
        detail::append_narrow(source_.node, {"decode", detail::make_tee<T>, false},
                              new detail::DecodeOperator<T>(std::move(policy), letters)));
  }

 private:
  friend class StreamTest;
  TestTopic(detail::TestWorld& world, detail::TestSourceNode source)
      : world_(&world), source_(source) {}

  detail::TestWorld* world_;
  detail::TestSourceNode source_;
};

/// What a stream held, batch by batch. A handle; it may be kept beyond the test.
template <class T>
class TestOutput {
 public:
  /// All batches so far. A stream with a slide has one for each slide.
  const std::vector<std::vector<T>>& batches() const { return held_->batches; }
  /// Returns the records that have come since the last call, or since the start.
  std::vector<T> take() const {
    std::vector<T> records;
    for (; held_->taken < held_->batches.size(); ++held_->taken) {
      const std::vector<T>& batch = held_->batches[held_->taken];
      records.insert(records.end(), batch.begin(), batch.end());
    }
    return records;
  }

 private:
  friend class StreamTest;
  struct Held {
    std::vector<std::vector<T>> batches;
    std::size_t taken = 0;
  };
  explicit TestOutput(const DStream<T>& stream) {
    stream.for_each_batch(
        [held = held_](const Dataset<T>& batch) { held->batches.push_back(batch.records()); });
  }

  std::shared_ptr<Held> held_ = std::make_shared<Held>();  // shared with the pipeline
};

/// When tests begin: 2026-01-01T00:00Z.
inline constexpr WallTime kTestStart{1'767'225'600'000};

/// Runs a pipeline for a test, batch by batch, on a clock that stands still until the test moves
/// it: windows end and keys time out as the test says. Make the inputs, describe what is computed
/// of them, name the outputs; then give input and run batches. Everything runs in the thread that
/// calls. The first run starts the stream, and nothing can be described after that.
///
/// It runs what runs in production, but for the sources: state, checkpoints, retries and errors are
/// the same. To go on where another test with the same `checkpoint` has ended, as a new process
/// would, make it with that one's now() when that one is stopped or gone.
class StreamTest {
 public:
  /// Has a batch each second.
  StreamTest() : StreamTest({.batch_interval = std::chrono::seconds(1)}) {}
  /// `stop_at_end` means nothing to a test, and `log` fills log() where it is not set.
  explicit StreamTest(StreamingOptions options, WallTime start = kTestStart);
  ~StreamTest();

  /// For accumulators, broadcast values, status, other sources.
  StreamingContext& context();

  template <class T>
  TestInput<T> input(std::size_t partitions = 2) {
    static_assert(
        !kIsView<T>,
        "StreamTest::input<T>(): a test's records are kept, but their type is a view: use "
        "an owning type, or topic() for records as bytes");
    return TestInput<T>(detail::append_test_source(*world_, "input", partitions));
  }
  TestTopic topic(std::string name, std::size_t partitions = 2) {
    return TestTopic(*world_, detail::append_test_source(*world_, std::move(name), partitions));
  }
  /// Has what `stream` holds.
  template <class T>
  TestOutput<T> output(const DStream<T>& stream) {
    return TestOutput<T>(stream);
  }

  /// Moves the clock to the next batch and runs it. Without a batch interval: runs what was given,
  /// and the clock stands. The error says why the stream failed, or that there was no batch to run.
  [[nodiscard]] Result<void> run_batch();
  /// Moves the clock so far, and runs the batches that come meanwhile.
  [[nodiscard]] Result<void> advance(Duration by);
  /// Ends the stream, as stop() of a context does; the error is the reason of a failure.
  Result<void> stop();

  WallTime now() const;
  /// What each batch did that was committed.
  const std::vector<BatchReport>& reports() const;
  /// The records written to a topic so far, such as dead letters.
  std::vector<TestRecord> written(const std::string& topic) const;
  /// What the stream has logged: lines, each with its severity.
  const std::string& log() const;

 private:
  [[nodiscard]] Result<void> start();
  Result<void> outcome();
  void wait(Duration time);

  std::unique_ptr<detail::TestWorld> world_;
};

}  // namespace weir
