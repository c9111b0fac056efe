#pragma once

#include <string_view>
#include <vector>

#include "wire/schema.h"

namespace weir::wire {

struct DeleteRecordsResponse;

/// Deletes the records before an offset.
struct DeleteRecordsRequest {
  using Response = DeleteRecordsResponse;
  static constexpr Schema kSchema{ApiKey::kDeleteRecords, "DeleteRecordsRequest", {0, 2}, 2};

  struct DeleteRecordsPartition {
    std::int32_t partition_index = 0;
    std::int64_t offset = 0;
    bool operator==(const DeleteRecordsPartition&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("partitionIndex", self.partition_index);
      visit("offset", self.offset);
    }
  };

  struct DeleteRecordsTopic {
    std::string_view name;
    std::vector<DeleteRecordsPartition> partitions;
    bool operator==(const DeleteRecordsTopic&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("partitions", self.partitions);
    }
  };

  std::vector<DeleteRecordsTopic> topics;
  std::int32_t timeout_ms = 0;
  bool operator==(const DeleteRecordsRequest&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("topics", self.topics);
    visit("timeoutMs", self.timeout_ms);
  }
};

/// The answer to DeleteRecordsRequest.
struct DeleteRecordsResponse {
  static constexpr Schema kSchema{ApiKey::kDeleteRecords, "DeleteRecordsResponse", {0, 2}, 2};

  struct DeleteRecordsPartitionResult {
    std::int32_t partition_index = 0;
    std::int64_t low_watermark = 0;
    std::int16_t error_code = 0;
    bool operator==(const DeleteRecordsPartitionResult&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("partitionIndex", self.partition_index);
      visit("lowWatermark", self.low_watermark);
      visit("errorCode", self.error_code);
    }
  };

  struct DeleteRecordsTopicResult {
    std::string_view name;
    std::vector<DeleteRecordsPartitionResult> partitions;
    bool operator==(const DeleteRecordsTopicResult&) const = default;

    template <class Self, class Visitor>
    static void describe(Self& self, Visitor& visit) {
      visit("name", self.name);
      visit("partitions", self.partitions);
    }
  };

  std::int32_t throttle_time_ms = 0;
  std::vector<DeleteRecordsTopicResult> topics;
  bool operator==(const DeleteRecordsResponse&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("throttleTimeMs", self.throttle_time_ms);
    visit("topics", self.topics);
  }
};

}  // namespace weir::wire
