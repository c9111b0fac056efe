#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "kafka/alarm.h"
#include "kafka/metadata.h"
#include "kafka/producer.h"
#include "kafka/producer_pool_account.h"
#include "kafka/producer_pool_batches.h"
#include "kafka/topic_questions.h"
#include "weir/producer_pool.h"

namespace weir::kafka {

/// The numbers of a pool. Thread-safe.
class PoolUseCounts {
 public:
  template <class F>
  void update(F change) {
    MutexLock lock(mutex_);
    change(use_);
  }
  PoolUse read() const {
    MutexLock lock(mutex_);
    return use_;
  }

 private:
  mutable Mutex mutex_;
  PoolUse use_ WEIR_GUARDED_BY(mutex_);
};

/// A pool's part on the loop: its producers, who has them, and who waits for one. A producer whose
/// lease was given back is free again once all it was given is acknowledged, so that what a pool
/// keeps in memory is bounded. Owned by the Pool, on the loop's thread. Ends by being destroyed,
/// which drops, with a warning, what is not acknowledged.
class PoolCore {
 public:
  using Account = std::shared_ptr<LeaseAccount>;  // shared with the lease
  using Lent = std::function<void(Result<Account>)>;
  using Ended = std::function<void(Result<void>)>;

  PoolCore(net::Loop& loop, PoolOptions options, ClientOptions client, PoolUseCounts& use, Log log);
  ~PoolCore();
  PoolCore(const PoolCore&) = delete;
  PoolCore& operator=(const PoolCore&) = delete;

  /// Lends a producer now or once one is free. `ended` (may be empty) is called once: when the
  /// lease has ended and nothing of it is on its way, and is told whether everything was written.
  void borrow(Ended ended, Lent lent);
  /// Asks for a topic's partitions for a lease, whose end ends the question too.
  void find_partitions(const Account& account, const std::string& topic,
                       TopicQuestions::Answer answer);
  void write(const Account& account, std::vector<ClosedBatch> batches);
  /// `unwritten` records that the lease took will never come.
  void give_back(const Account& account, std::int64_t unwritten);

 private:
  struct Member;
  struct Waiting {
    TimePoint until;
    Ended ended;
    Lent lent;
  };

  void serve();
  Member* find_free();
  Member* find_lent_to(const Account& account);
  void lend(Member& member, Waiting to);
  void refuse_who_waited_too_long();
  Error none_free() const;
  void on_delivered(Member& member, std::size_t bytes, std::int32_t records,
                    const Result<void>& outcome);
  void expire(Member& member);
  void fail(Member& member, const Error& error, std::int64_t records);
  void warn_unwritten(const Error& error, std::int64_t records) const;
  Error ran_out() const;
  void settle_if_done(Member& member);
  void close_idle();
  void remove(Member& member);

  ClientContext context_;
  const PoolOptions options_;
  PoolUseCounts& use_;
  Metadata metadata_;
  TopicQuestions questions_;
  std::vector<std::unique_ptr<Member>> members_;
  std::deque<Waiting> waiting_;
  Alarm borrow_alarm_;
  Alarm idle_alarm_;
};

}  // namespace weir::kafka
