#include <gmock/gmock.h>

#include "base/log.h"
#include "stream/receiver_test.h"
#include "weir/listener.h"

namespace weir::stream {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Le;
using Handle = ScriptedReceiver::Handle;

class ReceiverStreamTest : public testing::Test {
 protected:
  void make(StreamingOptions options = {}) {
    options.log = [this](std::string_view, std::string_view line) {
      log += std::string(line) + "\n";
    };
    context = std::make_unique<StreamingContext>(
        options, std::make_unique<exec::SimRuntime>(network, "job", 2));
    context->on_batch([this](const BatchReport& report) { reports.push_back(report); });
  }
  DStream<int> receive(ScriptedReceiver::Script script, ReceiverOptions options = {}) {
    return receiver_stream(*context, std::make_unique<ScriptedReceiver>(std::move(script), calls),
                           std::move(options));
  }
  void collect(const DStream<int>& stream) {
    stream.for_each_batch([this](const Dataset<int>& batch) {
      batches.push_back(batch.records());
      for (int n : batch.records()) all.push_back(n);
    });
  }
  Duration now() const { return network.clock().now().time_since_epoch(); }

  net::SimNetwork network{7};
  std::shared_ptr<ScriptedReceiver::Calls> calls = std::make_shared<ScriptedReceiver::Calls>();
  std::vector<BatchReport> reports;
  std::vector<std::vector<int>> batches;
  std::vector<int> all;
  std::vector<int> acknowledged;
  std::string log;
  std::unique_ptr<StreamingContext> context;
};

// In their order, whether they come one by one or together.
TEST_F(ReceiverStreamTest, BG1_StreamsWhatIsStoredInItsOrder) {
  make({.stop_at_end = true});
  collect(receive([](const Handle& handle, int) -> Result<void> {
    WEIR_RETURN_IF_ERROR(handle.store(1));
    WEIR_RETURN_IF_ERROR(handle.store(std::vector{2, 3}));
    WEIR_RETURN_IF_ERROR(handle.store(std::vector<int>{}));
    return handle.store(4);
  }));
  ASSERT_TRUE(context->start().ok());
  EXPECT_TRUE(context->await().ok());
  EXPECT_THAT(all, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(calls->starts, 1);
  EXPECT_EQ(calls->stops, 0);
}

TEST_F(ReceiverStreamTest, BG2_StreamsAThousandInTheirOrder) {
  make({.stop_at_end = true});
  collect(receive([](const Handle& handle, int) -> Result<void> {
    for (int i = 0; i < 1000; ++i) WEIR_RETURN_IF_ERROR(handle.store(i));
    return {};
  }));
  ASSERT_TRUE(context->start().ok());
  EXPECT_TRUE(context->await().ok());
  std::vector<int> expected(1000);
  for (int i = 0; i < 1000; ++i) expected[static_cast<std::size_t>(i)] = i;
  EXPECT_EQ(all, expected);
}

TEST_F(ReceiverStreamTest, SingleRecordsThatComeAfterABatchAreInTheNext) {
  make({.batch_interval = 1s});
  collect(receive([](const Handle& handle, int number) { return handle.store(number); },
                  {.poll_interval = 400ms}));
  ASSERT_TRUE(context->start().ok());
  network.run_for(3s);
  context->stop();
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i], static_cast<int>(i) + 1);
  EXPECT_GE(all.size(), 6u);
}

// It is started for ever, after pauses that grow.
TEST_F(ReceiverStreamTest, RT2_AReceiverThatEndsIsStartedAgainAfterAPauseThatGrows) {
  make();
  std::vector<Duration> starts;
  collect(receive(
      [&](const Handle&, int) -> Result<void> {
        starts.push_back(now());
        return {};
      },
      {.longest_restart_delay = 5s}));
  ASSERT_TRUE(context->start().ok());
  network.run_for(20s);
  std::vector<std::int64_t> pauses;
  for (std::size_t i = 1; i < starts.size(); ++i)
    pauses.push_back((starts[i] - starts[i - 1]) / 1s);
  EXPECT_THAT(pauses, ElementsAre(2, 4, 5, 5));
  EXPECT_THAT(context->status().trouble, "receiver-0: it has ended; it is started again in 5 s");
}

TEST_F(ReceiverStreamTest, WhatADeadReceiverSaidIsShownUntilItStoresAgain) {
  make();
  collect(receive(
      [](const Handle& handle, int number) -> Result<void> {
        if (number == 1) throw std::runtime_error("the device is off");
        if (number == 2) return Error(ErrorCode::kUnavailable, "no carrier");
        return handle.store(number);
      },
      {.name = "radio", .poll_interval = 1h}));
  ASSERT_TRUE(context->start().ok());
  network.run_for(1s);
  EXPECT_EQ(context->status().trouble,
            "radio: on_start() threw: the device is off; it is started again in 2 s");
  network.run_for(2s);
  EXPECT_EQ(context->status().trouble, "radio: no carrier; it is started again in 4 s");
  network.run_for(4s);
  EXPECT_EQ(context->status().trouble, "");
  EXPECT_THAT(all, ElementsAre(3));
}

TEST_F(ReceiverStreamTest, WhatItStoredBeforeItDiedStays) {
  make({.batch_interval = 1s});
  collect(receive([](const Handle& handle, int number) -> Result<void> {
    WEIR_RETURN_IF_ERROR(handle.store(number));
    throw 7;
  }));
  ASSERT_TRUE(context->start().ok());
  network.run_for(5500ms);
  EXPECT_THAT(all, ElementsAre(1, 2, 3));  // each pause is the first one: it had stored something
}

// An error that is reported changes nothing else.
TEST_F(ReceiverStreamTest, RV1_AReportedErrorIsShownUntilARecordIsStored) {
  make();
  collect(receive(
      [](const Handle& handle, int number) -> Result<void> {
        if (number == 1) return handle.report_error("a line too long"), Result<void>();
        return handle.store(number);
      },
      {.poll_interval = 1s}));
  ASSERT_TRUE(context->start().ok());
  network.run_for(500ms);
  EXPECT_THAT(log, HasSubstr("receiver-0: a line too long"));
  network.run_for(1s);
  EXPECT_EQ(context->status().trouble, "");
  EXPECT_THAT(all, ElementsAre(2));
}

TEST_F(ReceiverStreamTest, RV1_ARestartThatIsAskedForComesAfterItsPause) {
  make({.stop_at_end = true});
  std::vector<Duration> starts;
  collect(receive([&](const Handle& handle, int number) -> Result<void> {
    starts.push_back(now());
    if (number == 1) handle.restart("the key has changed", 100ms);
    return {};
  }));
  ASSERT_TRUE(context->start().ok());
  EXPECT_TRUE(context->await().ok());
  ASSERT_EQ(starts.size(), 2u);
  EXPECT_GE(starts[1] - starts[0], 100ms);
  EXPECT_LT(starts[1] - starts[0], 200ms);
  EXPECT_EQ(calls->stops, 1);
  EXPECT_THAT(log, HasSubstr("the key has changed; it is started again in 100 ms"));
}

// A reliable receiver: the callback of a group comes only once its records are committed.
TEST_F(ReceiverStreamTest, BG1_TellsOfBlocksWhenTheyAreCommitted) {
  make({.batch_interval = 1s});
  collect(receive(
      [this](const Handle& handle, int) -> Result<void> {
        for (int block : {1, 2}) {
          WEIR_RETURN_IF_ERROR(handle.store(std::vector(3, block), [this, block] {
            EXPECT_EQ(std::count(all.begin(), all.end(), block), 3);
            acknowledged.push_back(block);
          }));
        }
        return handle.store({}, [this] { acknowledged.push_back(0); });
      },
      {.max_rate = 4, .poll_interval = 1h}));
  ASSERT_TRUE(context->start().ok());
  EXPECT_THAT(acknowledged, IsEmpty());
  network.run_until([this] { return all.size() > 3; });
  network.run_for(10ms);
  EXPECT_THAT(acknowledged, ElementsAre(1));
  network.run_for(5s);
  EXPECT_THAT(acknowledged, ElementsAre(1, 2));
}

TEST_F(ReceiverStreamTest, WhatIsNotCommittedIsNotAcknowledged) {
  make();
  receive([this](const Handle& handle, int) {
    return handle.store({1}, [this] { acknowledged.push_back(1); });
  }).for_each([](int) { throw std::runtime_error("never"); });
  ASSERT_TRUE(context->start().ok());
  EXPECT_FALSE(context->await().ok());
  EXPECT_THAT(acknowledged, IsEmpty());
}

TEST_F(ReceiverStreamTest, AnAcknowledgementThatThrowsStopsTheStream) {
  make();
  collect(receive([](const Handle& handle, int) {
    return handle.store({1}, [] { throw std::runtime_error("no such queue"); });
  }));
  ASSERT_TRUE(context->start().ok());
  const Result<void> ended = context->await();
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().message(),
            "receiver-0: what was to be called after a commit threw: no such queue");
}

TEST_F(ReceiverStreamTest, AGracefulStopTakesWhatIsStored) {
  make({.batch_interval = 1s, .max_rate_per_partition = 10});
  std::optional<Handle> kept;
  collect(receive([&](const Handle& handle, int) {
    kept = handle;
    return handle.store(std::vector<int>(25, 1));
  }));
  ASSERT_TRUE(context->start().ok());
  network.run_until([&] { return kept.has_value(); });
  context->stop();
  EXPECT_EQ(all.size(), 25u);
  const Result<void> late = kept->store(2);
  ASSERT_FALSE(late.ok());
  EXPECT_THAT(late.error().message(), HasSubstr("takes no more"));
  EXPECT_TRUE(kept->stopping());
}

TEST_F(ReceiverStreamTest, AStopAtOnceTakesNothing) {
  make({.batch_interval = 1s});
  collect(receive([&](const Handle& handle, int) { return handle.store(1); }));
  ASSERT_TRUE(context->start().ok());
  network.run_until([&] { return calls->starts > 0; });
  context->stop(/*gracefully=*/false);
  EXPECT_THAT(all, IsEmpty());
}

TEST_F(ReceiverStreamTest, RV2_BatchesTakeNoMoreThanItsOwnRate) {
  make({.batch_interval = 1s, .max_rate_per_partition = 100});
  collect(receive([](const Handle& handle, int) { return handle.store(std::vector(100, 1)); },
                  {.max_rate = 10, .poll_interval = 1h}));
  ASSERT_TRUE(context->start().ok());
  network.run_for(5500ms);
  for (const auto& batch : batches) EXPECT_LE(batch.size(), 10u);
  EXPECT_THAT(all.size(), AllOf(Le(50u), testing::Ge(35u)));
}

TEST_F(ReceiverStreamTest, IS10_StreamsAreNumbered) {
  make({.stop_at_end = true});
  std::vector<DStream<int>> streams;
  for (int i = 0; i < 3; ++i) {
    streams.push_back(receive([i](const Handle& handle, int) { return handle.store(i); }));
  }
  collect(streams[0].union_with({streams[1], streams[2]}));
  ASSERT_TRUE(context->start().ok());
  EXPECT_TRUE(context->await().ok());
  std::vector<std::string> names;
  for (const BatchReport& report : reports) {
    for (const OffsetRange& range : report.ranges) names.push_back(range.topic);
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre("receiver-0", "receiver-1", "receiver-2"));
  EXPECT_THAT(all, testing::UnorderedElementsAre(0, 1, 2));
}

TEST_F(ReceiverStreamTest, SaysWhatIsWrongWithItsOptions) {
  const auto refused = [this](ReceiverOptions options) {
    make();
    collect(receive([](const Handle&, int) { return Result<void>(); }, std::move(options)));
    const Result<void> started = context->start();
    return started.ok() ? "" : started.error().message();
  };
  EXPECT_THAT(refused({.max_rate = -1}), HasSubstr("receiver-0: .max_rate is -1"));
  EXPECT_THAT(refused({.restart_delay = 0s}), HasSubstr(".restart_delay must be above 0"));
  EXPECT_THAT(refused({.restart_delay = 2min}), HasSubstr("must not be shorter"));
  EXPECT_THAT(refused({.poll_interval = -1s}), HasSubstr(".poll_interval must be 0"));
}

TEST_F(ReceiverStreamTest, ItCannotTakePartInTransactions) {
  make({.delivery = Delivery::kExactlyOnce});
  collect(receive([](const Handle&, int) { return Result<void>(); }, {.name = "radio"}));
  const Result<void> started = context->start();
  ASSERT_FALSE(started.ok());
  EXPECT_THAT(started.error().message(), HasSubstr("radio cannot take part"));
}

/// Keeps in words what it is told of receivers.
class ReceiverWitness final : public Listener {
 public:
  void on_receiver_started(const ReceiverInfo& receiver) override { note("started", receiver); }
  void on_receiver_error(const ReceiverInfo& receiver) override { note("error", receiver); }
  void on_receiver_stopped(const ReceiverInfo& receiver) override { note("stopped", receiver); }
  std::vector<std::string> told;

 private:
  void note(std::string_view what, const ReceiverInfo& receiver) {
    told.push_back(concat(receiver.stream, " ", receiver.name, " ", what,
                          receiver.active ? "" : ", inactive",
                          receiver.last_error.empty() ? "" : ": ", receiver.last_error,
                          receiver.last_error_time ? "" : ", never"));
  }
};

TEST_F(ReceiverStreamTest, SL2_ListenersAreToldHowAReceiverStands) {
  make();
  const auto witness = std::make_shared<ReceiverWitness>();
  context->add_listener(witness);
  collect(receive([](const Handle&, int) -> Result<void> { return {}; }, {.poll_interval = 1s}));
  collect(receive(
      [runs = 0](const Handle& handle, int) mutable -> Result<void> {
        handle.report_error("faint");
        if (++runs == 1) throw std::runtime_error("off");
        return {};
      },
      {.name = "radio", .poll_interval = 1s}));
  ASSERT_TRUE(context->start().ok());
  network.run_for(2500ms);
  context->stop();
  const std::string off = "on_start() threw: off";
  EXPECT_THAT(
      witness->told,
      ElementsAre("0 receiver-0 started, never", "1 radio started, never", "1 radio error: faint",
                  "1 radio error: " + off, "1 radio stopped, inactive: " + off,
                  "1 radio started: " + off, "1 radio error: faint",
                  "0 receiver-0 stopped, inactive, never", "1 radio stopped, inactive: faint"));
}

}  // namespace
}  // namespace weir::stream
