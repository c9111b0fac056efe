#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "base/log.h"
#include "kafka/producer_pool_account.h"
#include "kafka/producer_pool_batches.h"
#include "kafka/producer_pool_core.h"
#include "kafka/producer_pool_host.h"
#include "weir/producer_pool.h"

namespace weir::kafka {

/// What all copies of a ProducerPool share: the loop with the PoolCore, and the way there. Owned by
/// them and by the leases that are out. Thread-safe.
class Pool {
 public:
  /// `options` make sense.
  Pool(PoolOptions options, ClientOptions client, std::unique_ptr<PoolHost> host, Log log);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  PoolUse use() const { return use_.read(); }

  /// Calls `f` soon on the loop's thread.
  void post(std::function<void(PoolCore&)> f);
  PoolHost& host() { return *host_; }
  const PoolOptions& options() const { return options_; }
  BufferPool& buffers() { return buffers_; }
  PoolUseCounts& counts() { return use_; }

 private:
  const PoolOptions options_;
  const ClientOptions client_;
  const std::unique_ptr<PoolHost> host_;
  const Log log_;
  BufferPool buffers_;
  PoolUseCounts use_;
  std::unique_ptr<PoolCore> core_;  // made on first use; touched only on the loop's thread
};

/// A lease as its thread sees it: gathers records in batches and hands them to the loop. Owned by
/// the borrower, on its thread. Destroying it gives the producer back.
class PoolLease {
 public:
  PoolLease(std::shared_ptr<Pool> pool, std::shared_ptr<LeaseAccount> account, std::int32_t number);
  ~PoolLease();
  PoolLease(const PoolLease&) = delete;
  PoolLease& operator=(const PoolLease&) = delete;

  /// Borrows from `pool`; as ProducerPool::borrow().
  static Result<std::unique_ptr<PoolLease>> borrow(const std::shared_ptr<Pool>& pool);
  Result<void> send(std::string_view topic, const OutgoingRecord& record);
  Result<void> flush();

 private:
  Result<void> make_room();
  Result<void> learn(const std::string& topic);
  void hand_over();

  std::shared_ptr<Pool> pool_;             // shared with the pool's handles
  std::shared_ptr<LeaseAccount> account_;  // shared with the loop
  LeaseBatches batches_;
};

}  // namespace weir::kafka
