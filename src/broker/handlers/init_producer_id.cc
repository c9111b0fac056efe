// InitProducerId: an identity for an idempotent producer.
//
// Each producer gets an id that nobody had before, with epoch 0; also one that gives the id it had:
// only transactions go on with theirs. Where the id cannot be written to disk, it is
// COORDINATOR_LOAD_IN_PROGRESS, as in Kafka when no ids are left: older clients give up on anything
// else. There are no transactions here: a transactional id is answered by UNSUPPORTED_VERSION.
#include "broker/handlers/handlers.h"
#include "broker/node.h"
#include "wire/error_codes.h"

namespace weir::broker {

void handle(const Call& call, const wire::InitProducerIdRequest& request) {
  wire::InitProducerIdResponse response;
  if (request.transactional_id) {
    response.error_code = wire::kafka_code::kUnsupportedVersion;
    response.producer_epoch = -1;
    return call.reply.send(response);
  }
  const auto id = call.node.cluster().next_producer_id();
  if (id.ok()) {
    response.producer_id = *id;
  } else {
    response.error_code = wire::kafka_code::kCoordinatorLoadInProgress;
    response.producer_epoch = -1;
  }
  call.reply.send(response);
}

}  // namespace weir::broker
