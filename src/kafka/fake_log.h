#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "wire/record_batch.h"
#include "wire/record_batch_builder.h"
#include "wire/writer.h"

/// Record batches for the tests of this folder, and a partition's log for its fake brokers.
namespace weir::kafka {

/// Returns a sealed batch of one record for each value; keys and times are left out.
inline Buffer batch_of(const std::vector<std::string>& values) {
  static BufferPool buffers(1 << 20);
  std::size_t size = 200;
  for (const std::string& value : values) size += value.size() + 50;
  wire::RecordBatchBuilder builder(buffers.take(size));
  for (const std::string& value : values) {
    value.copy(builder.append(1000, std::nullopt, value.size()), value.size());
  }
  Buffer sealed = std::move(builder).seal(wire::Compression::kNone, buffers).value();
  wire::stamp(sealed, -1, -1, -1);
  return sealed;
}

/// Returns the values in `batches`, each with its offset: "3:text".
inline std::vector<std::string> values_in(std::string_view batches) {
  std::vector<std::string> values;
  wire::RecordBatchCursor cursor(batches);
  while (const auto batch = cursor.next().value()) {
    wire::Reader reader(batch->payload());
    for (std::int32_t i = 0; i < batch->header.record_count; ++i) {
      const auto record = wire::read_record(reader, batch->header);
      values.push_back(std::to_string(record.offset) + ":" + std::string(record.value));
    }
  }
  return values;
}

/// One partition's log.
class FakeLog {
 public:
  /// Appends a batch and returns the offset of its first record.
  std::int64_t append_batch(std::string_view batch, std::int32_t leader_epoch = 0) {
    const auto header = wire::RecordBatchCursor(batch).next().value()->header;
    const std::int64_t base = end_;
    batches_.push_back({end_, end_ + header.last_offset_delta, std::string(batch)});
    wire::put_big_endian(batches_.back().bytes.data(), base);
    wire::put_big_endian(batches_.back().bytes.data() + kLeaderEpochAt, leader_epoch);
    end_ = batches_.back().last + 1;
    return base;
  }
  std::int64_t append(const std::vector<std::string>& values, std::int32_t leader_epoch = 0) {
    return append_batch(batch_of(values).view(), leader_epoch);
  }

  /// Returns what a broker sends for a position: from the batch that holds it, cut at `max_bytes`,
  /// but with one whole batch at least.
  std::string read(std::int64_t position, std::size_t max_bytes) const {
    std::string bytes;
    for (const Batch& batch : batches_) {
      if (batch.last < position || bytes.size() >= max_bytes) continue;
      bytes += batch.bytes;
    }
    const Batch* first = nullptr;
    for (const Batch& batch : batches_) {
      if (batch.last >= position && first == nullptr) first = &batch;
    }
    if (first != nullptr)
      bytes.resize(std::min(bytes.size(), std::max(max_bytes, first->bytes.size())));
    return bytes;
  }
  std::int64_t end() const { return end_; }

 private:
  static constexpr std::size_t kLeaderEpochAt = 12;
  struct Batch {
    std::int64_t base;
    std::int64_t last;
    std::string bytes;
  };
  std::vector<Batch> batches_;
  std::int64_t end_ = 0;
};

}  // namespace weir::kafka
