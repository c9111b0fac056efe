#pragma once

#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct WriteTxnMarkersResponse;

/// Has the ends of transactions written into partitions.
struct WriteTxnMarkersRequest {
  using Response = WriteTxnMarkersResponse;
  static constexpr Schema kSchema{ApiKey::kWriteTxnMarkers, "WriteTxnMarkersRequest", {1, 2}, 1};

  struct WritableTxnMarkerTopic {
    std::string_view name;
    std::vector<std::int32_t> partition_indexes;
    bool operator==(const WritableTxnMarkerTopic&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("partitionIndexes", self.partition_indexes);
    }
  };

  struct WritableTxnMarker {
    std::int64_t producer_id = 0;
    std::int16_t producer_epoch = 0;
    bool transaction_result = false;
    std::vector<WritableTxnMarkerTopic> topics;
    std::int32_t coordinator_epoch = 0;
    std::int8_t transaction_version = 0;
    bool operator==(const WritableTxnMarker&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("producerId", self.producer_id);
      visit("producerEpoch", self.producer_epoch);
      visit("transactionResult", self.transaction_result);
      visit("topics", self.topics);
      visit("coordinatorEpoch", self.coordinator_epoch);
      visit("transactionVersion", self.transaction_version, since(2));
    }
  };

  std::vector<WritableTxnMarker> markers;
  bool operator==(const WriteTxnMarkersRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("markers", self.markers);
  }
};

/// The answer to WriteTxnMarkersRequest.
struct WriteTxnMarkersResponse {
  static constexpr Schema kSchema{ApiKey::kWriteTxnMarkers, "WriteTxnMarkersResponse", {1, 2}, 1};

  struct WritableTxnMarkerPartitionResult {
    std::int32_t partition_index = 0;
    std::int16_t error_code = 0;
    bool operator==(const WritableTxnMarkerPartitionResult&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("partitionIndex", self.partition_index);
      visit("errorCode", self.error_code);
    }
  };

  struct WritableTxnMarkerTopicResult {
    std::string_view name;
    std::vector<WritableTxnMarkerPartitionResult> partitions;
    bool operator==(const WritableTxnMarkerTopicResult&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("partitions", self.partitions);
    }
  };

  struct WritableTxnMarkerResult {
    std::int64_t producer_id = 0;
    std::vector<WritableTxnMarkerTopicResult> topics;
    bool operator==(const WritableTxnMarkerResult&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("producerId", self.producer_id);
      visit("topics", self.topics);
    }
  };

  std::vector<WritableTxnMarkerResult> markers;
  bool operator==(const WriteTxnMarkersResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("markers", self.markers);
  }
};

}  // namespace weir::wire
