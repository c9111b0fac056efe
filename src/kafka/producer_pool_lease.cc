#include "kafka/producer_pool_lease.h"

#include <utility>

#include "plan/current_task.h"

namespace weir::kafka {

namespace {

/// What a lease may hold in memory before it waits for acknowledgements.
constexpr std::size_t kLeaseBytes = std::size_t{8} << 20;
/// What a pool keeps of buffers for reuse.
constexpr std::size_t kIdleBufferBytes = std::size_t{16} << 20;

}  // namespace

Pool::Pool(PoolOptions options, ClientOptions client, std::unique_ptr<PoolHost> host, Log log)
    : options_(std::move(options)),
      client_(std::move(client)),
      host_(std::move(host)),
      log_(std::move(log)),
      buffers_(kIdleBufferBytes) {}

Pool::~Pool() {
  host_->end([this] { core_.reset(); });
}

void Pool::post(std::function<void(PoolCore&)> f) {
  host_->loop().post([this, f = std::move(f)] {
    if (!core_) {
      core_ = std::make_unique<PoolCore>(host_->loop(), options_, client_, use_, log_);
    }
    f(*core_);
  });
}

Result<std::unique_ptr<PoolLease>> PoolLease::borrow(const std::shared_ptr<Pool>& pool) {
  plan::CurrentTask* const task = plan::current_task();
  auto ended = task ? task->hold() : PoolCore::Ended();
  Awaited<Result<std::shared_ptr<LeaseAccount>>> lent;
  pool->post([&lent, ended = std::move(ended)](PoolCore& core) mutable {
    core.borrow(std::move(ended), [&lent](auto account) { lent.bring(std::move(account)); });
  });
  WEIR_ASSIGN_OR_RETURN(auto account, lent.wait(pool->host()));
  const auto number = static_cast<std::int32_t>(pool->use().borrowed & 0x7fffffff);
  return std::make_unique<PoolLease>(pool, std::move(account), number);
}

PoolLease::PoolLease(std::shared_ptr<Pool> pool, std::shared_ptr<LeaseAccount> account,
                     std::int32_t number)
    : pool_(std::move(pool)),
      account_(std::move(account)),
      batches_({.compression = pool_->options().compression,
                .batch_bytes = pool_->options().batch_bytes,
                .first_partition = number},
               pool_->buffers()) {}

PoolLease::~PoolLease() {
  const auto closed = batches_.close_all();
  hand_over();
  if (account_->end(Error(ErrorCode::kAborted, "the lease was given back"))) {
    pool_->counts().update([](PoolUse& use) { --use.lent; });
  }
  // What did not close stays among batches_.records(), and counts as not written.
  pool_->post([account = account_, unwritten = batches_.records()](PoolCore& core) {
    core.give_back(account, unwritten);
  });
}

Result<void> PoolLease::send(std::string_view topic, const OutgoingRecord& record) {
  WEIR_RETURN_IF_ERROR(make_room());
  if (!batches_.knows(topic)) WEIR_RETURN_IF_ERROR(learn(std::string(topic)));
  auto appended = batches_.append(topic, record, pool_->host().loop().clock().wall());
  hand_over();
  return appended;
}

Result<void> PoolLease::flush() {
  auto closed = batches_.close_all();
  hand_over();
  auto written = account_->wait_for_all(pool_->host());
  return closed.ok() ? written : closed;
}

Result<void> PoolLease::make_room() {
  if (batches_.open_bytes() + account_->bytes_on_their_way() >= kLeaseBytes) {
    WEIR_RETURN_IF_ERROR(batches_.close_all());
    hand_over();
  }
  return account_->wait_for_room(pool_->host(), kLeaseBytes);
}

Result<void> PoolLease::learn(const std::string& topic) {
  Awaited<Result<std::int32_t>> partitions;
  pool_->post([this, &topic, &partitions](PoolCore& core) {
    core.find_partitions(account_, topic, [&partitions](Result<std::int32_t> answer) {
      partitions.bring(std::move(answer));
    });
  });
  WEIR_ASSIGN_OR_RETURN(const std::int32_t count, partitions.wait(pool_->host()));
  batches_.add_topic(topic, count);
  return {};
}

void PoolLease::hand_over() {
  auto closed = batches_.take_closed();
  if (closed.empty()) return;
  std::size_t bytes = 0;
  for (const ClosedBatch& batch : closed) bytes += batch.bytes.capacity();
  account_->hand_over(closed.size(), bytes);
  pool_->post([account = account_, closed = std::move(closed)](PoolCore& core) mutable {
    core.write(account, std::move(closed));
  });
}

}  // namespace weir::kafka
