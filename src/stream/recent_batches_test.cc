#include "weir/recent_batches.h"

#include <gmock/gmock.h>

#include <stdexcept>

#include "weir/testing.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

InputInfo input(int stream, std::int64_t records) {
  return {.stream = stream, .description = "input", .records = records, .ranges = {}};
}

BatchInfo batch(std::int64_t time, std::int64_t records = 1) {
  BatchInfo batch;
  batch.time = BatchTime{time};
  batch.inputs = {input(0, records)};
  return batch;
}

OutputInfo output(std::int64_t time, int id, std::optional<Duration> duration = std::nullopt) {
  OutputInfo output;
  output.batch = BatchTime{time};
  output.id = id;
  output.duration = duration;
  return output;
}

TEST(RecentBatches, PL1_BatchesWaitThenRunThenHaveEnded) {
  RecentBatches recent;
  BatchInfo both = batch(7);
  both.inputs = {input(0, 300), input(1, 300)};
  recent.on_batch_submitted(both);
  EXPECT_THAT(recent.snapshot().waiting, ElementsAre(Field(&BatchInfo::time, BatchTime{7})));
  EXPECT_EQ(recent.snapshot().records_received, 600);
  recent.on_batch_started(both);
  EXPECT_THAT(recent.snapshot().waiting, IsEmpty());
  EXPECT_THAT(recent.snapshot().running, SizeIs(1));
  EXPECT_EQ(recent.snapshot().records_processed, 0);
  recent.on_batch_completed(both);
  const RecentBatches::Snapshot now = recent.snapshot();
  EXPECT_THAT(now.running, IsEmpty());
  EXPECT_THAT(now.ended, ElementsAre(Field(&BatchInfo::time, BatchTime{7})));
  EXPECT_EQ(now.records_processed, 600);
  EXPECT_EQ(now.committed, 1);
}

TEST(RecentBatches, PL2_TheLastThousandAreKeptAndAllAreCounted) {
  RecentBatches recent;
  for (int i = 0; i < 1010; ++i) {
    recent.on_batch_submitted(batch(i));
    recent.on_batch_started(batch(i));
    recent.on_batch_completed(batch(i));
  }
  const RecentBatches::Snapshot now = recent.snapshot();
  EXPECT_THAT(now.ended, SizeIs(1000));
  EXPECT_EQ(now.ended.front().time, BatchTime{10});
  EXPECT_EQ(now.ended.back().time, BatchTime{1009});
  EXPECT_EQ(now.committed, 1010);
  EXPECT_EQ(now.records_processed, 1010);
}

TEST(RecentBatches, PL3_OutputsBelongToTheirBatchesAndThoseOfOthersAreNotKept) {
  RecentBatches recent;
  for (int i = 0; i < 5000; ++i) recent.on_output_started(output(i, 0));  // of which it knows not
  recent.on_batch_submitted(batch(1));
  recent.on_batch_submitted(batch(2));
  recent.on_batch_started(batch(1));
  recent.on_batch_started(batch(2));
  recent.on_output_started(output(2, 1));
  recent.on_output_started(output(1, 1));
  recent.on_output_started(output(1, 0));
  recent.on_output_completed(output(1, 1, 5ms));
  const auto running = recent.snapshot().running;
  ASSERT_THAT(running, SizeIs(2));
  EXPECT_THAT(running[0].outputs,
              ElementsAre(Field(&OutputInfo::duration, std::nullopt),
                          Field(&OutputInfo::duration, std::optional<Duration>(5ms))));
  EXPECT_THAT(running[1].outputs, ElementsAre(Field(&OutputInfo::id, 1)));
  recent.on_batch_completed(batch(1));
  recent.on_output_completed(output(1, 0));
  EXPECT_THAT(recent.snapshot().ended.at(0).outputs, IsEmpty());  // as the batch's own end told
}

TEST(RecentBatches, BatchesThatFailAreCountedApart) {
  RecentBatches recent;
  BatchInfo failed = batch(1, 10);
  recent.on_batch_submitted(failed);
  failed.failure = "no twos";
  recent.on_batch_completed(failed);
  const RecentBatches::Snapshot now = recent.snapshot();
  EXPECT_THAT(now.waiting, IsEmpty());
  EXPECT_THAT(now.ended, SizeIs(1));
  EXPECT_EQ(now.failed, 1);
  EXPECT_EQ(now.committed, 0);
  EXPECT_EQ(now.records_received, 10);
  EXPECT_EQ(now.records_processed, 0);
}

TEST(RecentBatches, ReceiversAreAsTheyWereToldOfLast) {
  RecentBatches recent;
  recent.on_receiver_started({.stream = 1, .name = "b", .active = true});
  recent.on_receiver_started({.stream = 0, .name = "a", .active = true});
  recent.on_receiver_error({.stream = 1, .name = "b", .active = true, .last_error = "gone"});
  const auto receivers = recent.snapshot().receivers;
  ASSERT_THAT(receivers, SizeIs(2));
  EXPECT_EQ(receivers[0].name, "a");
  EXPECT_EQ(receivers[1].last_error, "gone");
  recent.on_receiver_stopped({.stream = 1, .name = "b", .active = false});
  EXPECT_FALSE(recent.snapshot().receivers[1].active);
}

TEST(RecentBatches, KeepsThoseOfAStream) {
  StreamTest test;
  const auto numbers = test.input<int>();
  const auto recent = std::make_shared<RecentBatches>(2);
  test.context().add_listener(recent);
  numbers
      .map([](int number) {
        if (number == 4) throw std::runtime_error("no fours");
        return number;
      })
      .for_each([](int) {});
  for (const int number : {1, 2, 3}) {
    numbers.add({number});
    ASSERT_TRUE(test.run_batch().ok());
  }
  RecentBatches::Snapshot now = recent->snapshot();
  EXPECT_EQ(now.committed, 3);
  ASSERT_THAT(now.ended, SizeIs(2));
  ASSERT_THAT(now.ended[1].outputs, SizeIs(1));
  EXPECT_TRUE(now.ended[1].outputs[0].ended.has_value());
  numbers.add({4});
  EXPECT_FALSE(test.run_batch().ok());
  now = recent->snapshot();
  EXPECT_EQ(now.failed, 1);
  EXPECT_THAT(now.ended.back().failure.value_or(""), HasSubstr("no fours"));
}

}  // namespace
}  // namespace weir
