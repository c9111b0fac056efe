#include "base/log.h"
#include "weir/record_operators.h"

namespace weir::detail {

namespace {

std::string place_of(const Record& record) {
  return concat("topic ", record.origin->topic, ", partition ", record.origin->partition.value,
                ", offset ", record.offset.value);
}

void write_dead_letter(RecordWriter& writer, const Record& record, std::string_view reason) {
  const std::string partition = std::to_string(record.origin->partition.value);
  const std::string offset = std::to_string(record.offset.value);
  const HeaderView headers[] = {{"weir.topic", record.origin->topic},
                                {"weir.partition", partition},
                                {"weir.offset", offset},
                                {"weir.reason", reason}};
  RecordWriter::Envelope envelope;
  envelope.timestamp = record.timestamp;
  envelope.headers = headers;
  if (record.has_key) envelope.key = record.key;
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
