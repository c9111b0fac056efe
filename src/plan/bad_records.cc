#include <vector>

#include "base/log.h"
#include "weir/record_operators.h"
#include "wire/record_batch.h"

namespace weir::detail {

namespace {

std::string place_of(const Record& record) {
  return concat("topic ", record.origin->topic, ", partition ", record.origin->partition.value,
                ", offset ", record.offset.value);
}

/// The record's own headers, as far as they can be read.
std::vector<HeaderView> headers_of(const Record& record) {
  std::vector<HeaderView> headers;
  wire::Reader reader(record.headers);
  for (std::int32_t left = record.header_count; left > 0; --left) {
    const wire::RecordHeader header = wire::read_record_header(reader);
    if (!reader.ok()) break;
    headers.push_back({header.key, header.value, header.has_value});
  }
  return headers;
}

void write_dead_letter(RecordWriter& writer, const Record& record, std::string_view reason) {
  const std::string partition = std::to_string(record.origin->partition.value);
  const std::string offset = std::to_string(record.offset.value);
  std::vector<HeaderView> headers = headers_of(record);
  headers.push_back({"weir.topic", record.origin->topic});
  headers.push_back({"weir.partition", partition});
  headers.push_back({"weir.offset", offset});
  headers.push_back({"weir.reason", reason});
  RecordWriter::Envelope envelope;
  envelope.timestamp = record.timestamp;
  envelope.headers = headers;
  if (record.has_key) envelope.key = record.key;
  envelope.has_value = record.has_value;
  char* at = writer.append(envelope, record.value.size());
  std::copy(record.value.begin(), record.value.end(), at);
}

}  // namespace

void handle_bad_record(const BadRecords& policy, std::optional<OutputIndex> dead_letters,
                       const Record& record, std::string_view reason, TaskContext& context) {
  if (policy.action == BadRecords::Action::kFail) {
    throw TaskError(Error(
        ErrorCode::kCorrupt,
        concat(
            "the record at ", place_of(record), " cannot be decoded: ", reason,
            ". Set .bad_records to BadRecords::skip() or BadRecords::dead_letter(topic) to go on "
            "past such records")));
  }
  context.count_skipped();
  if (dead_letters) write_dead_letter(context.writer(*dead_letters), record, reason);
}

}  // namespace weir::detail
