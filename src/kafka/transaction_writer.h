#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kafka/batch_carrier.h"
#include "kafka/metadata.h"
#include "kafka/producer.h"
#include "kafka/transaction_identity.h"

namespace weir::kafka {

/// One worker's share of the context's transactions. Each is written by the one worker that owns
/// its transactional id, as if by one client: what others have closed for it is handed over. For
/// each id there is a producer, so that a batch can be sent while the last one ends.
/// Owned by Transactions; on the worker's thread.
class TransactionWriter final : public BatchCarrier {
 public:
  /// Which of the transactional ids.
  using Slot = std::size_t;

  /// Where it tells the driver's side. Called on the worker's thread.
  struct Reports {
    /// The batch writes to this partition for the first time: see Producer::Listener.
    std::function<void(BatchTime batch, const TopicPartition& partition)> on_new_partition;
    std::function<void(BatchTime batch)> on_lost_call;
    /// With an empty text when it is over.
    std::function<void(const std::string& what)> on_trouble;
  };
  struct Setup {
    net::Loop* loop = nullptr;
    ClientOptions client;
    Log log;
    std::size_t worker = 0;
    std::size_t workers = 1;
    std::vector<std::string> transactional_ids;
    Reports reports;
    /// Calls another worker's TransactionWriter on its thread, if it is still there.
    std::function<void(std::size_t worker, std::function<void(TransactionWriter&)>)> post;
  };
  /// The worker that writes the transactions of a slot.
  static std::size_t owner_of(Slot slot, std::size_t workers) { return slot % workers; }

  explicit TransactionWriter(Setup setup);
  ~TransactionWriter() override;

  /// What this batch writes goes into the next transaction of a slot, whose last one is over.
  void prepare(Slot slot, BatchTime batch);
  /// The slot's transaction is open.
  void begin(Slot slot, const TransactionIdentity& identity);
  /// These partitions have been added to it.
  void added(Slot slot, const std::vector<TopicPartition>& partitions);
  /// All workers have handed over what the batch writes; the slot's owner is told.
  void complete(BatchTime batch);
  /// Drops what is not acknowledged, without a word; what comes later of the batches that there
  /// were, too.
  void abandon();

  void expect(const std::string& topic) override { metadata_.add_topic(topic); }
  void send(BatchTime batch, const TopicPartition& partition, Buffer bytes,
            DeliveryHandler done) override;
  std::size_t pending_bytes() const override;

 private:
  class Line;

  void hand_over(std::size_t to, BatchTime batch, const TopicPartition& partition, Buffer bytes,
                 DeliveryHandler done);
  void send_own(BatchTime batch, const TopicPartition& partition, Buffer bytes,
                DeliveryHandler done);
  std::optional<Slot> find(BatchTime batch) const;

  const Setup setup_;
  ClientContext context_;
  Metadata metadata_;
  std::vector<std::unique_ptr<Line>> lines_;  // by slot
  std::size_t handed_over_ = 0;               // bytes that other workers have not acknowledged
  std::uint64_t round_ = 0;                   // counts abandon(): answers from before are void
  // Expires with this object: tells in a posted call whether it is still there.
  std::shared_ptr<TransactionWriter*> self_ = std::make_shared<TransactionWriter*>(this);
};

}  // namespace weir::kafka
