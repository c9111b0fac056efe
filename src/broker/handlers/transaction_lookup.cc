#include "broker/handlers/transaction_lookup.h"

namespace weir::broker {

namespace code = wire::kafka_code;

std::int16_t check_transactional_id(const Call& call, std::string_view id) {
  if (const auto error = call.node.take_error_on_demand()) return error;
  if (id.empty()) return code::kInvalidRequest;
  const bool is_ours = call.node.cluster().coordinator_of(id).id == call.node.id();
  return is_ours ? code::kNone : code::kNotCoordinator;
}

std::int16_t abortable_since(const Call& call, std::int16_t since, std::int16_t error) {
  if (error == code::kTransactionAbortable && call.version() < since) return code::kInvalidTxnState;
  return error;
}

std::int16_t fenced_since(const Call& call, std::int16_t since, std::int16_t error) {
  if (error == code::kProducerFenced && call.version() < since) return code::kInvalidProducerEpoch;
  return error;
}

}  // namespace weir::broker
