#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/codec.h"
#include "weir/pipeline.h"
#include "weir/types.h"

namespace weir {

/// Says that keys go where the bytes of their Codec say, as Kafka's Java client partitions keys
/// (murmur2): a topic that was written by it is divided in the same way.
struct HashPartitioner {
  std::int32_t partitions = 2;

  /// Returns the partition of `key`, from 0 to `partitions` - 1.
  template <HasCodec K>
  std::int32_t partition_of(const K& key) const {
    std::string bytes(Codec<K>::size(key), '\0');
    Codec<K>::write(key, bytes.data());
    return detail::key_partition(bytes, partitions);
  }
  bool operator==(const HashPartitioner&) const = default;
};

/// Holds for a type that says where keys of type K go: HashPartitioner, or one of your own such as
///
///   struct ByShop {
///     std::int32_t partitions = 8;
///     std::int32_t partition_of(const ShopId& shop) const { return shop.number % partitions; }
///     bool operator==(const ByShop&) const = default;
///   };
///
/// Equal keys must go to one partition, and equal partitioners must divide alike. It is copied into
/// every task. A partition outside of 0 to `partitions` - 1 fails the batch.
template <class P, class K>
concept PartitionerOf = std::copy_constructible<P> && std::equality_comparable<P> &&
                        requires(const P& partitioner, const K& key) {
                          { partitioner.partitions } -> std::convertible_to<std::int32_t>;
                          { partitioner.partition_of(key) } -> std::convertible_to<std::int32_t>;
                        };

namespace detail {

/// Returns what was given to an operation by key as a partitioner: a number means the hash of so
/// many partitions.
template <class By>
auto partitioner_from(By by) {
  if constexpr (std::is_integral_v<By>) {
    return HashPartitioner{static_cast<std::int32_t>(by)};
  } else {
    return by;
  }
}

[[noreturn]] void refuse_partition(std::int32_t partition, std::int32_t partitions);

/// Says where a task's pairs go; see BlockExchange.
template <class K, class Partitioner>
struct KeyTarget {
 public:
  explicit KeyTarget(Partitioner partitioner) : partitioner_(std::move(partitioner)) {}
  void begin(PartitionId, std::int32_t partitions) { partitions_ = partitions; }
  template <class V>
  std::int32_t operator()(const std::pair<K, V>& record) {
    const auto partition = static_cast<std::int32_t>(partitioner_.partition_of(record.first));
    if (partition < 0 || partition >= partitions_) refuse_partition(partition, partitions_);
    return partition;
  }

 private:
  Partitioner partitioner_;
  std::int32_t partitions_ = 1;
};

/// The same with one buffer for all keys.
template <class K>
struct KeyTarget<K, HashPartitioner> {
 public:
  explicit KeyTarget(HashPartitioner) {}
  void begin(PartitionId, std::int32_t partitions) { partitions_ = partitions; }
  template <class V>
  std::int32_t operator()(const std::pair<K, V>& record) {
    bytes_.resize(Codec<K>::size(record.first));
    Codec<K>::write(record.first, bytes_.data());
    return key_partition(bytes_, partitions_);
  }

 private:
  std::string bytes_;
  std::int32_t partitions_ = 1;
};

}  // namespace detail
}  // namespace weir
