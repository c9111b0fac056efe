// A broker with a data directory: what it acknowledged is there when the next one starts on it.
#include <gmock/gmock.h>

#include <set>

#include "broker/journal.h"
#include "broker/testing/restartable_broker.h"
#include "broker/testing/test_batch.h"
#include "wire/error_codes.h"

namespace weir::broker {
namespace {

namespace code = wire::kafka_code;
using testing::HasSubstr;

constexpr std::int16_t kTopicsByName = 9;

class BrokerRestart : public RestartableBroker {
 protected:
  BrokerRestart() { options.data = "data"; }

  std::string why_it_does_not_start() {
    const auto started = start();
    return started.ok() ? "" : started.error().message();
  }

  std::int16_t create(std::string_view name, std::int32_t partitions) {
    wire::CreateTopicsRequest request;
    request.topics.push_back({name, partitions, 1, {}, {{"max.message.bytes", "5000000"}}});
    return client->call(request).topics[0].error_code;
  }
  std::int16_t grow(std::string_view name, std::int32_t partitions) {
    wire::CreatePartitionsRequest request;
    request.topics.push_back({name, partitions, std::nullopt});
    return client->call(request).results[0].error_code;
  }
  std::int16_t remove(std::string_view name) {
    wire::DeleteTopicsRequest request;
    request.topics.push_back({name, {}});
    return client->call(request).responses[0].error_code;
  }
  std::int16_t alter(std::string_view name, std::string_view value) {
    wire::IncrementalAlterConfigsRequest request;
    request.resources.push_back({2, name, {{"max.message.bytes", 0, value}}});
    return client->call(request).responses[0].error_code;
  }
  std::string largest_batch(std::string_view name) {
    wire::DescribeConfigsRequest request;
    request.resources.push_back({2, name, {{"max.message.bytes"}}});
    const auto answer = client->call(request);
    return std::string(answer.results[0].configs[0].value.value_or(""));
  }
  wire::MetadataResponse metadata(std::string_view name) {
    wire::MetadataRequest request;
    request.topics.emplace().push_back({{}, name});
    request.allow_auto_topic_creation = false;
    return client->call(request);
  }

  /// Error code and offset.
  std::pair<std::int16_t, std::int64_t> produce(const TestBatch& batch, std::int32_t index = 0) {
    const std::string bytes = encode(batch);
    wire::ProduceRequest request;
    request.acks = -1;
    request.topic_data.emplace_back().name = "t";
    request.topic_data[0].partition_data.push_back({index, {bytes}});
    const auto answer = client->call(request, kTopicsByName).responses[0].partition_responses[0];
    return {answer.error_code, answer.base_offset};
  }
  std::int64_t log_start() { return offset_at(-2); }
  std::int64_t log_end() { return offset_at(-1); }
  std::int16_t delete_records(std::int64_t before) {
    wire::DeleteRecordsRequest request;
    request.topics.push_back({"t", {{0, before}}});
    return client->call(request).topics[0].partitions[0].error_code;
  }

  std::int16_t commit(std::string_view group, std::int64_t offset) {
    wire::OffsetCommitRequest request;
    request.group_id = group;
    request.topics.push_back({"t", {}, {{0, offset, 3, "note"}}});
    return client->call(request, kTopicsByName).topics[0].partitions[0].error_code;
  }
  std::int64_t committed(std::string_view group) {
    wire::OffsetFetchRequest request;
    request.groups.push_back({group, {}, -1, {{{"t", {}, {0}}}}});
    const auto answer = client->call(request, kTopicsByName).groups[0].topics[0].partitions[0];
    EXPECT_EQ(answer.metadata.value_or(""), answer.committed_offset < 0 ? "" : "note");
    EXPECT_EQ(answer.committed_leader_epoch, answer.committed_offset < 0 ? -1 : 3);
    return answer.committed_offset;
  }
  std::int16_t delete_group(std::string_view group) {
    wire::DeleteGroupsRequest request;
    request.groups_names.push_back(group);
    return client->call(request).results[0].error_code;
  }
  wire::InitProducerIdResponse producer_id() { return client->call(wire::InitProducerIdRequest()); }
};

TEST_F(BrokerRestart, KeepsTopicsWithIdAndSettings) {
  ASSERT_TRUE(start().ok());
  ASSERT_EQ(create("t", 2), code::kNone);
  ASSERT_EQ(grow("t", 3), code::kNone);
  ASSERT_EQ(alter("t", "1234"), code::kNone);
  const wire::Uuid id = metadata("t").topics[0].topic_id;
  const std::string cluster(*metadata("t").cluster_id);
  ASSERT_TRUE(start().ok());
  const auto after = metadata("t");
  EXPECT_EQ(after.topics[0].topic_id, id);
  EXPECT_EQ(after.topics[0].partitions.size(), 3u);
  EXPECT_EQ(after.cluster_id, cluster);
  EXPECT_EQ(largest_batch("t"), "1234");
}

TEST_F(BrokerRestart, RaisesLeaderEpochsAsKafkaDoes) {
  ASSERT_TRUE(start().ok());
  ASSERT_EQ(create("t", 1), code::kNone);
  ASSERT_TRUE(start().ok());
  EXPECT_EQ(metadata("t").topics[0].partitions[0].leader_epoch, 2);
  ASSERT_EQ(grow("t", 2), code::kNone);
  ASSERT_TRUE(start().ok());
  EXPECT_EQ(metadata("t").topics[0].partitions[0].leader_epoch, 4);
  EXPECT_EQ(metadata("t").topics[0].partitions[1].leader_epoch, 2);
  ASSERT_EQ(produce({}), std::pair(std::int16_t{0}, std::int64_t{0}));
}

TEST_F(BrokerRestart, KeepsWhereTheRecordsOfEachLeaderEnd) {
  ASSERT_TRUE(start().ok());
  ASSERT_EQ(create("t", 1), code::kNone);
  for (int i = 0; i < 3; ++i) {
    produce({.values = {"a", "b"}});
    ASSERT_TRUE(start().ok());
  }
  wire::OffsetForLeaderEpochRequest request;
  request.topics.push_back({"t", {{0, -1, 0}}});
  EXPECT_EQ(client->call(request).topics[0].partitions[0].end_offset, 2);
  request.topics[0].partitions[0].leader_epoch = 2;
  EXPECT_EQ(client->call(request).topics[0].partitions[0].end_offset, 4);
}

TEST_F(BrokerRestart, KeepsRecordsAndGoesOnBehindThem) {
  ASSERT_TRUE(start().ok());
  ASSERT_EQ(create("t", 1), code::kNone);
  EXPECT_EQ(produce({.values = {"a", "b"}}).second, 0);
  ASSERT_TRUE(start().ok());
  EXPECT_EQ(log_end(), 2);
  EXPECT_EQ(offset_at(1001), 1);
  EXPECT_EQ(produce({.values = {"c"}}).second, 2);
}

TEST_F(BrokerRestart, AnswersABatchSentAgainAsOneThatIsThere) {
  ASSERT_TRUE(start().ok());
  ASSERT_EQ(create("t", 1), code::kNone);
  const TestBatch first{.producer_id = 7, .producer_epoch = 0, .base_sequence = 0};
  const TestBatch second{.producer_id = 7, .producer_epoch = 0, .base_sequence = 1};
  const TestBatch fourth{.producer_id = 7, .producer_epoch = 0, .base_sequence = 3};
  EXPECT_EQ(produce(first).second, 0);
  EXPECT_EQ(produce(second).second, 1);
  ASSERT_TRUE(start().ok());
  EXPECT_EQ(produce(second).second, 1);
  EXPECT_EQ(produce(first).second, 0);
  EXPECT_EQ(produce(fourth).first, code::kOutOfOrderSequenceNumber);
  EXPECT_EQ(log_end(), 2);
}

TEST_F(BrokerRestart, GivesNoIdTwice) {
  std::set<std::int64_t> producers;
  std::set<wire::Uuid> topics;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(start().ok());
    for (int j = 0; j < 3; ++j) EXPECT_TRUE(producers.insert(producer_id().producer_id).second);
    const std::string name = "t" + std::to_string(i);
    ASSERT_EQ(create(name, 1), code::kNone);
    EXPECT_TRUE(topics.insert(metadata(name).topics[0].topic_id).second);
  }
}

TEST_F(BrokerRestart, KeepsWhatGroupsHaveCommitted) {
  ASSERT_TRUE(start().ok());
  ASSERT_EQ(create("t", 1), code::kNone);
  ASSERT_EQ(commit("g", 5), code::kNone);
  ASSERT_EQ(commit("g", 6), code::kNone);
  ASSERT_EQ(commit("gone", 7), code::kNone);
  ASSERT_EQ(delete_group("gone"), code::kNone);
  ASSERT_TRUE(start().ok());
  EXPECT_EQ(committed("g"), 6);
  EXPECT_EQ(committed("gone"), -1);
}

TEST_F(BrokerRestart, ForgetsMembersSoThatTheyJoinAgain) {
  ASSERT_TRUE(start().ok());
  wire::JoinGroupRequest join;
  join.group_id = "g";
  join.session_timeout_ms = 10'000;
  join.rebalance_timeout_ms = 10'000;
  join.protocol_type = "consumer";
  join.protocols.push_back({"range", {}});
  const std::string member(client->call(join, 3).member_id);
  ASSERT_TRUE(start().ok());
  wire::HeartbeatRequest heartbeat{"g", 1, member, {}};
  EXPECT_EQ(client->call(heartbeat).error_code, code::kUnknownMemberId);
}

TEST_F(BrokerRestart, LeavesNothingOfADeletedTopic) {
  ASSERT_TRUE(start().ok());
  ASSERT_EQ(create("t", 1), code::kNone);
  produce({});
  ASSERT_EQ(delete_records(1), code::kNone);
  produce({});
  ASSERT_EQ(commit("g", 1), code::kNone);
  ASSERT_EQ(remove("t"), code::kNone);
  EXPECT_EQ(storage.files.size(), 1u);
  ASSERT_EQ(create("t", 1), code::kNone);
  ASSERT_TRUE(start().ok());
  EXPECT_EQ(committed("g"), -1);
  EXPECT_EQ(log_start(), 0);
  EXPECT_EQ(log_end(), 0);
}

TEST_F(BrokerRestart, RemovesWhatADeletionLeftBehind) {
  ASSERT_TRUE(start().ok());
  ASSERT_EQ(create("t", 1), code::kNone);
  produce({});
  storage.operations_left = 1;  // the journal knows, and the files stay
  ASSERT_EQ(remove("t"), code::kNone);
  EXPECT_THAT(lines, testing::Contains(HasSubstr("when the broker starts again")));
  EXPECT_EQ(storage.files.size(), 2u);
  storage.files["data/notes/mine.txt"] = "not the broker's";
  ASSERT_TRUE(start().ok());
  EXPECT_EQ(storage.files.size(), 2u);
  EXPECT_TRUE(storage.files.contains("data/notes/mine.txt"));
}

TEST_F(BrokerRestart, KeepsWhereLogsStart) {
  ASSERT_TRUE(start().ok());
  ASSERT_EQ(create("t", 1), code::kNone);
  produce({.values = {"a", "b", "c"}});
  ASSERT_EQ(delete_records(2), code::kNone);
  ASSERT_TRUE(start().ok());
  EXPECT_EQ(log_start(), 2);
  ASSERT_EQ(delete_records(3), code::kNone);
  ASSERT_TRUE(start().ok());
  EXPECT_EQ(log_start(), 3);
  EXPECT_EQ(produce({}).second, 3);
}

TEST_F(BrokerRestart, HoldsToTheMemoryLimitFromTheStart) {
  ASSERT_TRUE(start().ok());
  ASSERT_EQ(create("t", 1), code::kNone);
  for (int i = 0; i < 200; ++i) produce({.values = {std::string(100'000, 'x')}});
  EXPECT_EQ(log_start(), 0);
  options.memory_bytes = 8_MiB;
  ASSERT_TRUE(start().ok());
  EXPECT_GT(log_start(), 100);
  EXPECT_EQ(log_end(), 200);
}

TEST_F(BrokerRestart, LeavesTopicsOfItsOptionsAsTheyAre) {
  options.topics = {{"t", 2}};
  ASSERT_TRUE(start().ok());
  options.topics = {{"t", 5}, {"u", 1}};
  ASSERT_TRUE(start().ok());
  EXPECT_EQ(metadata("t").topics[0].partitions.size(), 2u);
  EXPECT_EQ(metadata("u").topics[0].partitions.size(), 1u);
}

TEST_F(BrokerRestart, IsRefusedWhileAnotherUsesTheDirectory) {
  ASSERT_TRUE(start().ok());
  Broker second(network.loop("other"), options, Log(), storage);
  EXPECT_EQ(second.start().error().code(), ErrorCode::kAlreadyExists);
  EXPECT_TRUE(start().ok());
}

TEST_F(BrokerRestart, IsRefusedWithoutTheJournal) {
  ASSERT_TRUE(start().ok());
  ASSERT_EQ(create("t", 1), code::kNone);
  produce({});
  const std::string segment = storage.files.begin()->first;
  storage.files.erase("data/metadata");
  EXPECT_THAT(why_it_does_not_start(), HasSubstr("'data/metadata', which says of which topics"));
  EXPECT_TRUE(storage.files.contains(segment));
}

TEST_F(BrokerRestart, IsRefusedOnDamageWithAPartitionsName) {
  ASSERT_TRUE(start().ok());
  ASSERT_EQ(create("t", 1), code::kNone);
  produce({});
  storage.files.begin()->second[65] ^= 1;
  EXPECT_THAT(why_it_does_not_start(), testing::AllOf(HasSubstr("partition t-0: "),
                                                      HasSubstr(".log' is damaged at byte 0")));
}

TEST_F(BrokerRestart, IsRefusedOnWhatANewerVersionHasWritten) {
  ASSERT_TRUE(start().ok());
  ASSERT_TRUE(Journal::open(storage, "data/metadata", false)->apply({{"new", "1"}}).ok());
  EXPECT_THAT(why_it_does_not_start(), HasSubstr("cannot use 'data/metadata'"));
  ASSERT_TRUE(Journal::open(storage, "data/metadata", false)
                  ->apply({{"new", std::nullopt}, {"format", "2"}})
                  .ok());
  EXPECT_THAT(why_it_does_not_start(), HasSubstr("a newer weir has written it"));
}

TEST_F(BrokerRestart, ChangesNothingThatItCannotWrite) {
  ASSERT_TRUE(start().ok());
  ASSERT_EQ(create("t", 1), code::kNone);
  produce({});
  ASSERT_EQ(commit("g", 1), code::kNone);
  const auto with_failure = [&](auto act) {
    storage.operations_left = 0;
    return act();
  };
  EXPECT_EQ(with_failure([&] { return produce({}).first; }), code::kKafkaStorageError);
  EXPECT_THAT(lines, testing::Contains(HasSubstr("records are refused until")));
  EXPECT_EQ(with_failure([&] { return create("u", 1); }), code::kKafkaStorageError);
  EXPECT_EQ(with_failure([&] { return grow("t", 2); }), code::kKafkaStorageError);
  EXPECT_EQ(with_failure([&] { return alter("t", "77"); }), code::kKafkaStorageError);
  EXPECT_EQ(with_failure([&] { return remove("t"); }), code::kKafkaStorageError);
  EXPECT_EQ(with_failure([&] { return delete_records(1); }), code::kKafkaStorageError);
  EXPECT_EQ(with_failure([&] { return commit("g", 9); }), code::kNotCoordinator);
  EXPECT_EQ(with_failure([&] { return delete_group("g"); }), code::kNotCoordinator);
  EXPECT_EQ(with_failure([&] { return producer_id().error_code; }),
            code::kCoordinatorLoadInProgress);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(metadata("u").topics[0].error_code, code::kUnknownTopicOrPartition);
    EXPECT_EQ(metadata("t").topics[0].partitions.size(), 1u);
    EXPECT_EQ(largest_batch("t"), "5000000");
    EXPECT_EQ(log_start(), 0);
    EXPECT_EQ(log_end(), 1);
    EXPECT_EQ(committed("g"), 1);
    ASSERT_TRUE(start().ok());
  }
  EXPECT_EQ(produce({}).second, 1);
}

// Some of everything; stops where it is refused. What was acknowledged is counted.
TEST_F(BrokerRestart, HasWhatItAcknowledgedWhereverTheProcessEnds) {
  constexpr std::pair<bool, bool> kEnds[] = {{false, false}, {true, false}, {true, true}};
  for (const auto& [sync, power_fails] : kEnds) {
    for (int end = 0; true; ++end) {
      options.sync = sync;
      storage = MemoryStorage();
      storage.operations_left = end;
      storage.fails_for_good = true;
      std::int64_t records = 0;
      std::int64_t committed_offset = -1;
      bool created = false;
      if (start().ok()) {
        created = create("t", 1) == code::kNone;
        for (int i = 0; created && i < 3; ++i) {
          if (produce({.values = {std::string(50'000, 'x')}}).first == 0) ++records;
          if (commit("g", i) == code::kNone) committed_offset = i;
        }
      }
      const bool reached_the_end = storage.operations_left > 0;
      client.reset();
      broker.reset();
      storage.operations_left.reset();
      if (power_fails) storage.lose_power();
      ASSERT_EQ(why_it_does_not_start(), "") << end;
      if (created) {
        // What could be written but not synced, nor cut off again, may be there.
        ASSERT_GE(log_end(), records) << end;
        ASSERT_LE(log_end(), records + (sync ? 1 : 0)) << end;
        ASSERT_GE(committed("g"), committed_offset) << end;
        ASSERT_LE(committed("g"), committed_offset + (sync ? 1 : 0)) << end;
      }
      if (reached_the_end) break;
    }
  }
}

}  // namespace
}  // namespace weir::broker
