// Record batches with all that is in them, from bytes that anyone may send or store. Checksums are
// computed but not insisted on, or nothing behind them would ever be read.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "wire/record_batch.h"

namespace weir::wire {
namespace {

constexpr std::size_t kLimit = 1 << 20;

void read_records(const RecordBatchView& batch, std::string_view payload) {
  std::int32_t count = 0;
  const auto result = for_each_record(batch.header, payload, [&](const RecordView& record) {
    ++count;
    (void)control_type(record);
    Reader headers(record.headers);
    for (std::int32_t i = 0; i < record.header_count && headers.ok(); ++i) {
      read_record_header(headers);
    }
  });
  WEIR_CHECK(!result || count == batch.header.record_count, "all records or an error");
}

void read_log(std::string_view log) {
  std::string scratch;
  RecordBatchCursor cursor(log);
  while (true) {
    const auto batch = cursor.next();
    if (!batch || !*batch) return;
    (void)verify_crc(**batch);
    (void)control_type(**batch);
    const auto payload = decompressed_payload(**batch, scratch, kLimit);
    WEIR_CHECK(scratch.size() <= kLimit + 1 + 32 * log.size(), "the limit holds");
    if (payload) read_records(**batch, *payload);
  }
}

}  // namespace
}  // namespace weir::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  weir::wire::read_log({reinterpret_cast<const char*>(data), size});
  return 0;
}
