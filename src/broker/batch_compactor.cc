#include "broker/batch_compactor.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/check.h"
#include "broker/batch_check.h"
#include "wire/record_batch_filter.h"

namespace weir::broker {

namespace {

template <class Visit>
void for_each_valid_record(const wire::RecordBatchHeader& header, std::string_view payload,
                           Visit&& visit) {
  const auto read = wire::for_each_record(header, payload, visit);
  WEIR_CHECK(read.ok(), "records are read once before anything is done about them");
}

}  // namespace

std::int64_t BatchCompactor::delete_horizon() const {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  return now_.millis > most - delete_retention_ ? most : now_.millis + delete_retention_;
}

// Returns whether the batch's records are valid, all of them.
bool BatchCompactor::unpack(const wire::RecordBatchView& batch) {
  const auto payload = wire::decompressed_payload(batch, scratch_, kLargestPayload);
  if (!payload.ok()) return false;
  payload_ = *payload;
  return wire::for_each_record(batch.header, payload_, [](const wire::RecordView&) {}).ok();
}

std::size_t BatchCompactor::note_keys(const wire::RecordBatchView& batch) {
  if (!unpack(batch)) return batch.bytes.size();
  for_each_valid_record(batch.header, payload_, [this](const wire::RecordView& record) {
    if (record.has_key) keys_.note(record.key, {record.offset});
  });
  return std::max(batch.bytes.size(), payload_.size());
}

Result<std::size_t> BatchCompactor::compact(const wire::RecordBatchView& batch, bool keep_empty,
                                            std::string& out) {
  if (!unpack(batch)) {
    out.append(batch.bytes);
    return batch.bytes.size();
  }
  choose(batch);
  const std::size_t size = std::max(batch.bytes.size(), payload_.size());
  if (!keeps_records_) {
    if (keep_empty) wire::append_emptied(batch, out);
    return size;
  }
  std::optional<std::int64_t> horizon;
  if (keeps_tombstones_ && !batch.header.has_delete_horizon()) {
    horizon = delete_horizon();
  }
  if (keeps_all_ && !horizon) {
    out.append(batch.bytes);
  } else {
    WEIR_RETURN_IF_ERROR(wire::append_filtered(batch, payload_, stays_, horizon, out));
  }
  return size;
}

void BatchCompactor::choose(const wire::RecordBatchView& batch) {
  stays_.clear();
  keeps_records_ = keeps_tombstones_ = false;
  keeps_all_ = true;
  for_each_valid_record(batch.header, payload_, [&](const wire::RecordView& record) {
    const bool record_stays = stays(batch.header, record);
    stays_.push_back(record_stays);
    keeps_records_ = keeps_records_ || record_stays;
    keeps_all_ = keeps_all_ && record_stays;
    keeps_tombstones_ = keeps_tombstones_ || (record_stays && !record.has_value);
  });
}

bool BatchCompactor::stays(const wire::RecordBatchHeader& batch,
                           const wire::RecordView& record) const {
  if (!record.has_key || keys_.has_newer(record.key, {record.offset})) return false;
  return record.has_value || !batch.has_delete_horizon() || now_.millis < batch.base_timestamp;
}

}  // namespace weir::broker
