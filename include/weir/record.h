#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "weir/types.h"

namespace weir {

/// Where a record was read.
struct RecordOrigin {
  std::string topic;
  PartitionId partition;
};

/// A record as a source hands it over: views into the fetched bytes, valid as long as its task.
struct Record {
  using is_view = void;

  std::string_view key;
  std::string_view value;
  std::string_view headers;  ///< `header_count` headers as encoded in Kafka's record format
  std::int32_t header_count = 0;
  bool has_key = false;
  bool has_value = false;  ///< false is a null value, Kafka's tombstone
  Offset offset;
  WallTime timestamp;
  const RecordOrigin* origin = nullptr;  ///< never null in a running task
};

/// One header of a record to be written.
struct HeaderView {
  std::string_view key;
  std::string_view value;
  bool has_value = true;  ///< false is a null value
};

}  // namespace weir
