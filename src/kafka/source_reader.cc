#include "kafka/source_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"
#include "wire/record_batch.h"

namespace weir::kafka {

namespace {

// A piece is a task's worth where batches allow it.
constexpr std::size_t kPieceBytes = std::size_t{512} << 10;

// A record batch that unpacks to more is taken for an attack.
constexpr std::size_t kMostDecompressed = std::size_t{256} << 20;

/// Cuts a chunk into pieces at the ends of its record batches.
std::vector<plan::Piece> pieces_of(const FetchedChunk& chunk) {
  std::vector<plan::Piece> pieces;
  plan::Piece piece{chunk.from, chunk.from, 0, 0};
  const auto end_piece = [&](Offset until) {
    piece.until = until;
    piece.records = until.value - piece.from.value;
    pieces.push_back(piece);
    piece = {until, until, 0, 0};
  };
  wire::RecordBatchCursor cursor(chunk.batches);
  for (auto batch = cursor.next(); batch.ok() && *batch; batch = cursor.next()) {
    piece.bytes += (*batch)->bytes.size();
    const Offset next = Offset{(*batch)->header.last_offset()}.next();
    if (next >= chunk.until) break;
    if (piece.bytes >= kPieceBytes) end_piece(next);
  }
  if (piece.from < chunk.until) end_piece(chunk.until);
  return pieces;
}

void add_epochs(const FetchedChunk& chunk, ReadReport& report) {
  std::int32_t epoch = chunk.from_epoch;
  if (epoch == chunk.until_epoch) return;  // as nearly always
  wire::RecordBatchCursor cursor(chunk.batches);
  for (auto batch = cursor.next(); batch.ok() && *batch; batch = cursor.next()) {
    const wire::RecordBatchHeader& header = (*batch)->header;
    if (header.leader_epoch == epoch) continue;
    epoch = header.leader_epoch;
    report.epochs.emplace_back(std::max(Offset{header.base_offset}, chunk.from), epoch);
  }
}

}  // namespace

/// Reads the records of one slice out of chunks.
class SourceReader::Reading {
 public:
  Reading(SourceReader& owner, const plan::Slice& slice, TaskContext& context, Sink<Record>& into)
      : owner_(owner), slice_(slice), context_(context), into_(into) {}

  Result<void> read(const FetchedChunk& chunk) {
    wire::RecordBatchCursor cursor(chunk.batches);
    AbortedFilter aborted(chunk.aborted);
    while (true) {
      auto batch = cursor.next();
      if (!batch.ok()) return in_context(std::move(batch).error(), chunk.from.value);
      if (!*batch) return {};
      const wire::RecordBatchHeader& header = (*batch)->header;
      if (header.base_offset >= slice_.until.value) return {};
      if (!chunk.aborted.empty() && aborted.drops(**batch)) continue;
      if (header.last_offset() < slice_.from.value || header.control()) continue;
      if (Result<void> read = read_batch(**batch); !read.ok()) {
        return in_context(std::move(read).error(), header.base_offset);
      }
    }
  }

 private:
  Result<void> read_batch(const wire::RecordBatchView& batch) {
    std::string_view payload = batch.payload();
    if (batch.header.compression() != wire::Compression::kNone) {
      WEIR_ASSIGN_OR_RETURN(
          payload, wire::decompressed_payload(batch, owner_.next_scratch(), kMostDecompressed));
    }
    return wire::for_each_record(batch.header, payload,
                                 [this](const wire::RecordView& view) { push(view); });
  }

  void push(const wire::RecordView& view) {
    if (view.offset < slice_.from.value || view.offset >= slice_.until.value) return;
    Record record;
    record.key = view.key;
    record.value = view.value;
    record.headers = view.headers;
    record.header_count = view.header_count;
    record.has_key = view.has_key;
    record.has_value = view.has_value;
    record.offset = Offset{view.offset};
    record.timestamp = WallTime{view.timestamp};
    record.origin = slice_.origin;
    context_.record_time = record.timestamp;
    into_.push(std::move(record));
  }

  Error in_context(Error error, std::int64_t offset) const {
    return std::move(error).with_context(concat("reading topic ", slice_.origin->topic,
                                                ", partition ", slice_.origin->partition.value,
                                                ", offset ", offset));
  }

  SourceReader& owner_;
  const plan::Slice& slice_;
  TaskContext& context_;
  Sink<Record>& into_;
};

SourceReader::SourceReader(net::Loop& loop, ClientOptions client, FetchOptions fetch, Log log,
                           Reports reports)
    : context_{loop, std::move(client), BufferPool{fetch.read_ahead_bytes}, std::move(log)},
      reports_(std::move(reports)),
      metadata_(context_),
      fetcher_(context_, metadata_, fetch, *this) {}

void SourceReader::assign(const std::vector<ReadOrder>& orders) {
  for (const ReadOrder& order : orders) {
    if (order.end && order.position.offset >= *order.end) continue;
    const TopicPartition name{order.origin->topic, order.origin->partition};
    partitions_[order.origin] = {order.id, order.end, {}};
    origins_[name] = order.origin;
    fetcher_.assign(name, order.position);
  }
}

void SourceReader::remove(const RecordOrigin* origin) {
  const TopicPartition name{origin->topic, origin->partition};
  fetcher_.remove(name);
  partitions_.erase(origin);
  origins_.erase(name);
}

void SourceReader::release(const RecordOrigin* origin, Offset until) {
  const auto at = partitions_.find(origin);
  if (at == partitions_.end()) return;
  std::deque<FetchedChunk>& chunks = at->second.chunks;
  while (!chunks.empty() && chunks.front().until <= until) chunks.pop_front();
}

Result<void> SourceReader::read(const plan::Slice& slice, TaskContext& context,
                                Sink<Record>& into) {
  scratch_used_ = 0;
  Reading reading(*this, slice, context, into);
  for (const FetchedChunk& chunk : partitions_.at(slice.origin).chunks) {
    if (chunk.until <= slice.from) continue;
    if (chunk.from >= slice.until) break;
    WEIR_RETURN_IF_ERROR(reading.read(chunk));
  }
  return {};
}

std::string& SourceReader::next_scratch() {
  if (scratch_used_ == scratch_.size()) scratch_.emplace_back();
  return scratch_[scratch_used_++];
}

void SourceReader::on_chunk(FetchedChunk chunk) {
  Partition& partition = find(chunk.source);
  if (partition.end && chunk.until >= *partition.end) {
    chunk.until = *partition.end;
    fetcher_.remove(chunk.source);
  }
  ReadReport& report = report_on(partition);
  report.high_watermark = chunk.high_watermark;
  for (const plan::Piece& piece : pieces_of(chunk)) report.pieces.push_back(piece);
  add_epochs(chunk, report);
  partition.chunks.push_back(std::move(chunk));
}

void SourceReader::on_out_of_range(const TopicPartition& partition, Offset position) {
  report_on(find(partition)).out_of_range = position;
}

void SourceReader::on_cut_off(const TopicPartition& partition, Offset position,
                              LogPosition common) {
  ReadReport& report = report_on(find(partition));
  report.out_of_range = position;
  report.common = common;
}

void SourceReader::on_failure(const TopicPartition&, const Error& error) {
  reports_.on_failure(error);
}

/// Returns the report to add to; it goes with the loop's next turn, with others of this turn.
ReadReport& SourceReader::report_on(const Partition& partition) {
  if (unreported_.empty()) {
    context_.loop.post([this, self = std::weak_ptr(self_)] {
      if (self.expired()) return;
      std::vector<ReadReport> reports;
      for (auto& [id, report] : std::exchange(unreported_, {})) {
        reports.push_back(std::move(report));
      }
      reports_.on_read(std::move(reports));
    });
  }
  ReadReport& report = unreported_[partition.id];
  report.id = partition.id;
  return report;
}

}  // namespace weir::kafka
