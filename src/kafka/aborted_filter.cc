#include "kafka/aborted_filter.h"

namespace weir::kafka {

bool AbortedFilter::drops(const wire::RecordBatchView& batch) {
  if (!batch.header.transactional()) return false;
  const Offset last{batch.header.last_offset()};
  for (; begun_ < rest_.size() && rest_[begun_].first <= last; ++begun_) {
    producers_.insert(rest_[begun_].producer_id);
  }
  if (!producers_.contains(batch.header.producer_id)) return false;
  if (wire::control_type(batch) != wire::ControlType::kAbort) return true;
  producers_.erase(batch.header.producer_id);
  return false;  // it is no record of anyone's
}

}  // namespace weir::kafka
