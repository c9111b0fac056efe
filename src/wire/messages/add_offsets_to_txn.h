#pragma once

#include <string_view>

#include "wire/schema.h"

namespace weir::wire {

struct AddOffsetsToTxnResponse;

/// Adds a group's offsets to a transaction.
struct AddOffsetsToTxnRequest {
  using Response = AddOffsetsToTxnResponse;
  static constexpr Schema kSchema{ApiKey::kAddOffsetsToTxn, "AddOffsetsToTxnRequest", {0, 4}, 3};

  std::string_view transactional_id;
  std::int64_t producer_id = 0;
  std::int16_t producer_epoch = 0;
  std::string_view group_id;
  bool operator==(const AddOffsetsToTxnRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("transactionalId", self.transactional_id);
    visit("producerId", self.producer_id);
    visit("producerEpoch", self.producer_epoch);
    visit("groupId", self.group_id);
  }
};

/// The answer to AddOffsetsToTxnRequest.
struct AddOffsetsToTxnResponse {
  static constexpr Schema kSchema{ApiKey::kAddOffsetsToTxn, "AddOffsetsToTxnResponse", {0, 4}, 3};

  std::int32_t throttle_time_ms = 0;
  std::int16_t error_code = 0;
  bool operator==(const AddOffsetsToTxnResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms);
    visit("errorCode", self.error_code);
  }
};

}  // namespace weir::wire
