#include "broker/transaction_index.h"

#include <algorithm>

namespace weir::broker {

void TransactionIndex::record(const wire::RecordBatchHeader& batch, Offset base,
                              std::optional<wire::ControlType> marker) {
  if (!batch.transactional()) return;
  if (!batch.control()) {
    open_.try_emplace(batch.producer_id, base);
    return;
  }
  const auto ended = open_.extract(batch.producer_id);
  if (ended.empty() || marker != wire::ControlType::kAbort) return;
  aborted_.push_back({batch.producer_id, ended.mapped(), base});
}

std::optional<Offset> TransactionIndex::begin_of(std::int64_t producer_id) const {
  const auto found = open_.find(producer_id);
  return found == open_.end() ? std::nullopt : std::optional(found->second);
}

Offset TransactionIndex::stable_end(Offset end) const {
  for (const auto& [producer, first] : open_) end = std::min(end, first);
  return end;
}

std::vector<TransactionIndex::Aborted> TransactionIndex::aborted_in(Offset from, Offset to) const {
  std::vector<Aborted> found;
  const auto first = std::partition_point(aborted_.begin(), aborted_.end(),
                                          [&](const Aborted& one) { return one.marker < from; });
  std::copy_if(first, aborted_.end(), std::back_inserter(found),
               [&](const Aborted& one) { return one.first < to; });
  return found;
}

void TransactionIndex::forget_aborted(Offset marker) {
  std::erase_if(aborted_, [&](const Aborted& one) { return one.marker == marker; });
}

void TransactionIndex::forget_before(Offset start) {
  while (!aborted_.empty() && aborted_.front().marker < start) aborted_.pop_front();
}

}  // namespace weir::broker
