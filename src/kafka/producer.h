#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kafka/cluster_part.h"
#include "kafka/produce_queue.h"
#include "kafka/transaction_identity.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/produce.h"

namespace weir::kafka {

/// The largest record batch that brokers take by default (max.message.bytes).
inline constexpr std::size_t kLargestBatch = 1'048'588;

struct ProducerOptions {
  /// Requests under way to one broker; more than 5 would break the broker's duplicate check.
  std::size_t max_in_flight = 5;
  std::size_t max_request_bytes = std::size_t{8} << 20;
  /// With two requests under way to a broker, another goes only once so much is waiting.
  std::size_t gather_bytes = std::size_t{64} << 10;
  /// How long a batch may take to be acknowledged before it fails; as long as it takes where unset.
  std::optional<Duration> delivery_timeout = std::nullopt;
  /// Not empty: everything is written in transactions of this id, which others open and end; see
  /// begin().
  std::string transactional_id{};
};

/// Writes sealed record batches to the leaders of their partitions, each exactly once and in order
/// as far as brokers can tell (idempotent, acks=all); one too large for its topic in smaller parts.
/// Sends the first batches of all partitions of a broker together, tries again until it succeeds,
/// and says how each batch ended. In a transaction what a broker refuses for good is not tried
/// under another identity: it fails with ErrorCode::kAborted, and so has the transaction. Owned by
/// a worker; on its loop's thread. Destroying it drops what is not acknowledged.
class Producer final : private ClusterPart {
 public:
  /// Is told how the Producer fares. May do anything in a call, also destroy the Producer.
  class Listener {
   public:
    virtual ~Listener() = default;
    /// Something is wrong for now; the Producer goes on trying.
    virtual void on_trouble(const Error& error) = 0;
    /// A batch was acknowledged after trouble.
    virtual void on_recovery() = 0;
    /// A partition is to be written for the first time in this transaction. In the older protocol
    /// it waits for added().
    virtual void on_new_partition(const TopicPartition& partition) { (void)partition; }
    /// Nobody knows what has become of a request.
    virtual void on_lost_call() {}
  };

  Producer(ClientContext& context, Metadata& metadata, ProducerOptions options, Listener& listener);

  /// Accepts a sealed batch (wire::RecordBatchBuilder). It leaves with the loop's next turn, with
  /// others of this turn, or with flush(). `done` is never called from inside this call.
  void send(const TopicPartition& partition, Buffer batch, DeliveryHandler done);
  /// Sends now what may be sent.
  void flush();
  /// Bytes of batches accepted and not yet acknowledged.
  std::size_t pending_bytes() const { return pending_bytes_; }
  /// Requests sent and not yet answered, to all brokers.
  std::size_t requests_in_flight() const { return requests_in_flight_; }

  /// For transactions: what is accepted from now on belongs to the next one, which is opened by
  /// begin(); until then nothing is sent. Everything before is acknowledged, or abandoned.
  void await_begin();
  void begin(const TransactionIdentity& identity);
  /// All that belongs to the transaction has been accepted. Before, less than `gather_bytes` waits:
  /// what leaves together needs to be added to the transaction only once.
  void complete();
  /// These partitions have been added to the transaction.
  void added(const std::vector<TopicPartition>& partitions);
  /// Drops what is not acknowledged, without a word.
  void abandon();

 private:
  using Sent = std::vector<std::pair<ProduceQueue*, std::shared_ptr<PendingBatch>>>;
  using ProduceAnswer = Result<Answer<wire::ProduceResponse>>;
  enum class IdentityState : std::uint8_t {
    kMissing,
    kAsked,
    kReady,
    kSpent,  ///< sequences have a gap: a new identity is taken once nothing is under way
  };
  bool in_transactions() const { return !options_.transactional_id.empty(); }
  bool may_write(const TopicPartition& partition);
  bool gathers() const;
  bool adds_to_transaction(const Sent& batches) const;
  struct Leader {
    std::size_t requests = 0;
    TimePoint not_before{};
  };
  struct Finished {
    DeliveryHandler done;
    Result<Offset> outcome;
  };

  void on_metadata(const Result<void>& outcome);
  void send_what_may_go();
  void ask_for_identity();
  void fail_identity(Error error);
  void fail_what_waits(ProduceQueue& queue, const Error& error);
  void on_identity(const Result<Answer<wire::InitProducerIdResponse>>& answer);
  void renew_identity_when_quiet();
  std::map<NodeId, Sent> sendable_by_leader();
  void on_no_leader(ProduceQueue& queue);
  bool send_some(NodeId node, const Sent& sendable);
  void send_request(NodeId node, Sent batches);
  wire::ProduceRequest request(const Sent& batches, Duration timeout) const;

  void on_answer(NodeId node, const Sent& sent, const ProduceAnswer& answer);
  void on_lost(NodeId node, const Sent& sent, const Error& error);
  void settle(NodeId node, const Sent& sent, const wire::ProduceResponse& response);
  void settle_batch(NodeId node, ProduceQueue& queue, PendingBatch& batch,
                    const wire::ProduceResponse::PartitionProduceResponse* told);
  void doom(ProduceQueue& queue, PendingBatch& batch, const Error& reason);
  void acknowledge(ProduceQueue& queue, PendingBatch& batch, Offset base);
  void try_again(ProduceQueue& queue, PendingBatch& batch, const Error& error);
  /// Puts two smaller batches in the place of one that is too large.
  void split(ProduceQueue& queue, PendingBatch& batch);
  void fail(PendingBatch& batch, Error error);
  void expire();
  /// Tells what has come about: after it, this object may be gone.
  void tell();

  const ProducerOptions options_;
  Listener& listener_;
  ProducerIdentity identity_;
  IdentityState identity_state_ = IdentityState::kMissing;
  bool adds_itself_ = false;        // the transaction's protocol
  std::set<TopicPartition> told_;   // of the partitions in the transaction, the listener
  std::set<TopicPartition> added_;  // and that they are in it
  bool is_adding_ = false;          // a request is under way that adds some by being there
  bool is_complete_ = false;        // nothing more comes in this transaction
  std::uint64_t round_ = 0;         // counts abandon(): answers from before are void
  std::map<TopicPartition, std::unique_ptr<ProduceQueue>> queues_;
  std::map<NodeId, Leader> leaders_;
  std::size_t requests_in_flight_ = 0;
  std::size_t pending_bytes_ = 0;
  std::vector<Finished> finished_;
  std::optional<Error> new_trouble_;
  std::optional<Error> last_trouble_;
  bool recovered_ = false;
  Alarm expiry_;
  // Expires with this object: tells after a callback whether it is still there.
  std::shared_ptr<Producer*> self_ = std::make_shared<Producer*>(this);
};

}  // namespace weir::kafka
