// InitProducerId: an identity for an idempotent producer.
//
// Each producer gets an id that nobody had before, with epoch 0; also one that gives the id it had:
// only transactions go on with theirs (see TransactionCoordinator::init(); PRODUCER_FENCED is
// INVALID_PRODUCER_EPOCH before version 4). Where the id cannot be written to disk, it is
// COORDINATOR_LOAD_IN_PROGRESS, as in Kafka when no ids are left: older clients give up on anything
// else.
#include "broker/handlers/transaction_lookup.h"

namespace weir::broker {

namespace {

using Request = wire::InitProducerIdRequest;
using Answer = wire::InitProducerIdResponse;
namespace code = wire::kafka_code;

constexpr std::int16_t kProducerFencedSince = 4;

Answer refused(std::int16_t error) {
  Answer answer;
  answer.error_code = error;
  answer.producer_epoch = -1;
  return answer;
}

Answer init_idempotent(const Call& call) {
  Answer answer;
  const auto id = call.node.cluster().next_producer_id();
  if (!id.ok()) return refused(code::kCoordinatorLoadInProgress);
  answer.producer_id = *id;
  return answer;
}

Answer init_transactional(const Call& call, const Request& request) {
  const std::string_view id = *request.transactional_id;
  if (const auto error = check_transactional_id(call, id)) return refused(error);
  const bool is_half = (request.producer_id < 0) != (request.producer_epoch < 0);
  if (is_half) return refused(code::kInvalidRequest);
  const auto given = call.node.cluster().transactions().init(
      id, request.transaction_timeout_ms, {request.producer_id, request.producer_epoch});
  if (given.error != code::kNone) {
    return refused(fenced_since(call, kProducerFencedSince, given.error));
  }
  Answer answer;
  answer.producer_id = given.producer.id;
  answer.producer_epoch = given.producer.epoch;
  return answer;
}

}  // namespace

void handle(const Call& call, const Request& request) {
  call.reply.send(request.transactional_id ? init_transactional(call, request)
                                           : init_idempotent(call));
}

}  // namespace weir::broker
