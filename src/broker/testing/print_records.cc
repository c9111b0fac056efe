#include "broker/testing/print_records.h"

#include <cstddef>
#include <string_view>

#include "base/check.h"
#include "base/log.h"
#include "wire/record_batch.h"

namespace weir::broker {

namespace {

constexpr std::size_t kLargestShown = 64 << 20;

std::string printed_batch(const wire::RecordBatchView& batch) {
  if (const auto marker = wire::control_type(batch)) {
    return concat("{offset=", batch.header.base_offset, ", epoch=", batch.header.leader_epoch,
                  ", end=", *marker == wire::ControlType::kCommit ? "commit}" : "abort}");
  }
  std::string scratch, printed;
  const auto payload = wire::decompressed_payload(batch, scratch, kLargestShown);
  if (!payload.ok()) return payload.error().message();
  const auto read =
      wire::for_each_record(batch.header, *payload, [&](const wire::RecordView& record) {
        printed += concat(printed.empty() ? "" : ", ", "{offset=", record.offset,
                          ", epoch=", batch.header.leader_epoch, ", timestamp=", record.timestamp,
                          ", value=\"", record.value, "\"}");
      });
  return read.ok() ? printed : read.error().message();
}

std::string printed_batches(std::string_view log) {
  wire::RecordBatchCursor cursor(log);
  std::string printed;
  while (true) {
    const auto batch = cursor.next();
    if (!batch.ok()) return batch.error().message();
    if (!*batch) break;
    printed += (printed.empty() ? "" : ", ") + printed_batch(**batch);
  }
  return concat("[", printed, "]");
}

}  // namespace

void print_records(const wire::FetchResponse& response, std::string& printed) {
  constexpr std::string_view kField = "records=";
  std::size_t at = 0;
  for (const auto& topic : response.responses) {
    for (const auto& partition : topic.partitions) {
      at = printed.find("records=<", at);
      WEIR_CHECK(at != std::string::npos, "every partition's records are printed");
      at += kField.size();
      const std::string records = printed_batches(partition.records.view);
      printed.replace(at, printed.find('>', at) + 1 - at, records);
      at += records.size();
    }
  }
}

}  // namespace weir::broker
