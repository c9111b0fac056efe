#include "kafka/transaction_writer.h"

#include <utility>

#include "base/log.h"

namespace weir::kafka {

/// The producer of one slot, and whose batch it writes.
class TransactionWriter::Line final : public Producer::Listener {
 public:
  Line(TransactionWriter& owner, const std::string& transactional_id)
      : owner_(owner),
        producer_(owner.context_, owner.metadata_, options(transactional_id), *this) {}

  void prepare(BatchTime of) {
    batch = of;
    producer_.await_begin();
  }
  void abandon() {
    batch.reset();
    producer_.abandon();
  }
  Producer& producer() { return producer_; }

  std::optional<BatchTime> batch;

 private:
  static ProducerOptions options(const std::string& transactional_id) {
    ProducerOptions options;
    options.transactional_id = transactional_id;
    return options;
  }
  void on_trouble(const Error& error) override {
    owner_.setup_.reports.on_trouble(error.message());
  }
  void on_recovery() override { owner_.setup_.reports.on_trouble(""); }
  void on_new_partition(const TopicPartition& partition) override {
    if (batch) owner_.setup_.reports.on_new_partition(*batch, partition);
  }
  void on_lost_call() override {
    if (batch) owner_.setup_.reports.on_lost_call(*batch);
  }

  TransactionWriter& owner_;
  Producer producer_;
};

TransactionWriter::TransactionWriter(Setup setup)
    : setup_(std::move(setup)),
      context_{*setup_.loop, setup_.client, BufferPool{std::size_t{1} << 20}, setup_.log},
      metadata_(context_) {
  for (const std::string& id : setup_.transactional_ids) {
    lines_.push_back(std::make_unique<Line>(*this, id));
  }
}

TransactionWriter::~TransactionWriter() = default;

void TransactionWriter::prepare(Slot slot, BatchTime batch) { lines_[slot]->prepare(batch); }

void TransactionWriter::begin(Slot slot, const TransactionIdentity& identity) {
  lines_[slot]->producer().begin(identity);
}

void TransactionWriter::added(Slot slot, const std::vector<TopicPartition>& partitions) {
  lines_[slot]->producer().added(partitions);
}

void TransactionWriter::abandon() {
  ++round_;
  handed_over_ = 0;
  for (const auto& line : lines_) line->abandon();
}

void TransactionWriter::send(BatchTime batch, const TopicPartition& partition, Buffer bytes,
                             DeliveryHandler done) {
  const auto slot = find(batch);
  if (!slot) return;  // it was abandoned: nobody waits for it
  const std::size_t owner = owner_of(*slot, setup_.workers);
  if (owner == setup_.worker) return send_own(batch, partition, std::move(bytes), std::move(done));
  hand_over(owner, batch, partition, std::move(bytes), std::move(done));
}

void TransactionWriter::hand_over(std::size_t to, BatchTime batch, const TopicPartition& partition,
                                  Buffer bytes, DeliveryHandler done) {
  const std::size_t size = bytes.size();
  handed_over_ += size;
  auto delivered = [this, self = std::weak_ptr(self_), round = round_, size,
                    done = std::move(done)](const Result<Offset>& outcome) {
    if (self.expired() || round != round_) return;
    handed_over_ -= size;
    done(outcome);
  };
  auto back = [loop = setup_.loop,
               delivered = std::move(delivered)](const Result<Offset>& outcome) {
    loop->post([delivered, outcome] { delivered(outcome); });
  };
  setup_.post(to, [batch, partition, bytes = std::move(bytes), back = std::move(back)](
                      TransactionWriter& owner) { owner.send_own(batch, partition, bytes, back); });
}

/// What comes of a batch that was abandoned is dropped: nobody waits for it.
void TransactionWriter::send_own(BatchTime batch, const TopicPartition& partition, Buffer bytes,
                                 DeliveryHandler done) {
  const auto slot = find(batch);
  if (slot) lines_[*slot]->producer().send(partition, std::move(bytes), std::move(done));
}

void TransactionWriter::complete(BatchTime batch) {
  if (const auto slot = find(batch)) lines_[*slot]->producer().complete();
}

std::optional<TransactionWriter::Slot> TransactionWriter::find(BatchTime batch) const {
  for (Slot slot = 0; slot < lines_.size(); ++slot) {
    if (lines_[slot]->batch == batch) return slot;
  }
  return std::nullopt;
}

std::size_t TransactionWriter::pending_bytes() const {
  std::size_t bytes = handed_over_;
  for (const auto& line : lines_) bytes += line->producer().pending_bytes();
  return bytes;
}

}  // namespace weir::kafka
