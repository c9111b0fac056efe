// Compaction as clients of a broker see it.
#include <gmock/gmock.h>

#include <algorithm>

#include "broker/testing/log_records.h"
#include "broker/testing/restartable_broker.h"
#include "wire/error_codes.h"

namespace weir::broker {
namespace {

namespace code = wire::kafka_code;
using testing::Contains;
using testing::HasSubstr;

constexpr std::int16_t kNamesTopics = 9;

/// A broker whose topics have chunks of a millisecond.
class CompactionTest : public RestartableBroker {
 protected:
  CompactionTest() { EXPECT_TRUE(start().ok()); }

  void create(std::vector<std::pair<std::string, std::string>> settings) {
    settings.emplace_back("segment.ms", "1");
    wire::CreateTopicsRequest request;
    request.topics.push_back({"t", 1, 1, {}, {}});
    for (const auto& [name, value] : settings) request.topics[0].configs.push_back({name, value});
    ASSERT_EQ(client->call(request).topics[0].error_code, code::kNone);
  }
  void create_compacted(std::vector<std::pair<std::string, std::string>> settings = {}) {
    settings.insert(settings.begin(), {"min.cleanable.dirty.ratio", "0.01"});  // or as given
    settings.emplace_back("cleanup.policy", "compact");
    create(std::move(settings));
  }
  void alter(std::string_view name, std::string_view value) {
    wire::IncrementalAlterConfigsRequest request;
    request.resources.push_back({2, "t", {{name, 0, value}}});
    ASSERT_EQ(client->call(request).responses[0].error_code, code::kNone);
  }

  wire::ProduceResponse::PartitionProduceResponse produce(TestBatch batch) {
    batch.first_timestamp = network.clock().wall().millis;
    const std::string bytes = encode(batch);
    wire::ProduceRequest request;
    request.acks = -1;
    request.topic_data.emplace_back().name = "t";
    request.topic_data[0].partition_data.push_back({0, {bytes}});
    auto answer = client->call(request, kNamesTopics).responses[0].partition_responses[0];
    answer.error_message.reset();
    return answer;
  }
  std::int16_t put(std::string key, std::optional<std::string> value) {
    network.run_for(std::chrono::milliseconds(5));
    return produce({.records = {{std::move(key), std::move(value)}}}).error_code;
  }
  /// All records from an offset on, as a consumer gets them.
  std::vector<PlacedRecord> consume(std::int64_t from) {
    std::vector<PlacedRecord> records;
    const std::int64_t end = offset_at(-1);
    for (std::int64_t at = from; at < end;) {
      wire::FetchRequest request;
      request.max_wait_ms = 100;
      request.min_bytes = 1;
      request.max_bytes = 1000;
      request.topics.emplace_back().topic = "t";
      request.topics[0].partitions.emplace_back().fetch_offset = at;
      request.topics[0].partitions[0].partition_max_bytes = 1000;
      const auto answer = client->call(request, kNamesTopics).responses[0].partitions[0];
      EXPECT_EQ(answer.error_code, code::kNone);
      add_records(answer.records.view, from, records);
      const std::int64_t before = at;
      wire::RecordBatchCursor cursor(answer.records.view);
      while (const auto batch = cursor.next().value()) at = batch->header.last_offset() + 1;
      EXPECT_GT(at, before) << "the consumer is stuck";
      if (at <= before) break;
    }
    return records;
  }
  std::vector<std::int64_t> offsets() {
    std::vector<std::int64_t> found;
    for (const auto& [offset, record] : consume(0)) found.push_back(offset);
    return found;
  }
  void wait(std::chrono::milliseconds time) { network.run_for(time); }
  void let_compact() { wait(std::chrono::milliseconds(1500)); }
};

TEST_F(CompactionTest, KeepsTheNewestOfEachKey) {
  create_compacted();
  for (int i = 0; i < 10; ++i) put("a", std::to_string(i));
  put("b", "b");
  put("end", "e");
  EXPECT_EQ(offsets().size(), 12u);
  let_compact();
  EXPECT_THAT(offsets(), testing::ElementsAre(9, 10, 11));
  EXPECT_EQ(offset_at(-2), 0);
  EXPECT_EQ(offset_at(-1), 12);
  EXPECT_EQ(offset_at(0), 9);
}

TEST_F(CompactionTest, GoesOnAsRecordsCome) {
  create_compacted();
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 10; ++i) put("k" + std::to_string(i), std::to_string(round));
    let_compact();
    EXPECT_LE(offsets().size(), 11u);
  }
  EXPECT_EQ(table_of(consume(0)).size(), 10u);
}

TEST_F(CompactionTest, LeavesTopicsAloneThatAreNotCompacted) {
  create({{"min.cleanable.dirty.ratio", "0"}});
  for (int i = 0; i < 5; ++i) put("a", "1");
  let_compact();
  EXPECT_EQ(offsets().size(), 5u);
  alter("cleanup.policy", "compact");
  let_compact();
  EXPECT_EQ(offsets().size(), 2u);
}

TEST_F(CompactionTest, WaitsUntilEnoughIsDirty) {
  create_compacted({{"min.cleanable.dirty.ratio", "0.5"}});
  for (int i = 0; i < 20; ++i) put("k" + std::to_string(i), "1");
  put("end", "");
  let_compact();
  for (int i = 0; i < 8; ++i) put("k" + std::to_string(i), "2");
  let_compact();
  EXPECT_EQ(offsets().size(), 29u);
  for (int i = 0; i < 20; ++i) put("k" + std::to_string(i), "3");
  let_compact();
  EXPECT_LE(offsets().size(), 22u);
}

TEST_F(CompactionTest, WaitsForTheMinimalLag) {
  create_compacted({{"min.compaction.lag.ms", "10000"}});
  for (int i = 0; i < 5; ++i) put("a", "1");
  wait(std::chrono::seconds(9));
  EXPECT_EQ(offsets().size(), 5u);
  wait(std::chrono::seconds(3));
  EXPECT_EQ(offsets().size(), 2u);
}

TEST_F(CompactionTest, DoesNotWaitBeyondTheMaximalLag) {
  create_compacted({{"min.cleanable.dirty.ratio", "1"}, {"max.compaction.lag.ms", "10000"}});
  for (int i = 0; i < 5; ++i) put("a", "1");
  wait(std::chrono::seconds(9));
  EXPECT_EQ(offsets().size(), 5u);
  wait(std::chrono::seconds(3));
  EXPECT_EQ(offsets().size(), 2u);
}

TEST_F(CompactionTest, DeletesWhatATombstoneNamesAndThenTheTombstone) {
  create_compacted({{"delete.retention.ms", "60000"}});
  put("a", "1");
  put("a", std::nullopt);
  put("b", "1");
  let_compact();
  EXPECT_THAT(offsets(), testing::ElementsAre(1, 2));
  wait(std::chrono::seconds(61));
  put("c", "1");
  let_compact();
  EXPECT_THAT(offsets(), testing::ElementsAre(2, 3));
}

TEST_F(CompactionTest, RefusesRecordsWithoutAKey) {
  create_compacted();
  const auto answer = produce({.records = {{"a", "1"}, {std::nullopt, "2"}}});
  EXPECT_EQ(answer.error_code, code::kInvalidRecord);
  ASSERT_EQ(answer.record_errors.size(), 1u);
  EXPECT_EQ(answer.record_errors[0].batch_index, 1);
  EXPECT_EQ(offset_at(-1), 0);
}

TEST_F(CompactionTest, LetsOldRecordsGoOnlyWhereItMayDelete) {
  create_compacted({{"retention.ms", "10000"}, {"retention.bytes", "100"}});
  for (int i = 0; i < 10; ++i) put("k" + std::to_string(i), std::string(1000, 'x'));
  wait(std::chrono::seconds(20));
  EXPECT_EQ(offsets().size(), 10u);
  alter("cleanup.policy", "compact,delete");
  wait(std::chrono::seconds(2));
  EXPECT_EQ(offset_at(-2), 10);
}

TEST_F(CompactionTest, RemembersProducersOverARestart) {
  options.data = "data";
  ASSERT_TRUE(start().ok());
  create_compacted();
  const TestBatch first{
      .producer_id = 7, .producer_epoch = 0, .base_sequence = 0, .records = {{"a", "1"}}};
  EXPECT_EQ(produce(first).base_offset, 0);
  put("a", "2");
  put("b", "1");
  let_compact();
  EXPECT_THAT(offsets(), testing::ElementsAre(1, 2));
  ASSERT_TRUE(start().ok());
  EXPECT_EQ(produce(first).base_offset, 0) << "it is known";
  TestBatch third = first;
  third.base_sequence = 2;
  EXPECT_EQ(produce(third).error_code, code::kOutOfOrderSequenceNumber);
  TestBatch second = first;
  second.base_sequence = 1;
  EXPECT_EQ(produce(second).base_offset, 3);
}

TEST_F(CompactionTest, GoesOnAfterARestart) {
  options.data = "data";
  ASSERT_TRUE(start().ok());
  create_compacted();
  for (int i = 0; i < 5; ++i) put("a", std::to_string(i));
  ASSERT_TRUE(start().ok());
  let_compact();
  EXPECT_THAT(offsets(), testing::ElementsAre(3, 4));
  const std::size_t files = storage.files.size();
  EXPECT_EQ(files, 3u) << "the journal, a compacted segment and the newest";
  ASSERT_TRUE(start().ok());
  let_compact();
  EXPECT_THAT(offsets(), testing::ElementsAre(3, 4));
}

TEST_F(CompactionTest, SaysOnceThatItCannotWriteAndTriesAgain) {
  options.data = "data";
  ASSERT_TRUE(start().ok());
  create_compacted();
  for (int i = 0; i < 5; ++i) put("a", std::to_string(i));
  storage.operations_left = 0;
  storage.fails_for_good = true;
  wait(std::chrono::seconds(5));
  EXPECT_EQ(offsets().size(), 5u);
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                          [](const auto& line) {
                            return line.find("logs are not compacted") != std::string::npos;
                          }),
            1);
  storage.operations_left.reset();
  wait(std::chrono::seconds(2));
  EXPECT_EQ(offsets().size(), 2u);
}

TEST_F(CompactionTest, IsDoneAtOnceWhereMemoryIsFull) {
  options.memory_bytes = 1_MiB;
  ASSERT_TRUE(start().ok());
  create_compacted({{"min.cleanable.dirty.ratio", "1"}});
  const std::string value(10'000, 'x');
  int refused = 0;
  for (int i = 0; i < 300; ++i) {
    const std::int16_t error = put("k" + std::to_string(i % 10), value);
    if (error == code::kNone) continue;
    EXPECT_EQ(error, code::kKafkaStorageError);
    ++refused;
    let_compact();
  }
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, 60);
  EXPECT_THAT(lines, Contains(HasSubstr("memory_bytes is used up")));
  EXPECT_EQ(table_of(consume(0)).size(), 10u);
}

TEST_F(CompactionTest, RefusesRecordsRatherThanLoseAKey) {
  options.memory_bytes = 1_MiB;
  ASSERT_TRUE(start().ok());
  create_compacted();
  const std::string value(10'000, 'x');
  int taken = 0;
  for (int i = 0; i < 300; ++i) {
    if (put("k" + std::to_string(i), value) == code::kNone) ++taken;
    if (i % 20 == 0) let_compact();
  }
  EXPECT_GT(taken, 60);
  EXPECT_LT(taken, 150);
  EXPECT_EQ(offset_at(-2), 0);
  EXPECT_EQ(static_cast<int>(table_of(consume(0)).size()), taken);
}

TEST_F(CompactionTest, MakesRoomByWhatMayBeDeleted) {
  options.memory_bytes = 1_MiB;
  options.topics = {{"u", 1}};
  ASSERT_TRUE(start().ok());
  create_compacted();
  const std::string value(10'000, 'x');
  const std::string other = encode({.values = {std::string(100'000, 'y')}});
  for (int i = 0; i < 40; ++i) {
    wire::ProduceRequest request;
    request.acks = -1;
    request.topic_data.emplace_back().name = "u";
    request.topic_data[0].partition_data.push_back({0, {other}});
    EXPECT_EQ(client->call(request, kNamesTopics).responses[0].partition_responses[0].error_code,
              code::kNone);
    EXPECT_EQ(put("k" + std::to_string(i % 5), value), code::kNone) << i;
    if (i % 10 == 0) let_compact();
  }
  EXPECT_EQ(offset_at(-2), 0);
}

TEST_F(CompactionTest, KeepsAllOverARestartHoweverLittleMemoryThereIs) {
  options.data = "data";
  ASSERT_TRUE(start().ok());
  create_compacted();
  for (int i = 0; i < 50; ++i) put("k" + std::to_string(i), std::string(100'000, 'x'));
  options.memory_bytes = 1_MiB;
  ASSERT_TRUE(start().ok());
  EXPECT_EQ(table_of(consume(0)).size(), 50u);
  EXPECT_EQ(put("k1", "new"), code::kKafkaStorageError);
}

TEST_F(CompactionTest, EndsWithItsTopic) {
  create_compacted();
  for (int i = 0; i < 200; ++i) put("k" + std::to_string(i), std::string(10'000, 'x'));
  network.run_until([] { return false; }, std::chrono::milliseconds(1001));
  wire::DeleteTopicsRequest request;
  request.topics.push_back({"t", {}});
  EXPECT_EQ(client->call(request).responses[0].error_code, code::kNone);
  create_compacted();
  put("a", "1");
  let_compact();
  EXPECT_EQ(offsets().size(), 1u);
}

}  // namespace
}  // namespace weir::broker
