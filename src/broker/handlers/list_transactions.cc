// ListTransactions: the transactional ids that this node looks after.
//
// By state, by producer id, and since version 1 by how long a transaction has been open. A state
// that there is not is listed as unknown. Since version 2 by a pattern for the whole id (see
// IdPattern); one that is none is INVALID_REGULAR_EXPRESSION.
#include <algorithm>
#include <array>

#include "broker/handlers/transaction_lookup.h"
#include "broker/id_pattern.h"

namespace weir::broker {

namespace {

namespace code = wire::kafka_code;
using enum TransactionState;

constexpr std::array kStates = {kEmpty,        kOngoing,        kPrepareCommit,
                                kPrepareAbort, kCompleteCommit, kCompleteAbort};

bool is_state(std::string_view name) {
  return std::any_of(kStates.begin(), kStates.end(),
                     [&](TransactionState state) { return to_string(state) == name; });
}

template <class Values, class Value>
bool passes(const Values& filter, const Value& value) {
  return filter.empty() || std::find(filter.begin(), filter.end(), value) != filter.end();
}

bool is_asked_for(const Call& call, const wire::ListTransactionsRequest& request,
                  const Transaction& transaction) {
  if (call.node.cluster().coordinator_of(transaction.id).id != call.node.id()) return false;
  if (!passes(request.state_filters, to_string(transaction.state))) return false;
  if (!passes(request.producer_id_filters, transaction.producer.id)) return false;
  if (request.duration_filter < 0) return true;
  const std::int64_t now = call.node.loop().clock().wall().millis;
  return transaction.started.millis >= 0 &&
         now - transaction.started.millis > request.duration_filter;
}

}  // namespace

void handle(const Call& call, const wire::ListTransactionsRequest& request) {
  wire::ListTransactionsResponse response;
  const std::string_view text = request.transactional_id_pattern.value_or("");
  const auto pattern = IdPattern::compile(text);
  if (!pattern.ok()) {
    response.error_code = code::kInvalidRegularExpression;
    return call.reply.send(response);
  }
  for (std::string_view state : request.state_filters) {
    if (!is_state(state)) response.unknown_state_filters.push_back(state);
  }
  const bool only_unknown = !request.state_filters.empty() &&
                            response.unknown_state_filters.size() == request.state_filters.size();
  if (!only_unknown) {
    call.node.cluster().transactions().for_each([&](const Transaction& transaction) {
      if (!is_asked_for(call, request, transaction)) return;
      if (!text.empty() && !pattern->matches(transaction.id)) return;
      response.transaction_states.push_back(
          {transaction.id, transaction.producer.id, to_string(transaction.state)});
    });
  }
  call.reply.send(response);
}

}  // namespace weir::broker
