#pragma once

#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct DescribeTransactionsResponse;

/// Asks how transactions stand, by transactional id.
struct DescribeTransactionsRequest {
  using Response = DescribeTransactionsResponse;
  static constexpr Schema kSchema{
      ApiKey::kDescribeTransactions, "DescribeTransactionsRequest", {0, 0}, 0};

  std::vector<std::string_view> transactional_ids;
  bool operator==(const DescribeTransactionsRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("transactionalIds", self.transactional_ids);
  }
};

/// The answer to DescribeTransactionsRequest.
struct DescribeTransactionsResponse {
  static constexpr Schema kSchema{
      ApiKey::kDescribeTransactions, "DescribeTransactionsResponse", {0, 0}, 0};

  struct TopicData {
    std::string_view topic;
    std::vector<std::int32_t> partitions;
    bool operator==(const TopicData&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("topic", self.topic);
      visit("partitions", self.partitions);
    }
  };

  struct TransactionState {
    std::int16_t error_code = 0;
    std::string_view transactional_id;
    std::string_view transaction_state;
    std::int32_t transaction_timeout_ms = 0;
    std::int64_t transaction_start_time_ms = 0;
    std::int64_t producer_id = 0;
    std::int16_t producer_epoch = 0;
    std::vector<TopicData> topics;
    bool operator==(const TransactionState&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("errorCode", self.error_code);
      visit("transactionalId", self.transactional_id);
      visit("transactionState", self.transaction_state);
      visit("transactionTimeoutMs", self.transaction_timeout_ms);
      visit("transactionStartTimeMs", self.transaction_start_time_ms);
      visit("producerId", self.producer_id);
      visit("producerEpoch", self.producer_epoch);
      visit("topics", self.topics);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<TransactionState> transaction_states;
  bool operator==(const DescribeTransactionsResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms);
    visit("transactionStates", self.transaction_states);
  }
};

}  // namespace weir::wire
