#pragma once

#include <cstdint>
#include <string_view>

namespace weir::wire {

/// The hash that Kafka's Java client partitions keys with (org.apache.kafka.common.utils.Utils).
std::int32_t murmur2(std::string_view bytes);

/// The partition of `partitions` where Kafka's Java client puts a record with this key.
std::int32_t key_partition(std::string_view key, std::int32_t partitions);

}  // namespace weir::wire
