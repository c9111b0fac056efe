#include "weir/listener.h"

#include <gmock/gmock.h>

#include <stdexcept>

#include "net/sim_network.h"
#include "plan/graph.h"
#include "stream/batch_events.h"
#include "stream/listener_bus.h"
#include "weir/delay_report.h"
#include "weir/testing.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Keeps what it is told, and the order of it all in words.
class Witness : public Listener {
 public:
  void on_stream_started(WallTime time) override {
    started_at = time;
    order.emplace_back("started");
  }
  void on_batch_submitted(const BatchInfo& batch) override { note("submitted", submitted, batch); }
  void on_batch_started(const BatchInfo& batch) override { note("begun", begun, batch); }
  void on_batch_completed(const BatchInfo& batch) override { note("completed", completed, batch); }
  void on_output_started(const OutputInfo& output) override {
    order.push_back("output " + std::to_string(output.id));
  }
  void on_output_completed(const OutputInfo& output) override {
    order.push_back("output " + std::to_string(output.id) + " over");
    outputs.push_back(output);
  }
  void on_receiver_started(const ReceiverInfo& receiver) override { note("started", receiver); }
  void on_receiver_error(const ReceiverInfo& receiver) override { note("error", receiver); }
  void on_receiver_stopped(const ReceiverInfo& receiver) override { note("stopped", receiver); }

  std::vector<std::string> order;
  WallTime started_at{};
  std::vector<BatchInfo> submitted;
  std::vector<BatchInfo> begun;
  std::vector<BatchInfo> completed;
  std::vector<OutputInfo> outputs;
  std::vector<ReceiverInfo> receivers;

 private:
  void note(const char* what, std::vector<BatchInfo>& into, const BatchInfo& batch) {
    order.emplace_back(what);
    into.push_back(batch);
  }
  void note(const std::string& what, const ReceiverInfo& receiver) {
    order.push_back("receiver " + what);
    receivers.push_back(receiver);
  }
};

class ListenerTest : public testing::Test {
 protected:
  ListenerTest() { test.context().add_listener(witness); }
  /// Runs a batch of each of these.
  Result<void> run(const std::vector<int>& batches) {
    for (const int number : batches) {
      numbers.add({number});
      WEIR_RETURN_IF_ERROR(test.run_batch());
    }
    return {};
  }

  StreamTest test;
  const TestInput<int> numbers = test.input<int>();
  const std::shared_ptr<Witness> witness = std::make_shared<Witness>();
};

TEST_F(ListenerTest, SL1_IsToldOfBatchesAsTheyGoOn) {
  numbers.for_each([](int) {});
  ASSERT_TRUE(run({1, 2, 3, 4}).ok());
  EXPECT_EQ(witness->started_at, kTestStart);
  ASSERT_THAT(witness->submitted, SizeIs(4));
  ASSERT_THAT(witness->begun, SizeIs(4));
  ASSERT_THAT(witness->completed, SizeIs(4));
  for (std::size_t i = 0; i < 4; ++i) {
    const BatchInfo& batch = witness->completed[i];
    EXPECT_FALSE(witness->submitted[i].scheduling_delay);
    EXPECT_TRUE(witness->begun[i].scheduling_delay && !witness->begun[i].total_delay());
    EXPECT_GE(batch.total_delay(), Duration::zero());
    EXPECT_GE(batch.processing_delay, Duration::zero());
    EXPECT_EQ(batch.records(), 1);
    ASSERT_THAT(batch.inputs, SizeIs(1));
    EXPECT_EQ(batch.inputs[0].stream, 0);
    EXPECT_EQ(batch.inputs[0].description, "the test's input");
    EXPECT_THAT(batch.inputs[0].ranges, SizeIs(1));
    EXPECT_LE(batch.submitted, *batch.started);
    EXPECT_LE(*batch.started, *batch.ended);
    EXPECT_FALSE(batch.failure);
    if (i > 0) {
      EXPECT_LT(witness->completed[i - 1].time, batch.time);
    }
  }
}

TEST_F(ListenerTest, SL3_IsToldOfOutputsInTheirOrder) {
  for (int i = 0; i < 3; ++i) numbers.for_each_batch([](const Dataset<int>&) {});
  ASSERT_TRUE(run({1}).ok());
  EXPECT_THAT(witness->order,
              ElementsAre("started", "submitted", "begun", "output 0", "output 1", "output 2",
                          "output 0 over", "output 1 over", "output 2 over", "completed"));
  EXPECT_THAT(witness->completed.at(0).outputs, SizeIs(3));
  const OutputInfo& output = witness->outputs.at(1);
  EXPECT_EQ(output.batch, witness->completed[0].time);
  EXPECT_EQ(output.name, "for_each_batch");
  EXPECT_THAT(output.description, HasSubstr("> for_each_batch"));
  EXPECT_TRUE(output.started && output.ended && output.duration);
  EXPECT_FALSE(output.failure);
}

TEST_F(ListenerTest, AnOutputOfTwoStreamsIsToldOnce) {
  const auto others = test.input<int>();
  numbers.union_with(others).for_each([](int) {});
  others.add({7, 8});
  ASSERT_TRUE(run({1}).ok());
  EXPECT_THAT(witness->order, ElementsAre("started", "submitted", "begun", "output 0",
                                          "output 0 over", "completed"));
  ASSERT_THAT(witness->completed.at(0).inputs, SizeIs(2));
  EXPECT_EQ(witness->completed[0].inputs[1].records, 2);
  EXPECT_EQ(witness->completed[0].records(), 3);
}

TEST_F(ListenerTest, II1_ABatchKnowsWhatEachInputGave) {
  const auto others = test.input<int>();
  numbers.union_with(others).for_each([](int) {});
  numbers.add(std::vector<int>(100));
  others.add(std::vector<int>(300));
  ASSERT_TRUE(test.run_batch().ok());
  ASSERT_THAT(witness->completed, SizeIs(1));
  const std::vector<InputInfo>& inputs = witness->completed[0].inputs;
  ASSERT_THAT(inputs, SizeIs(2));
  EXPECT_EQ(inputs[0].stream, 0);
  EXPECT_EQ(inputs[0].records, 100);
  EXPECT_EQ(inputs[1].stream, 1);
  EXPECT_EQ(inputs[1].records, 300);
}

TEST_F(ListenerTest, PL1_RecordsAreReceivedAtTheStartAndProcessedAtTheEnd) {
  const auto others = test.input<int>();
  const auto all = numbers.union_with(others);
  all.for_each([](int) {});
  all.for_each_batch([](const Dataset<int>&) {});
  numbers.add(std::vector<int>(300));
  others.add(std::vector<int>(300));
  ASSERT_TRUE(test.run_batch().ok());
  EXPECT_THAT(witness->order, ElementsAre("started", "submitted", "begun", "output 0", "output 1",
                                          "output 0 over", "output 1 over", "completed"));
  EXPECT_EQ(witness->submitted.at(0).records(), 600);
  EXPECT_EQ(witness->begun.at(0).records(), 600);
  EXPECT_EQ(witness->completed.at(0).records(), 600);
  EXPECT_EQ(test.context().status().records_in, 600);
}

TEST_F(ListenerTest, ABatchThatFailsIsCompletedWithTheReason) {
  numbers
      .map([](int number) {
        if (number == 2) throw std::runtime_error("no twos");
        return number;
      })
      .for_each([](int) {});
  EXPECT_FALSE(run({1, 2, 3}).ok());
  ASSERT_THAT(witness->completed, SizeIs(2));
  EXPECT_THAT(witness->completed[1].failure.value_or(""), HasSubstr("no twos"));
  EXPECT_THAT(witness->outputs.at(1).failure.value_or(""), HasSubstr("no twos"));
  EXPECT_EQ(witness->outputs[1].failed_attempts, 3);
}

TEST_F(ListenerTest, SL4_ACallbackMayStopTheStreamAndDoesNotWait) {
  class Stopper : public Listener {
   public:
    explicit Stopper(StreamingContext& to_stop) : context(to_stop) {}
    void on_batch_completed(const BatchInfo&) override {
      context.stop();
      was_active = context.state() == StreamingContext::State::kActive;
    }
    StreamingContext& context;
    bool was_active = false;
  };
  numbers.for_each([](int) {});
  const auto stopper = std::make_shared<Stopper>(test.context());
  test.context().add_listener(stopper);
  ASSERT_TRUE(run({1}).ok());
  EXPECT_TRUE(stopper->was_active);
  EXPECT_EQ(test.context().state(), StreamingContext::State::kStopped);
}

TEST_F(ListenerTest, SL6_IsToldOfNothingAfterTheStop) {
  numbers.for_each([](int) {});
  ASSERT_TRUE(run({1}).ok());
  ASSERT_TRUE(test.stop().ok());
  const auto told = witness->order;
  numbers.add({2});
  test.context().stop();
  EXPECT_FALSE(test.run_batch().ok());
  EXPECT_EQ(witness->order, told);
}

TEST_F(ListenerTest, WhatItThrowsIsLoggedAndTheStreamGoesOn) {
  class Thrower : public Listener {
   public:
    void on_batch_started(const BatchInfo&) override { throw std::runtime_error("no thanks"); }
    void on_batch_completed(const BatchInfo&) override { throw 7; }
  };
  numbers.for_each([](int) {});
  test.context().add_listener(std::make_shared<Thrower>());
  ASSERT_TRUE(run({1, 2}).ok());
  EXPECT_THAT(test.log(), AllOf(HasSubstr("error: a listener threw: no thanks"),
                                HasSubstr("something that is no std::exception")));
  EXPECT_THAT(witness->completed, SizeIs(2));
}

TEST_F(ListenerTest, IsToldNothingOnceItIsRemoved) {
  numbers.for_each([](int) {});
  ASSERT_TRUE(run({1}).ok());
  test.context().remove_listener(*witness);
  ASSERT_TRUE(run({2}).ok());
  EXPECT_THAT(witness->completed, SizeIs(1));
}

TEST_F(ListenerTest, MayComeWhenTheStreamRuns) {
  numbers.for_each([](int) {});
  ASSERT_TRUE(run({1}).ok());
  const auto late = std::make_shared<Witness>();
  test.context().add_listener(late);
  ASSERT_TRUE(run({2}).ok());
  EXPECT_THAT(late->order,
              ElementsAre("submitted", "begun", "output 0", "output 0 over", "completed"));
}

TEST(BatchEventsTest, SL2_TellsOfReceiversThatStartFailAndStop) {
  net::SimNetwork network{7};
  const Pipeline pipeline;
  const std::vector<plan::Stage> stages;
  stream::ListenerBus bus{Log()};
  stream::BatchEvents events(pipeline.graph(), stages, network.loop("driver"), bus);
  const auto witness = std::make_shared<Witness>();
  bus.add(witness);
  bus.open(network.loop("listeners"));
  ReceiverInfo receiver{.stream = 0, .name = "ticker", .active = true};
  events.receiver(ReceiverChange::kStarted, receiver);
  receiver.last_error = "no ticks";
  receiver.last_error_time = WallTime{5};
  events.receiver(ReceiverChange::kFailed, receiver);
  receiver.active = false;
  events.receiver(ReceiverChange::kStopped, receiver);
  network.run_for(1ms);
  EXPECT_THAT(witness->order,
              ElementsAre("receiver started", "receiver error", "receiver stopped"));
  EXPECT_EQ(witness->receivers.at(0).last_error, "");
  EXPECT_EQ(witness->receivers.at(1).last_error, "no ticks");
  EXPECT_TRUE(witness->receivers.at(1).active && !witness->receivers.at(2).active);
}

TEST(ListenerBusTest, OfATooSlowListenerBatchesAreLeftOutWhole) {
  net::SimNetwork network{7};
  std::string log;
  stream::ListenerBus bus(
      Log(LogLevel::kInfo, [&](LogLevel, std::string_view line) { log += line; }));
  const auto witness = std::make_shared<Witness>();
  bus.add(witness);
  EXPECT_FALSE(bus.takes_batch());
  bus.open(network.loop("listeners"));
  for (std::size_t i = 0; i < stream::ListenerBus::kMostWaiting; ++i) {
    EXPECT_TRUE(bus.takes_batch());
    bus.tell([](Listener& listener) { listener.on_stream_started({}); });
  }
  EXPECT_FALSE(bus.takes_batch());
  EXPECT_FALSE(bus.takes_batch());
  network.run_for(1ms);
  EXPECT_THAT(witness->order, SizeIs(stream::ListenerBus::kMostWaiting));
  EXPECT_THAT(log, IsEmpty());
  EXPECT_TRUE(bus.takes_batch());
  EXPECT_THAT(log, HasSubstr("too slow to be told of 2 batches"));
}

TEST(DelayReportTest, SaysHowTheDelaysOfTheLastBatchesAreDistributed) {
  std::vector<std::string> lines;
  DelayReport report(3, [&](const std::string& line) { lines.push_back(line); });
  BatchInfo batch;
  batch.scheduling_delay = 1ms;
  for (const auto delay : {900ms, 10ms, 30ms, 20ms}) {
    batch.processing_delay = delay;
    report.on_batch_completed(batch);
  }
  ASSERT_THAT(lines, SizeIs(8));
  EXPECT_EQ(lines[6],
            "total delay of 3 batches: 11 ms min, 11 ms 25 %, 21 ms median, 21 ms 75 %, 31 ms max");
  EXPECT_THAT(lines[7], HasSubstr("processing time of 3 batches: 10 ms min"));
  batch.failure = "gone";
  report.on_batch_completed(batch);
  EXPECT_THAT(lines, SizeIs(8));
}

}  // namespace
}  // namespace weir
