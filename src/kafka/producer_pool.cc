#include "weir/producer_pool.h"

#include <array>
#include <utility>

#include "base/log.h"
#include "kafka/options.h"
#include "kafka/producer_pool_lease.h"

namespace weir::kafka {

namespace {

constexpr std::size_t kMostBatchBytes = std::size_t{8} << 20;

Error no_sense(std::string_view option, std::string_view must) {
  return Error(ErrorCode::kInvalidArgument, concat("ProducerPool: .", option, " must be ", must));
}

Result<void> check(const PoolOptions& options) {
  if (options.brokers.empty()) {
    return no_sense("brokers", "the address of a Kafka broker, such as localhost:9092");
  }
  if (options.max_producers == 0) return no_sense("max_producers", "at least 1");
  if (options.batch_bytes == 0 || options.batch_bytes > kMostBatchBytes) {
    return no_sense("batch_bytes", concat("from 1 to ", kMostBatchBytes));
  }
  const std::array<std::pair<const char*, Duration>, 4> limits = {
      {{"borrow_limit", options.borrow_limit},
       {"lease_limit", options.lease_limit},
       {"idle_limit", options.idle_limit},
       {"delivery_limit", options.delivery_limit}}};
  for (const auto& [name, limit] : limits) {
    if (limit <= Duration::zero()) return no_sense(name, "longer than nothing");
  }
  return {};
}

}  // namespace

Result<ProducerPool> ProducerPool::open(PoolOptions options) {
  WEIR_RETURN_IF_ERROR(check(options));
  auto client = client_options(options.brokers, options.client_id, SystemClock());
  if (!client.ok()) return std::move(client).error().with_context("ProducerPool: .brokers");
  WEIR_ASSIGN_OR_RETURN(auto host, make_pool_thread());
  return ProducerPool(
      std::make_shared<Pool>(std::move(options), std::move(*client), std::move(host), Log()));
}

Result<ProducerPool::Lease> ProducerPool::borrow() const {
  WEIR_ASSIGN_OR_RETURN(auto lease, PoolLease::borrow(pool_));
  return Lease(std::move(lease));
}

PoolUse ProducerPool::use() const { return pool_->use(); }

ProducerPool::Lease::Lease(std::unique_ptr<PoolLease> lease) : lease_(std::move(lease)) {}
ProducerPool::Lease::Lease(Lease&&) noexcept = default;
ProducerPool::Lease& ProducerPool::Lease::operator=(Lease&&) noexcept = default;
ProducerPool::Lease::~Lease() = default;

Result<void> ProducerPool::Lease::send(std::string_view topic, const OutgoingRecord& record) {
  return lease_->send(topic, record);
}

Result<void> ProducerPool::Lease::flush() { return lease_->flush(); }

}  // namespace weir::kafka
