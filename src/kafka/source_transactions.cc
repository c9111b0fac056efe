// The part of KafkaSource that takes part in transactions.

#include <utility>

#include "base/log.h"
#include "kafka/source.h"
#include "wire/error_codes.h"

namespace weir::kafka {

bool KafkaSource::reads_committed() const {
  const bool by_default = transactions_ != nullptr;
  if (!options_.isolation) return by_default;
  return *options_.isolation == Isolation::kReadCommitted;
}

std::unique_ptr<plan::Transactions> KafkaSource::make_transactions(
    const plan::TransactionsSetup& setup) const {
  return std::make_unique<Transactions>(
      Transactions::Options{options_.brokers, options_.client_id, setup});
}

Result<void> KafkaSource::validate_exactly_once() const {
  if (in_group()) return {};
  return Error(ErrorCode::kInvalidArgument,
               concat(name(),
                      ": exactly once needs a .group, which keeps what has been read; set it, or "
                      "use at least once"));
}

void KafkaSource::enlist(BatchTime batch, const std::vector<plan::Slice>& slices, plan::Done done) {
  const Error lost =
      Error(ErrorCode::kAborted, concat("group '", options_.group, "' has given partitions of ",
                                        name(), " to another member while the batch was under way"))
          .with_kafka_code(wire::kafka_code::kIllegalGeneration);
  if (!lost_of(slices).empty()) {
    return site_->driver->post([done = std::move(done), lost] { done(lost); });
  }
  auto left = std::make_shared<std::size_t>(0);
  const auto one_done = [left, done = std::move(done)](const Result<void>& result) {
    if (*left == 0) return;  // the first error has been told
    if (!result.ok()) *left = 1;
    if (--*left == 0) done(result);
  };
  auto inputs = by_input(slices);
  *left = inputs.size();
  for (auto& [input, commit] : inputs) {
    transactions_->add_group(
        batch, options_.group,
        [this, open = std::weak_ptr(open_), batch, one_done, lost, input = input,
         losses = inputs_[input]->losses(),
         positions = std::move(commit.positions)](const Result<TransactionIdentity>& in) {
          if (open.expired()) return;
          if (!in.ok()) return one_done(in.error());
          if (inputs_[input]->losses() != losses) return one_done(lost);
          inputs_[input]->transaction_offsets().commit(
              *in, positions, std::to_string(batch.micros),
              [this, batch] { transactions_->note_lost_call(batch); }, one_done);
        });
  }
}

void KafkaSource::rewind() {
  for (const auto& input : inputs_) input->transaction_offsets().abandon();
  stop_reading(assignments_.take_all());
  finished_ = false;
  for (const auto& input : inputs_) input->begin_again();
  drop_what_is_gone();
}

}  // namespace weir::kafka
