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
  std::string brokers{};             ///< "host:port" of one or more brokers, separated by commas
  std::size_t max_producers = 10;    ///< the most that exist at once
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
  std::int64_t records = 0;   ///< acknowledged
};

/// A record to be written.
struct OutgoingRecord {
  std::optional<std::string_view> key{};
  std::string_view value{};
  std::span<const HeaderView> headers{};
  std::optional<WallTime> timestamp{};         ///< now, if not given
  std::optional<PartitionId> partition{};      ///< by key, or in turn, if not given
};

/// Idempotent producers for code that writes to Kafka by itself, from for_each_batch() or outside of
/// any stream: bounded in number, borrowed as a lease, given back even when the borrower throws.
/// A handle: copy it into lambdas; all copies are one pool. Thread-safe. The producers live on a
/// thread of the pool's own.
///
/// Inside a task, the batch waits until everything sent is acknowledged, and fails if a record could
/// not be written. Elsewhere call Lease::flush().
class ProducerPool {
 public:
  class Lease;

  /// Fails when the options make no sense. Connects when first used.
  static Result<ProducerPool> open(PoolOptions options);

  /// Lends a producer; waits for one at most `borrow_limit`.
  Result<Lease> borrow() const;
  PoolUse use() const;

 private:
  class Impl;
  explicit ProducerPool(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;  // shared by all copies of the handle
};

/// A producer that is lent. Belongs to the thread that borrowed it. Destroying it gives the producer
/// back; what was sent goes on being written.
class ProducerPool::Lease {
 public:
  Lease(Lease&&) noexcept;
  Lease& operator=(Lease&&) noexcept;
  ~Lease();

  /// Takes a copy of the record and returns; waits only while the producer's memory is full. Fails
  /// when the lease has run out, the topic does not exist, or the record is too large.
  Result<void> send(std::string_view topic, const OutgoingRecord& record);
  /// Waits until everything sent so far is acknowledged; fails when a record could not be written.
  Result<void> flush();

 private:
  friend class ProducerPool;
  class Impl;
  explicit Lease(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::kafka
