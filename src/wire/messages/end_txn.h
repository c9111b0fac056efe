#pragma once

#include <string_view>

#include "wire/schema.h"

namespace weir::wire {

struct EndTxnResponse;

/// Commits or aborts a transaction; since version 5 it raises the epoch too.
struct EndTxnRequest {
  using Response = EndTxnResponse;
  static constexpr Schema kSchema{ApiKey::kEndTxn, "EndTxnRequest", {0, 5}, 3};

  std::string_view transactional_id;
  std::int64_t producer_id = 0;
  std::int16_t producer_epoch = 0;
  bool committed = false;
  bool operator==(const EndTxnRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("transactionalId", self.transactional_id);
    visit("producerId", self.producer_id);
    visit("producerEpoch", self.producer_epoch);
    visit("committed", self.committed);
  }
};

/// The answer to EndTxnRequest.
struct EndTxnResponse {
  static constexpr Schema kSchema{ApiKey::kEndTxn, "EndTxnResponse", {0, 5}, 3};

  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  bool operator==(const EndTxnResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms);
    visit("errorCode", self.error_code);
    visit("producerId", self.producer_id, since(5));
    visit("producerEpoch", self.producer_epoch, since(5));
  }
};

}  // namespace weir::wire
