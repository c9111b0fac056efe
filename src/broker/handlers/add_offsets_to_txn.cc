// AddOffsetsToTxn: a group whose offsets a producer is about to commit in its transaction.
//
// Begins the transaction where none is open. An old epoch is PRODUCER_FENCED since version 2,
// INVALID_PRODUCER_EPOCH before.
#include "broker/handlers/transaction_lookup.h"

namespace weir::broker {

void handle(const Call& call, const wire::AddOffsetsToTxnRequest& request) {
  namespace code = wire::kafka_code;
  constexpr std::int16_t kProducerFencedSince = 2;
  wire::AddOffsetsToTxnResponse response;
  response.error_code = check_transactional_id(call, request.transactional_id);
  if (response.error_code == code::kNone) {
    response.error_code = call.node.cluster().transactions().add_group(
        request.transactional_id, {request.producer_id, request.producer_epoch}, request.group_id);
  }
  response.error_code = fenced_since(call, kProducerFencedSince, response.error_code);
  call.reply.send(response);
}

}  // namespace weir::broker
