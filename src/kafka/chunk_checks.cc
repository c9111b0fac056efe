#include "kafka/chunk_checks.h"

#include "base/log.h"
#include "wire/record_batch.h"

namespace weir::kafka {

Result<BatchExtent> measure_batches(std::string_view fetched, LogPosition position) {
  wire::RecordBatchCursor cursor(fetched);
  BatchExtent extent{fetched.substr(0, 0), position};
  for (;;) {
    WEIR_ASSIGN_OR_RETURN(const auto batch, cursor.next());
    if (!batch) return extent;
    const Offset last{batch->header.last_offset()};
    if (last < extent.until.offset) {
      return Error(ErrorCode::kCorrupt,
                   concat("a record batch that ends at offset ", last.value, " where one at ",
                          extent.until.offset.value, " is due"));
    }
    extent.until = {last.next(), batch->header.leader_epoch};
    extent.batches = fetched.substr(0, fetched.size() - cursor.rest().size());
  }
}

Result<void> verify_batches(std::string_view batches) {
  wire::RecordBatchCursor cursor(batches);
  for (;;) {
    WEIR_ASSIGN_OR_RETURN(const auto batch, cursor.next());
    if (!batch) return {};
    if (auto verified = wire::verify_crc(*batch); !verified.ok()) {
      return std::move(verified).error().with_context(
          concat("record batch at offset ", batch->header.base_offset));
    }
  }
}

}  // namespace weir::kafka
