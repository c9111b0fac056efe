#include "kafka/coordinator.h"

#include <utility>

#include "base/log.h"
#include "wire/error_codes.h"

namespace weir::kafka {

namespace {

/// The one coordinator that was asked for, in the form of the newer versions.
wire::FindCoordinatorResponse::Coordinator only_one(const wire::FindCoordinatorResponse& answer,
                                                    std::int16_t version) {
  if (version < 4) {
    return {"", answer.node_id, answer.host, answer.port, answer.error_code, answer.error_message};
  }
  if (answer.coordinators.size() == 1) return answer.coordinators.front();
  wire::FindCoordinatorResponse::Coordinator none;
  none.error_code = wire::kafka_code::kCoordinatorNotAvailable;
  return none;
}

wire::FindCoordinatorRequest find_request(const std::string& key, CoordinatorOf what) {
  wire::FindCoordinatorRequest request;
  request.key = key;
  request.key_type = static_cast<std::int8_t>(what);
  request.coordinator_keys = {key};
  return request;
}

}  // namespace

Coordinator::Coordinator(ClientContext& context, Metadata& metadata, std::string key,
                         CoordinatorOf what)
    : context_(context),
      metadata_(metadata),
      key_(std::move(key)),
      what_(what),
      next_lookup_(context.loop.now()),
      backoff_(context.options.retry_backoff, context.options.reconnect_backoff_max,
               context.options.seed + std::hash<std::string>()(key_)),
      subscription_(metadata.subscribe([this](const auto& outcome) { on_metadata(outcome); })) {}

std::string Coordinator::subject() const {
  return concat(what_ == CoordinatorOf::kGroup ? "group '" : "transactional id '", key_, "'");
}

bool Coordinator::disowned(std::int16_t code) {
  switch (code) {
    case wire::kafka_code::kCoordinatorLoadInProgress:
    case wire::kafka_code::kCoordinatorNotAvailable:
    case wire::kafka_code::kNotCoordinator:
      forget();
      return true;
    default:
      backoff_.reset();
      return false;
  }
}

void Coordinator::submit(Lane lane, Attempt attempt) {
  if (found_) return attempt(&channel(lane));
  waiting_.push_back({lane, std::move(attempt)});
  look_up_soon();
}

void Coordinator::forget() {
  if (!found_) return;
  found_ = false;
  next_lookup_ = context_.loop.now() + backoff_.next();
}

void Coordinator::look_up_soon() {
  if (finder_ || needs_brokers_) return;
  timer_ = context_.loop.call_at(next_lookup_, [this] { look_up(); });
}

void Coordinator::look_up() {
  const auto& brokers = metadata_.brokers();
  needs_brokers_ = brokers.empty();
  if (needs_brokers_) return;
  auto whom = brokers.lower_bound(ask_from_);
  if (whom == brokers.end()) whom = brokers.begin();
  const auto& [node, broker] = *whom;
  ask_from_ = node;
  finder_ = std::make_unique<Channel>(context_, broker.endpoint,
                                      concat("broker ", node, " at ", broker.endpoint));
  finder_->call<wire::FindCoordinatorRequest>(
      [this](std::int16_t) { return find_request(key_, what_); }, context_.options.request_timeout,
      [this](const auto& answer) { on_found(answer); });
}

void Coordinator::on_metadata(const Result<void>& outcome) {
  if (!needs_brokers_) return;
  needs_brokers_ = false;
  if (outcome.ok()) return look_up();
  fail(outcome.error());
}

void Coordinator::on_found(const Result<Answer<wire::FindCoordinatorResponse>>& answer) {
  const std::unique_ptr<Channel> finder = std::move(finder_);
  if (!answer.ok()) {
    ++ask_from_;
    metadata_.refresh();
    return fail(answer.error());
  }
  const auto told = only_one(answer->message, answer->version);
  if (told.error_code != 0) {
    return fail(wire::kafka_error(told.error_code, concat("finding the coordinator of ", subject()),
                                  told.error_message.value_or("")));
  }
  settle(told.node_id, {std::string(told.host), static_cast<std::uint16_t>(told.port)});
}

void Coordinator::settle(NodeId node, net::Endpoint endpoint) {
  found_ = true;
  ++finds_;
  if (!plain_ || plain_->endpoint() != endpoint) {
    const std::string peer =
        concat("broker ", node, " at ", endpoint, " (coordinator of ", subject(), ")");
    std::unique_ptr<Channel> old[] = {std::move(join_), std::move(plain_)};
    join_ = std::make_unique<Channel>(context_, endpoint, peer);
    plain_ = std::make_unique<Channel>(context_, endpoint, peer);
    const std::weak_ptr<Coordinator*> alive = self_;
    for (auto& channel : old) {
      if (channel) retire(std::move(channel));
      if (alive.expired()) return;
    }
  }
  flush();
}

void Coordinator::retire(std::unique_ptr<Channel> channel) {
  std::erase_if(retired_, [](const auto& old) { return old->in_flight() == 0; });
  Channel& old = *channel;
  retired_.push_back(std::move(channel));
  old.reset(
      Error(ErrorCode::kUnavailable, concat(subject(), " has another coordinator")).as_retriable());
}

void Coordinator::flush() {
  for (Waiting& call : std::exchange(waiting_, {})) call.attempt(&channel(call.lane));
}

void Coordinator::fail(const Error& error) {
  next_lookup_ = context_.loop.now() + backoff_.next();
  const std::weak_ptr<Coordinator*> alive = self_;
  const Error why = error;
  for (Waiting& call : std::exchange(waiting_, {})) {
    call.attempt(why);
    if (alive.expired()) return;
  }
}

}  // namespace weir::kafka
