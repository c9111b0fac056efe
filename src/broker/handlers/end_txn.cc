// EndTxn: commits or aborts a producer's transaction.
//
// When it is answered, all partitions and groups know the end, unless one of them could not be
// told: then the producer's next request is CONCURRENT_TRANSACTIONS until they do. Since version 5
// an end raises the producer's epoch, and the answer has its new identity. An old epoch is
// PRODUCER_FENCED since version 2, INVALID_PRODUCER_EPOCH before.
#include "broker/handlers/transaction_lookup.h"

namespace weir::broker {

void handle(const Call& call, const wire::EndTxnRequest& request) {
  namespace code = wire::kafka_code;
  constexpr std::int16_t kProducerFencedSince = 2;
  constexpr std::int16_t kRaisesEpochSince = 5;
  wire::EndTxnResponse response;
  response.error_code = check_transactional_id(call, request.transactional_id);
  if (response.error_code == code::kNone) {
    const auto how = request.committed ? wire::ControlType::kCommit : wire::ControlType::kAbort;
    const auto ended = call.node.cluster().transactions().end(
        request.transactional_id, {request.producer_id, request.producer_epoch}, how,
        call.version() >= kRaisesEpochSince);
    response = {0, ended.error, ended.producer.id, ended.producer.epoch};
  }
  response.error_code = fenced_since(call, kProducerFencedSince, response.error_code);
  call.reply.send(response);
}

}  // namespace weir::broker
