// InitProducerId: an identity for an idempotent producer.
//
// A producer without an id gets one that nobody had before, with epoch 0. A producer that gives its
// id and epoch (since version 3) gets the next epoch of its id; or a new id when epochs have run
// out. Where that cannot be written to disk, it is COORDINATOR_LOAD_IN_PROGRESS, as in Kafka when
// no ids are left: older clients give up on anything else. There are no transactions here: a
// transactional id is answered by UNSUPPORTED_VERSION.
#include <limits>

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
  const bool epochs_are_left =
      request.producer_epoch < std::numeric_limits<std::int16_t>::max() - 1;
  if (request.producer_id >= 0 && request.producer_epoch >= 0 && epochs_are_left) {
    response.producer_id = request.producer_id;
    response.producer_epoch = static_cast<std::int16_t>(request.producer_epoch + 1);
  } else {
    const auto id = call.node.cluster().next_producer_id();
    if (id.ok()) {
      response.producer_id = *id;
    } else {
      response.error_code = wire::kafka_code::kCoordinatorLoadInProgress;
      response.producer_epoch = -1;
    }
  }
  call.reply.send(response);
}

}  // namespace weir::broker
