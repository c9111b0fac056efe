// Transactions of a broker with a data directory, over its restarts and over writes that fail.
#include <gmock/gmock.h>

#include "broker/testing/restartable_broker.h"
#include "broker/testing/test_batch.h"
#include "broker/transaction.h"
#include "wire/error_codes.h"

namespace weir::broker {
namespace {

namespace code = wire::kafka_code;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int16_t kNamesTopicsIn = 12;  // Produce: the last version that does, and that adds
constexpr std::int16_t kNamesTopicsInCommits = 5;
constexpr std::int16_t kNamesTopicsInFetches = 12;
constexpr std::int16_t kNamesTopicsInOffsets = 9;

/// A producer with one transaction over two partitions of topic "t" and a group.
class TransactionsRestart : public RestartableBroker {
 protected:
  TransactionsRestart() {
    options.data = "data";
    options.topics = {{"t", 2}};
  }

  std::int16_t begin() {
    wire::InitProducerIdRequest request;
    request.transactional_id = "tx";
    request.transaction_timeout_ms = 60'000;
    const auto answer = client->call(request);
    producer = {answer.producer_id, answer.producer_epoch};
    return answer.error_code;
  }
  std::int16_t write(std::int32_t partition, std::int32_t sequence = 0) {
    // The present, so that the end of a transaction does not begin another segment.
    const std::int64_t now = network.loop("broker").clock().wall().millis;
    const std::string bytes = encode({.first_timestamp = now,
                                      .producer_id = producer.id,
                                      .producer_epoch = producer.epoch,
                                      .base_sequence = sequence,
                                      .transactional = true});
    wire::ProduceRequest request;
    request.transactional_id = "tx";
    request.acks = -1;
    request.topic_data.emplace_back().name = "t";
    request.topic_data[0].partition_data.push_back({partition, {bytes}});
    const auto answer = client->call(request, kNamesTopicsIn);
    if (answer.responses.empty()) return code::kNetworkException;
    return answer.responses[0].partition_responses[0].error_code;
  }
  std::int16_t commit_offset(std::int64_t offset) {
    wire::TxnOffsetCommitRequest request;
    request.transactional_id = "tx";
    request.group_id = "g";
    request.producer_id = producer.id;
    request.producer_epoch = producer.epoch;
    request.topics.push_back({"t", {}, {{0, offset, -1, ""}}});
    const auto answer = client->call(request, kNamesTopicsInCommits);
    if (answer.topics.empty()) return code::kNetworkException;
    return answer.topics[0].partitions[0].error_code;
  }
  std::int16_t end(bool commit) {
    const auto answer =
        client->call(wire::EndTxnRequest{"tx", producer.id, producer.epoch, commit});
    if (answer.error_code == code::kNone) producer = {answer.producer_id, answer.producer_epoch};
    return answer.error_code;
  }
  /// The error of the first that failed.
  std::int16_t write_all() {
    for (const std::int32_t partition : {0, 1}) {
      if (const auto error = write(partition)) return error;
    }
    return commit_offset(5);
  }

  /// Where readers of committed records stop.
  std::int64_t stable_end(std::int32_t partition) {
    wire::ListOffsetsRequest request;
    request.replica_id = -1;
    request.isolation_level = 1;
    request.topics.push_back({"t", {{partition, -1, -1}}});
    return client->call(request).topics[0].partitions[0].offset;
  }
  /// Where aborted transactions begin.
  std::vector<std::int64_t> aborted(std::int32_t partition) {
    wire::FetchRequest request;
    request.isolation_level = 1;
    request.topics.emplace_back().topic = "t";
    auto& asked = request.topics[0].partitions.emplace_back();
    asked.partition = partition;
    asked.partition_max_bytes = 1'000'000;
    const auto answer = client->call(request, kNamesTopicsInFetches);
    std::vector<std::int64_t> begins;
    for (const auto& one : *answer.responses[0].partitions[0].aborted_transactions) {
      begins.push_back(one.first_offset);
    }
    return begins;
  }
  /// -1 for none; -2 where an open transaction decides.
  std::int64_t committed_offset() {
    wire::OffsetFetchRequest request;
    request.require_stable = true;
    request.groups.push_back({"g", {}, -1, {{{"t", {}, {0}}}}});
    const auto answer =
        client->call(request, kNamesTopicsInOffsets).groups[0].topics[0].partitions[0];
    return answer.error_code == code::kUnstableOffsetCommit ? -2 : answer.committed_offset;
  }

  ProducerIdentity producer;
};

TEST_F(TransactionsRestart, LetATransactionGoOn) {
  ASSERT_TRUE(start().ok());
  ASSERT_EQ(begin(), code::kNone);
  ASSERT_EQ(write_all(), code::kNone);
  ASSERT_TRUE(start().ok());
  EXPECT_EQ(stable_end(0), 0);
  EXPECT_EQ(committed_offset(), -2);
  EXPECT_EQ(write(0, 1), code::kNone);
  EXPECT_EQ(end(true), code::kNone);
  EXPECT_EQ(stable_end(0), 3);
  EXPECT_EQ(stable_end(1), 2);
  EXPECT_EQ(committed_offset(), 5);
}

TEST_F(TransactionsRestart, KeepHowTransactionsEnded) {
  ASSERT_TRUE(start().ok());
  ASSERT_EQ(begin(), code::kNone);
  ASSERT_EQ(write_all(), code::kNone);
  ASSERT_EQ(end(true), code::kNone);
  ASSERT_EQ(write(0), code::kNone);
  ASSERT_EQ(commit_offset(9), code::kNone);
  ASSERT_EQ(end(false), code::kNone);
  ASSERT_TRUE(start().ok());
  EXPECT_EQ(stable_end(0), 4);
  EXPECT_THAT(aborted(0), ElementsAre(2));
  EXPECT_THAT(aborted(1), IsEmpty());
  EXPECT_EQ(committed_offset(), 5);
  EXPECT_EQ(end(false), code::kNone) << "the producer is known, and has no transaction";
  EXPECT_EQ(write(0), code::kNone);
}

TEST_F(TransactionsRestart, AbortWhoseTimeIsOver) {
  ASSERT_TRUE(start().ok());
  ASSERT_EQ(begin(), code::kNone);
  ASSERT_EQ(write_all(), code::kNone);
  ASSERT_TRUE(start().ok());
  network.run_for(std::chrono::minutes(1));
  EXPECT_EQ(stable_end(0), 2);
  EXPECT_THAT(aborted(0), ElementsAre(0));
  EXPECT_EQ(committed_offset(), -1);
  EXPECT_EQ(end(true), code::kInvalidTxnState);
  EXPECT_EQ(end(false), code::kNone) << "as if its answer had been lost";
}

TEST_F(TransactionsRestart, KeepTheVersionThatClientsUse) {
  ASSERT_TRUE(start().ok());
  wire::UpdateFeaturesRequest request;
  request.feature_updates.push_back({"transaction.version", 1, false, 2});
  ASSERT_EQ(client->call(request).error_code, code::kNone);
  ASSERT_TRUE(start().ok());
  const auto features = client->call(wire::ApiVersionsRequest()).finalized_features;
  ASSERT_EQ(features.size(), 1u);
  EXPECT_EQ(features[0].max_version_level, 1);
}

// The process ends, or the disk fails once, at each of its operations: a transaction is there as a
// whole or not at all, and as a whole if its commit was acknowledged.
TEST_F(TransactionsRestart, TearNoTransaction) {
  for (const bool for_good : {true, false}) {
    bool all_done = false;
    for (int operations = 0; !all_done; ++operations) {
      storage = MemoryStorage();
      ASSERT_TRUE(start().ok());
      ASSERT_EQ(begin(), code::kNone);
      storage.operations_left = operations;
      storage.fails_for_good = for_good;
      const bool committed = write_all() == code::kNone && end(true) == code::kNone;
      all_done = storage.operations_left.has_value() && *storage.operations_left > 0;
      storage.operations_left.reset();
      if (for_good) {
        ASSERT_TRUE(start().ok());
      }
      network.run_for(std::chrono::minutes(2));  // what is not decided is aborted
      const bool first = stable_end(0) > 1 && aborted(0).empty();
      const bool second = stable_end(1) > 1 && aborted(1).empty();
      EXPECT_EQ(first, committed_offset() == 5) << operations;
      EXPECT_EQ(first, second) << operations;
      EXPECT_TRUE(first || !committed) << operations;
      EXPECT_NE(committed_offset(), -2) << operations << ": it hangs";
    }
  }
}

}  // namespace
}  // namespace weir::broker
