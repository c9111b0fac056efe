#include "broker/log_cleaner.h"

#include <algorithm>

#include "base/check.h"
#include "wire/record_batch_filter.h"

namespace weir::broker {

double CleanableRange::ratio() const {
  if (dirty_bytes == 0) return 0;
  return static_cast<double>(dirty_bytes) / static_cast<double>(clean_bytes + dirty_bytes);
}

CleanableRange cleanable_range(const PartitionLog& log, Offset clean_end,
                               const Uncleanable& uncleanable) {
  CleanableRange range;
  range.dirty = range.end = std::max(clean_end, log.start());
  for (const LogChunk& chunk : log.chunks()) {
    if (&chunk == &log.chunks().back()) break;
    if (chunk.end() <= range.dirty) {
      range.clean_bytes += chunk.size();
      continue;
    }
    range.has_dirty_chunks = true;
    if (chunk.max_timestamp(chunk.base_offset()) > uncleanable.youngest) break;
    if (chunk.end() > uncleanable.from) break;
    range.end = chunk.end();
    range.dirty_bytes += chunk.size();
    const WallTime first = chunk.first_timestamp();
    if (first.millis >= 0) range.oldest = std::min(range.oldest.value_or(first), first);
  }
  return range;
}

LogCleaner::LogCleaner(PartitionLog& log, const ProducerSequences& producers,
                       TransactionIndex& transactions, const Terms& terms)
    : log_(log),
      producers_(producers),
      transactions_(transactions),
      terms_(terms),
      compactor_(terms.now, terms.delete_retention, terms.key_bytes),
      at_(terms.range.dirty),
      clean_end_(terms.range.dirty) {}

Result<bool> LogCleaner::step() {
  bytes_left_ = terms_.bytes_a_step;
  if (notes_keys_) WEIR_RETURN_IF_ERROR(note_keys());
  while (!notes_keys_ && bytes_left_ > 0) {
    if (!run_ && !begin_run()) return true;
    WEIR_RETURN_IF_ERROR(walk(run_->end, [this](const auto& batch) { return compact(batch); }));
    if (at_ >= run_->end) WEIR_RETURN_IF_ERROR(put_in_place());
  }
  return false;
}

// Visits the batches from at_ on that begin before `end`, until the step is over.
template <class Visit>
Result<void> LogCleaner::walk(Offset end, Visit visit) {
  at_ = std::max(at_, log_.start());
  while (at_ < end && bytes_left_ > 0) {
    const LogSlice slice = log_.read(at_, bytes_left_);
    wire::RecordBatchCursor cursor(slice.bytes);
    while (bytes_left_ > 0) {
      const auto batch = cursor.next().value();
      if (!batch) break;
      WEIR_CHECK(batch->header.base_offset < end.value, "a batch ends where its chunk does");
      at_ = Offset{batch->header.last_offset()}.next();
      WEIR_ASSIGN_OR_RETURN(const std::size_t size, visit(*batch));
      bytes_left_ -= std::min(bytes_left_, size);
    }
  }
  return {};
}

Result<void> LogCleaner::note_keys() {
  const auto note = [this](const wire::RecordBatchView& batch) -> Result<std::size_t> {
    if (batch.header.control() || is_aborted(batch.header)) return batch.bytes.size();
    const std::size_t size = compactor_.note_keys(batch);
    return compactor_.full() ? bytes_left_ : size;
  };
  WEIR_RETURN_IF_ERROR(walk(terms_.range.end, note));
  clean_end_ = std::clamp(at_, terms_.range.dirty, terms_.range.end);
  if (at_ < terms_.range.end && !compactor_.full()) return {};
  notes_keys_ = false;
  at_ = Offset();
  return {};
}

bool LogCleaner::begin_run() {
  std::size_t bytes = 0;
  for (const LogChunk& chunk : log_.chunks()) {
    if (chunk.base_offset() < at_ || chunk.end() <= log_.start()) continue;
    bytes += chunk.size();
    if (chunk.base_offset() >= clean_end_ || (run_ && bytes > kBytesOfARun)) break;
    if (!run_) run_ = Run{chunk.base_offset(), chunk.end(), open_};
    run_->end = chunk.end();
  }
  if (!run_) return false;
  at_ = run_->begin;
  written_.clear();
  return true;
}

Result<std::size_t> LogCleaner::compact(const wire::RecordBatchView& batch) {
  const wire::RecordBatchHeader& header = batch.header;
  const bool begins_epoch = header.leader_epoch != epoch_;
  epoch_ = header.leader_epoch;
  if (header.base_offset >= clean_end_.value) {
    written_.append(batch.bytes);
    return batch.bytes.size();
  }
  const bool ends_run = Offset{header.last_offset()}.next() == run_->end;
  if (header.control()) return compact_end(batch, begins_epoch || ends_run);
  if (header.transactional()) open_.insert(header.producer_id);
  const bool keep_empty = begins_epoch || ends_run || producers_.ends_with(header);
  if (!is_aborted(header)) return compactor_.compact(batch, keep_empty, written_);
  if (keep_empty) wire::append_emptied(batch, written_);
  return batch.bytes.size();
}

/// By the last end of a producer's a partition knows its epoch.
bool LogCleaner::must_stay(const wire::RecordBatchView& end) const {
  const Offset base{end.header.base_offset};
  return producers_.end_marker_of(end.header.producer_id) == base || !wire::control_type(end) ||
         end.header.compression() != wire::Compression::kNone;
}

// A batch without records counts too: a restart takes it for the begin of a transaction.
Result<std::size_t> LogCleaner::compact_end(const wire::RecordBatchView& end, bool keep) {
  const wire::RecordBatchHeader& header = end.header;
  const bool has_batches = open_.erase(header.producer_id) > 0;
  if (has_batches || keep || must_stay(end)) {
    written_.append(end.bytes);
  } else if (!header.has_delete_horizon()) {
    WEIR_RETURN_IF_ERROR(
        wire::append_filtered(end, end.payload(), {true}, compactor_.delete_horizon(), written_));
  } else if (terms_.now.millis < header.base_timestamp) {
    written_.append(end.bytes);
  } else {
    run_->dropped_ends.push_back({header.base_offset});
  }
  return end.bytes.size();
}

// All transactions that begin before the end of what is compacted have ended, one way or the other.
bool LogCleaner::is_aborted(const wire::RecordBatchHeader& batch) const {
  if (!batch.transactional() || batch.control() || !transactions_.has_aborted()) return false;
  const Offset base{batch.base_offset};
  const auto aborted = transactions_.aborted_in(base, base.next());
  return std::any_of(aborted.begin(), aborted.end(), [&](const TransactionIndex::Aborted& one) {
    return one.producer_id == batch.producer_id;
  });
}

Result<void> LogCleaner::put_in_place() {
  const Run run = std::move(*run_);
  run_.reset();
  if (run.end <= log_.start()) return {};  // it is on its way out
  WEIR_ASSIGN_OR_RETURN(const bool is_done, log_.replace(run.begin, run.end, written_));
  if (is_done) {
    for (const Offset marker : run.dropped_ends) transactions_.forget_aborted(marker);
    return {};
  }
  // Some of its chunks have been dropped meanwhile: once more with those that are left.
  at_ = run.begin;
  epoch_ = -1;
  open_ = run.open;
  return {};
}

}  // namespace weir::broker
