#pragma once

#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct AddPartitionsToTxnResponse;

/// Adds partitions to a transaction. Up to version 3 a producer says so; later ones are between
/// brokers.
struct AddPartitionsToTxnRequest {
  using Response = AddPartitionsToTxnResponse;
  static constexpr Schema kSchema{
      ApiKey::kAddPartitionsToTxn, "AddPartitionsToTxnRequest", {0, 5}, 3};

  struct AddPartitionsToTxnTopic {
    std::string_view name;
    std::vector<std::int32_t> partitions;
    bool operator==(const AddPartitionsToTxnTopic&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("partitions", self.partitions);
    }
  };

  struct AddPartitionsToTxnTransaction {
    std::string_view transactional_id;
    std::int64_t producer_id = 0;
    std::int16_t producer_epoch = 0;
    bool verify_only = false;
    std::vector<AddPartitionsToTxnTopic> topics;
    bool operator==(const AddPartitionsToTxnTransaction&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("transactionalId", self.transactional_id, since(4));
      visit("producerId", self.producer_id, since(4));
      visit("producerEpoch", self.producer_epoch, since(4));
      visit("verifyOnly", self.verify_only, since(4));
      visit("topics", self.topics, since(4));
    }
  };

  std::vector<AddPartitionsToTxnTransaction> transactions;
  std::string_view v3_and_below_transactional_id;
  std::int64_t v3_and_below_producer_id = 0;
  std::int16_t v3_and_below_producer_epoch = 0;
  std::vector<AddPartitionsToTxnTopic> v3_and_below_topics;
  bool operator==(const AddPartitionsToTxnRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("transactions", self.transactions, since(4));
    visit("v3AndBelowTransactionalId", self.v3_and_below_transactional_id, until(3));
    visit("v3AndBelowProducerId", self.v3_and_below_producer_id, until(3));
    visit("v3AndBelowProducerEpoch", self.v3_and_below_producer_epoch, until(3));
    visit("v3AndBelowTopics", self.v3_and_below_topics, until(3));
  }
};

/// The answer to AddPartitionsToTxnRequest.
struct AddPartitionsToTxnResponse {
  static constexpr Schema kSchema{
      ApiKey::kAddPartitionsToTxn, "AddPartitionsToTxnResponse", {0, 5}, 3};

  struct AddPartitionsToTxnPartitionResult {
    std::int32_t partition_index = 0;
    std::int16_t partition_error_code = 0;
    bool operator==(const AddPartitionsToTxnPartitionResult&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("partitionIndex", self.partition_index);
      visit("partitionErrorCode", self.partition_error_code);
    }
  };

  struct AddPartitionsToTxnTopicResult {
    std::string_view name;
    std::vector<AddPartitionsToTxnPartitionResult> results_by_partition;
    bool operator==(const AddPartitionsToTxnTopicResult&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("resultsByPartition", self.results_by_partition);
    }
  };

  struct AddPartitionsToTxnResult {
    std::string_view transactional_id;
    std::vector<AddPartitionsToTxnTopicResult> topic_results;
    bool operator==(const AddPartitionsToTxnResult&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("transactionalId", self.transactional_id, since(4));
      visit("topicResults", self.topic_results, since(4));
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::vector<AddPartitionsToTxnResult> results_by_transaction;
  std::vector<AddPartitionsToTxnTopicResult> results_by_topic_v3_and_below;
  bool operator==(const AddPartitionsToTxnResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms);
    visit("errorCode", self.error_code, since(4));
    visit("resultsByTransaction", self.results_by_transaction, since(4));
    visit("resultsByTopicV3AndBelow", self.results_by_topic_v3_and_below, until(3));
  }
};

}  // namespace weir::wire
