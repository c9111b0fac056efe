#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "weir/kafka.h"
#include "weir/record.h"
#include "weir/result.h"
#include "weir/types.h"

namespace weir::kafka {

/// How a ProducerPool behaves.
struct PoolOptions {
  std::string brokers{};  ///< "host:port" of one or more brokers, separated by commas
  /// The most that exist at once, but for those whose lease ran out before all was acknowledged.
  std::size_t max_producers = 10;
  Duration borrow_limit = std::chrono::seconds(30);  ///< how long borrow() waits for a free one
  /// How long a producer may be lent; after it the lease's calls fail and the producer is replaced.
  Duration lease_limit = std::chrono::seconds(60);
  Duration idle_limit = std::chrono::seconds(60);  ///< unused producers are closed after it
  /// How long a record may wait for its acknowledgement before it counts as not written.
  Duration delivery_limit = std::chrono::seconds(120);
  Compression compression = Compression::kNone;
  std::size_t batch_bytes = 64 * 1024;
  std::string client_id = "weir-pool";
};

/// How a ProducerPool is used, for metrics.
struct PoolUse {
  std::size_t open = 0;       ///< producers that exist
  std::size_t lent = 0;       ///< of those, lent now
  std::int64_t borrowed = 0;  ///< leases given out so far
  std::int64_t refused = 0;   ///< borrow() calls that found none in time
  std::int64_t expired = 0;   ///< leases that ran out
  std::int64_t closed_idle = 0;
  std::int64_t records = 0;  ///< acknowledged
};

/// A record to be written.
struct OutgoingRecord {
  std::optional<std::string_view> key{};
  std::string_view value{};
  std::span<const HeaderView> headers{};
  std::optional<WallTime> timestamp{};     ///< now, if not given
  std::optional<PartitionId> partition{};  ///< by key, or in turn, if not given
};

class Pool;
class PoolLease;

/// Idempotent producers for code that writes to Kafka by itself, from for_each_batch() or outside
/// of any stream: bounded in number, borrowed as a lease, given back even when the borrower throws.
/// A handle: copy it into lambdas; all copies are one pool. Thread-safe. The producers live on a
/// thread of the pool's own; a producer is free again once all that its lease sent is acknowledged.
///
/// Inside a task, the batch waits until everything sent is acknowledged, and fails if a record
/// could not be written. Elsewhere call Lease::flush().
class ProducerPool {
 public:
  class Lease;

  /// Fails when the options make no sense. Connects when first used.
  static Result<ProducerPool> open(PoolOptions options);

  /// Lends a producer; waits for one at most `borrow_limit`.
  Result<Lease> borrow() const;
  PoolUse use() const;

 private:
  explicit ProducerPool(std::shared_ptr<Pool> pool) : pool_(std::move(pool)) {}
  std::shared_ptr<Pool> pool_;  // shared by all copies of the handle and by leases
};

/// A producer that is lent. Belongs to the thread that borrowed it. Destroying it gives the
/// producer back; what was sent goes on being written, as long as a copy of the pool exists. What
/// cannot be written is logged, too.
class ProducerPool::Lease {
 public:
  /// For borrow().
  explicit Lease(std::unique_ptr<PoolLease> lease);
  Lease(Lease&&) noexcept;
  Lease& operator=(Lease&&) noexcept;
  ~Lease();

  /// Takes a copy of the record and returns; waits only while the lease's memory (8 MiB) is full,
  /// and to learn about a topic at its first record. Records leave when a batch is full, at
  /// flush(), and when the lease is given back. With a key they go where Kafka's Java client puts
  /// them.
  /// Fails when the lease has run out, the topic does not exist, or the record is too large.
  Result<void> send(std::string_view topic, const OutgoingRecord& record);
  /// Waits until everything sent so far is acknowledged. Fails when a record sent since the last
  /// flush() could not be written, and when the lease has run out.
  Result<void> flush();

 private:
  std::unique_ptr<PoolLease> lease_;
};

}  // namespace weir::kafka
