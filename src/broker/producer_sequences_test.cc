#include "broker/producer_sequences.h"

#include <gmock/gmock.h>

#include <limits>
#include <random>
#include <tuple>

#include "wire/error_codes.h"

namespace weir::broker {
namespace {

namespace code = wire::kafka_code;

wire::RecordBatchHeader batch(std::int64_t producer, std::int16_t epoch, std::int32_t sequence,
                              std::int32_t count = 1) {
  wire::RecordBatchHeader header;
  header.producer_id = producer;
  header.producer_epoch = epoch;
  header.base_sequence = sequence;
  header.record_count = count;
  header.last_offset_delta = count - 1;
  return header;
}

TEST(ProducerSequences, TakesBatchesWithoutProducerInAnyOrder) {
  ProducerSequences sequences(10);
  sequences.record(batch(-1, -1, -1), {0});
  EXPECT_EQ(sequences.check(batch(-1, -1, -1)).error, code::kNone);
}

TEST(ProducerSequences, LetsAnUnknownProducerBeginAnywhere) {
  ProducerSequences sequences(10);
  EXPECT_EQ(sequences.check(batch(1, 0, 77)).error, code::kNone);
}

TEST(ProducerSequences, RefusesAGap) {
  ProducerSequences sequences(10);
  sequences.record(batch(1, 0, 0, 3), {0});
  EXPECT_EQ(sequences.check(batch(1, 0, 3)).error, code::kNone);
  EXPECT_EQ(sequences.check(batch(1, 0, 4)).error, code::kOutOfOrderSequenceNumber);
}

TEST(ProducerSequences, KnowsTheLastFiveBatchesAgain) {
  ProducerSequences sequences(10);
  for (int i = 0; i < 6; ++i) sequences.record(batch(1, 0, 2 * i, 2), {10 * i});
  EXPECT_EQ(sequences.check(batch(1, 0, 2, 2)).duplicate_of, Offset{10});
  EXPECT_EQ(sequences.check(batch(1, 0, 10, 2)).duplicate_of, Offset{50});
  EXPECT_EQ(sequences.check(batch(1, 0, 0, 2)).error, code::kOutOfOrderSequenceNumber);
}

TEST(ProducerSequences, KnowsTheTimeOfABatchThatIsThere) {
  ProducerSequences sequences(10);
  auto stamped = batch(1, 0, 0);
  stamped.max_timestamp = 500;
  sequences.record(stamped, {0});
  EXPECT_EQ(sequences.check(batch(1, 0, 0)).max_timestamp, 500);
}

TEST(ProducerSequences, TakesABatchOfAnotherLengthForNoDuplicate) {
  ProducerSequences sequences(10);
  sequences.record(batch(1, 0, 0, 2), {0});
  EXPECT_EQ(sequences.check(batch(1, 0, 0, 3)).error, code::kOutOfOrderSequenceNumber);
}

TEST(ProducerSequences, BeginsAgainAtZeroWithANewEpoch) {
  ProducerSequences sequences(10);
  sequences.record(batch(1, 3, 0), {0});
  EXPECT_EQ(sequences.check(batch(1, 4, 1)).error, code::kOutOfOrderSequenceNumber);
  EXPECT_EQ(sequences.check(batch(1, 4, 0)).error, code::kNone);
  sequences.record(batch(1, 4, 0), {1});
  EXPECT_EQ(sequences.check(batch(1, 3, 1)).error, code::kInvalidProducerEpoch);
}

TEST(ProducerSequences, FollowsSequencesAroundTheirEnd) {
  ProducerSequences sequences(10);
  constexpr std::int32_t kLast = std::numeric_limits<std::int32_t>::max();
  sequences.record(batch(1, 0, kLast - 1, 3), {0});
  EXPECT_EQ(sequences.check(batch(1, 0, 1)).error, code::kNone);
  EXPECT_EQ(sequences.check(batch(1, 0, kLast - 1, 3)).duplicate_of, Offset{0});
}

TEST(ProducerSequences, ForgetsTheQuietestWhenThereAreTooMany) {
  ProducerSequences sequences(4);
  for (int id = 0; id < 4; ++id) sequences.record(batch(id, 0, 0), {id});
  sequences.record(batch(0, 0, 1), {4});
  sequences.record(batch(9, 0, 0), {5});
  EXPECT_EQ(sequences.check(batch(0, 0, 1)).duplicate_of, Offset{4});
  EXPECT_EQ(sequences.check(batch(1, 0, 50)).error, code::kNone);
}

// A producer with five requests in flight over a lossy line: what is stored is each batch once, in
// order.
TEST(ProducerSequences, MakesRetriesHarmless) {
  std::mt19937 random(5);
  ProducerSequences sequences(10);
  std::vector<std::int32_t> stored;
  std::int32_t acknowledged = 0;
  while (acknowledged < 1000) {
    for (std::int32_t next = acknowledged; next < acknowledged + 5; ++next) {
      if (random() % 4 == 0) continue;  // lost on the way
      const auto verdict = sequences.check(batch(1, 0, next));
      if (verdict.error != code::kNone || verdict.duplicate_of) continue;
      sequences.record(batch(1, 0, next), {static_cast<std::int64_t>(stored.size())});
      stored.push_back(next);
    }
    while (acknowledged < static_cast<std::int32_t>(stored.size()) && random() % 3 != 0) {
      ++acknowledged;
    }
  }
  for (std::size_t i = 0; i < stored.size(); ++i) ASSERT_EQ(stored[i], static_cast<int>(i));
}

TEST(ProducerSequences, KnowTheLastBatchOfEachProducer) {
  ProducerSequences sequences(10);
  auto first = batch(1, 0, 0);
  auto second = batch(1, 0, 1);
  auto other = batch(2, 0, 0);
  auto none = batch(-1, -1, -1);
  first.base_offset = 10;
  second.base_offset = 11;
  other.base_offset = 12;
  none.base_offset = 13;
  for (const auto& each : {first, second, other, none}) sequences.record(each, {each.base_offset});
  EXPECT_FALSE(sequences.ends_with(first));
  EXPECT_TRUE(sequences.ends_with(second));
  EXPECT_TRUE(sequences.ends_with(other));
  EXPECT_FALSE(sequences.ends_with(none));
  EXPECT_FALSE(sequences.ends_with(batch(3, 0, 0)));
}

TEST(ProducerSequences, TellWhatTheyKnow) {
  ProducerSequences sequences(10);
  EXPECT_FALSE(sequences.find(2).has_value());
  auto written = batch(2, 0, 0, 3);
  written.max_timestamp = 1000;
  auto end = batch(2, 1, -1);
  end.attributes = 0x30;
  end.max_timestamp = 2000;
  sequences.record(written, {0});
  const auto told = [&] {
    const auto found = sequences.find(2).value();
    return std::tuple(found.epoch, found.last_sequence, found.last_timestamp,
                      found.coordinator_epoch);
  };
  EXPECT_EQ(told(), std::tuple(0, 2, 1000, -1));
  sequences.record(end, {3}, 7);
  EXPECT_EQ(told(), std::tuple(1, -1, 2000, 7));
  sequences.record(batch(2, 2, 0), {4});
  EXPECT_EQ(sequences.find(2)->coordinator_epoch, 7) << "a newer epoch of the producer's";
  sequences.record(batch(1, 0, 0), {5});
  ASSERT_EQ(sequences.all().size(), 2U);
  EXPECT_EQ(sequences.all()[0].id, 1);
}

}  // namespace
}  // namespace weir::broker
