#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct ListTransactionsResponse;

/// Asks which transactions there are.
struct ListTransactionsRequest {
  using Response = ListTransactionsResponse;
  static constexpr Schema kSchema{ApiKey::kListTransactions, "ListTransactionsRequest", {0, 2}, 0};

  std::vector<std::string_view> state_filters;
  std::vector<std::int64_t> producer_id_filters;
  std::int64_t duration_filter = -1;
  std::optional<std::string_view> transactional_id_pattern;
  bool operator==(const ListTransactionsRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("stateFilters", self.state_filters);
    visit("producerIdFilters", self.producer_id_filters);
    visit("durationFilter", self.duration_filter, since(1));
    visit("transactionalIdPattern", self.transactional_id_pattern, since(2));
  }
};

/// The answer to ListTransactionsRequest.
struct ListTransactionsResponse {
  static constexpr Schema kSchema{ApiKey::kListTransactions, "ListTransactionsResponse", {0, 2}, 0};

  struct TransactionState {
    std::string_view transactional_id;
    std::int64_t producer_id = 0;
    std::string_view transaction_state;
    bool operator==(const TransactionState&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("transactionalId", self.transactional_id);
      visit("producerId", self.producer_id);
      visit("transactionState", self.transaction_state);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::vector<std::string_view> unknown_state_filters;
  std::vector<TransactionState> transaction_states;
  bool operator==(const ListTransactionsResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms);
    visit("errorCode", self.error_code);
    visit("unknownStateFilters", self.unknown_state_filters);
    visit("transactionStates", self.transaction_states);
  }
};

}  // namespace weir::wire
