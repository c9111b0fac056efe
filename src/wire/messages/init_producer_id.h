#pragma once

#include <optional>
#include <string_view>

#include "wire/schema.h"

namespace weir::wire {

struct InitProducerIdResponse;

/// Obtains a producer's id and epoch, and fences older producers of a transactional id.
struct InitProducerIdRequest {
  using Response = InitProducerIdResponse;
  static constexpr Schema kSchema{ApiKey::kInitProducerId, "InitProducerIdRequest", {0, 5}, 2};

  std::optional<std::string_view> transactional_id;
  std::int32_t transaction_timeout_ms = 0;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
  bool operator==(const InitProducerIdRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("transactionalId", self.transactional_id);
    visit("transactionTimeoutMs", self.transaction_timeout_ms);
    visit("producerId", self.producer_id, since(3));
    visit("producerEpoch", self.producer_epoch, since(3));
  }
};

/// The answer to InitProducerIdRequest.
struct InitProducerIdResponse {
  static constexpr Schema kSchema{ApiKey::kInitProducerId, "InitProducerIdResponse", {0, 5}, 2};

  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = 0;
  bool operator==(const InitProducerIdResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms);
    visit("errorCode", self.error_code);
    visit("producerId", self.producer_id);
    visit("producerEpoch", self.producer_epoch);
  }
};

}  // namespace weir::wire
