#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kafka/kept_values.h"
#include "kafka/metadata.h"
#include "kafka/per_worker.h"
#include "kafka/transaction_writer.h"
#include "kafka/transactional_id.h"
#include "plan/io.h"

namespace weir::kafka {

/// Kafka's transactions for a whole context: transactional ids in turn, so that a batch is sent
/// while the last one ends. See plan::Transactions for threads and life.
///
/// A batch's transaction is that of its slot: opened by begin(), written to by the workers through
/// their TransactionWriters, joined by sources with add_group(), ended by commit().
class Transactions final : public plan::Transactions {
 public:
  struct Options {
    std::string brokers;
    std::string client_id;
    plan::TransactionsSetup setup;
  };
  explicit Transactions(Options options);
  ~Transactions() override;

  /// The site's; null where it has none.
  static Transactions* of(const plan::Site& site);

  void open(const plan::Site& site, plan::TransactionsHost& host, plan::Done opened) override;
  std::size_t in_turn() const override { return kInTurn; }
  void begin(BatchTime batch) override;
  void complete(BatchTime batch, const std::vector<plan::KeptValue>& values,
                plan::Done kept) override;
  std::vector<plan::KeptValue> kept() const override;
  void on_written(BatchTime batch) override;
  void commit(BatchTime batch, plan::Done done) override;
  void recover(const Error& why, plan::Done done) override;
  void close(plan::Done closed) override;

  /// Fails where a topic's cluster is another one.
  Result<void> check_cluster(const std::string& cluster_id) const;
  /// Where a worker writes. On its thread.
  BatchCarrier& writer(std::size_t worker) const { return writers_.of(worker); }

  /// Is told as whom a group's offsets are committed in the batch's transaction. May be called at
  /// once, or never where the batch is given up.
  using Joined = std::function<void(Result<TransactionIdentity>)>;
  void add_group(BatchTime batch, const std::string& group, Joined joined);
  /// A call for the batch brought no answer.
  void note_lost_call(BatchTime batch);

 private:
  /// Of batches under way at once, and of ids: one whose transaction has just ended rests, while
  /// the coordinator writes the end into all partitions.
  static constexpr std::size_t kInTurn = 2;
  static constexpr std::size_t kSlots = 4;

  /// A transactional id, and the batch whose transaction it has.
  struct Slot {
    std::unique_ptr<TransactionalId> id;
    std::optional<BatchTime> batch{};
    std::optional<TransactionIdentity> identity{};  ///< once it is open
    bool begun = false;                             ///< the id has been asked to open it
    std::optional<TimePoint> used_since{};          ///< something is in it
    bool written = false;                           ///< all that belongs to it
    bool ending = false;
    std::set<std::string> groups{};                                ///< that have been added
    std::vector<std::function<void()>> waiting{};                  ///< until it is open
    std::vector<std::pair<std::size_t, TopicPartition>> to_add{};  ///< and for which worker
  };

  std::string transactional_id(std::size_t slot) const;
  void make_slots();
  static void clear(Slot& slot) { slot = Slot{.id = std::move(slot.id)}; }
  std::unique_ptr<TransactionWriter> make_writer(std::size_t worker,
                                                 const std::weak_ptr<Transactions*>& open);
  void open_values(plan::Done opened);
  void take_over(plan::Done done);
  void take_over_ids(plan::Done done);
  std::size_t find(BatchTime batch) const;
  void begin_in_turn();
  void on_begun(std::size_t slot, const Result<TransactionIdentity>& identity);
  void use(Slot& slot);
  void on_new_partition(std::size_t worker, BatchTime batch, const TopicPartition& partition);
  void add_partitions(std::size_t slot);
  void join(std::size_t slot, const std::string& group, const Joined& joined);
  void withdraw(std::size_t slot, std::function<void()> over);
  void ask_whether_taken(bool fenced, std::function<void(bool taken)> told);
  bool may_have_timed_out() const;
  bool may_have_fenced_itself() const;
  void start_again(plan::Done done);
  void abort_what_is_open(std::function<void()> done);
  void destroy(plan::Done closed);

  const Options options_;
  const plan::Site* site_ = nullptr;
  plan::TransactionsHost* host_ = nullptr;
  std::unique_ptr<ClientContext> context_;
  std::unique_ptr<Metadata> metadata_;
  Metadata::Subscription subscription_;
  PerWorker<TransactionWriter> writers_;
  std::vector<Slot> slots_;
  std::unique_ptr<KeptValues> values_;  // none where nothing is kept
  std::size_t next_ = 0;                // the slot of the next batch
  std::size_t first_ = 0;               // the slot of the first batch that is not committed
  net::Timer close_timer_;
  // Expires at close(): tells after a callback whether they are still open.
  std::shared_ptr<Transactions*> open_;
};

}  // namespace weir::kafka
