#include "kafka/group_member.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "kafka/group_messages.h"
#include "wire/error_codes.h"

namespace weir::kafka {

namespace {

using Lane = Coordinator::Lane;

/// How long leaving may keep a process from ending.
constexpr Duration kLongestLeave = std::chrono::seconds(5);

/// The version of JoinGroup that brings static members.
constexpr std::int16_t kFirstWithInstances = 5;

}  // namespace

GroupMember::GroupMember(ClientContext& context, Metadata& metadata, Coordinator& coordinator,
                         MemberOptions options, Owner& owner)
    : context_(context),
      metadata_(metadata),
      coordinator_(coordinator),
      options_(std::move(options)),
      owner_(owner),
      leadership_(metadata),
      metadata_subscription_(
          metadata.subscribe([this](const auto& outcome) { on_metadata(outcome); })) {
  generation_.instance_id = options_.instance_id;
}

template <class Request, class Handler>
void GroupMember::call(Lane lane, std::function<Request(std::int16_t)> make, Duration timeout,
                       Handler handle) {
  using Reply = Result<Answer<typename Request::Response>>;
  coordinator_.call<Request>(lane, std::move(make), timeout,
                             [this, round = round_, handle](const Reply& reply) {
                               if (round == round_) handle(reply);
                             });
}

void GroupMember::start() {
  for (const std::string& topic : options_.topics) metadata_.add_topic(topic);
  join();
}

bool GroupMember::leaves_at_stop() const {
  if (generation_.member_id.empty() || state_ == State::kEnded) return false;
  if (options_.at_stop == AtStop::kDefault) return !options_.instance_id;
  return options_.at_stop == AtStop::kLeave;
}

void GroupMember::stop(std::function<void()> done) {
  const bool leaves = leaves_at_stop();
  end();
  const auto finish = [this, done = std::move(done), round = round_] {
    if (round != round_) return;
    ++round_;
    pause_timer_.cancel();
    done();
  };
  pause_timer_ = context_.loop.call_after(leaves ? kLongestLeave : Duration::zero(), finish);
  if (!leaves) return;
  coordinator_.call<wire::LeaveGroupRequest>(
      Lane::kPlain,
      [this](std::int16_t) { return leave_request(coordinator_.group(), generation_); },
      kLongestLeave, [finish](const auto&) { finish(); });
}

// Joining.

void GroupMember::join() {
  end_round();
  state_ = State::kJoining;
  subscription_ = encode_subscription(options_.topics, last_generation_, options_.assignor);
  call<wire::JoinGroupRequest>(
      Lane::kJoin, [this](std::int16_t) { return join_request(); },
      options_.rebalance_timeout + context_.options.request_timeout,
      [this](const auto& answer) { on_join(answer); });
}

void GroupMember::join_after_pause() {
  end_round();
  state_ = State::kJoining;
  pause_timer_ = context_.loop.call_after(context_.options.retry_backoff, [this] { join(); });
}

wire::JoinGroupRequest GroupMember::join_request() const {
  wire::JoinGroupRequest request;
  request.group_id = coordinator_.group();
  request.session_timeout_ms = in_millis(options_.session_timeout);
  request.rebalance_timeout_ms = in_millis(options_.rebalance_timeout);
  request.member_id = generation_.member_id;
  request.group_instance_id = options_.instance_id;
  request.protocol_type = kConsumerGroup;
  request.protocols.push_back({protocol_name(options_.assignor), {subscription_}});
  return request;
}

void GroupMember::on_join(const Result<Answer<wire::JoinGroupResponse>>& answer) {
  if (!answer.ok()) return on_unanswered(answer.error());
  if (options_.instance_id && answer->version < kFirstWithInstances) {
    return fail(Error(ErrorCode::kUnsupported,
                      concat("the coordinator of group '", coordinator_.group(),
                             "' is too old for static members; leave .instance out, or use Kafka "
                             "2.3 or newer (4.x is tested)")));
  }
  const auto& message = answer->message;
  if (message.error_code == wire::kafka_code::kMemberIdRequired) {
    generation_.member_id = message.member_id;
    return join();
  }
  coordinator_.disowned(message.error_code);
  if (message.error_code == 0) return on_joined(message);
  on_refused(message.error_code, "JoinGroup");
}

void GroupMember::on_unanswered(const Error& error) {
  if (!may_pass(error)) return fail_unanswered(error);
  join_after_pause();
  tell_trouble(error.message());
}

void GroupMember::on_refused(std::int16_t code, std::string_view api) {
  switch (reaction_to(code)) {
    case Reaction::kFail:
      return fail(membership_error(code, api, coordinator_.group(), options_));
    case Reaction::kGoOn:
      return;
    case Reaction::kGiveUp:
      return state_ == State::kSyncing ? join() : join_after_pause();
    case Reaction::kJoinAsNew:
      generation_.member_id.clear();
      return join_after_pause();
    case Reaction::kJoinAgain:
      return join_after_pause();
    case Reaction::kTryAgain:
      join_after_pause();
      tell_trouble(membership_error(code, api, coordinator_.group(), options_).message());
  }
}

void GroupMember::on_joined(const wire::JoinGroupResponse& answer) {
  generation_.id = answer.generation_id;
  generation_.member_id = answer.member_id;
  last_generation_ = answer.generation_id;
  heard_at(context_.loop.now());
  beat_at(context_.loop.now() + heartbeat_interval());
  leadership_.end();
  if (answer.leader != answer.member_id) return sync({});
  if (const Result<void> leads = leadership_.begin(answer); !leads.ok()) {
    return fail(Error(leads.error())
                    .with_context(concat("group '", coordinator_.group(),
                                         "' has a member that is no consumer")));
  }
  state_ = State::kAssigning;
  assign_when_topics_are_known();
}

// Leading.

void GroupMember::on_metadata(const Result<void>& outcome) {
  if (state_ != State::kAssigning) return;
  if (outcome.ok()) return assign_when_topics_are_known();
  tell_trouble(outcome.error().message());
}

void GroupMember::assign_when_topics_are_known() {
  if (!leadership_.knows_topics()) return;
  const GroupAssignment assignment = leadership_.assign(options_.assignor);
  sync(leadership_.keeps_assignment() ? EncodedAssignments() : encode_assignments(assignment));
}

// Syncing.

void GroupMember::sync(EncodedAssignments assignments) {
  state_ = State::kSyncing;
  call<wire::SyncGroupRequest>(
      Lane::kJoin,
      [this, assignments = std::move(assignments)](std::int16_t) {
        return sync_request(coordinator_.group(), generation_, protocol_name(options_.assignor),
                            assignments);
      },
      options_.rebalance_timeout + context_.options.request_timeout,
      [this](const auto& answer) { on_sync(answer); });
}

void GroupMember::on_sync(const Result<Answer<wire::SyncGroupResponse>>& answer) {
  if (!answer.ok()) return on_unanswered(answer.error());
  const auto& message = answer->message;
  coordinator_.disowned(message.error_code);
  if (message.error_code != 0) return on_refused(message.error_code, "SyncGroup");
  auto partitions = read_partitions(message.assignment.view);
  if (!partitions.ok()) {
    return fail(std::move(partitions)
                    .error()
                    .with_context(concat("the leader of group '", coordinator_.group(),
                                         "' sent an assignment that no "
                                         "consumer understands")));
  }
  state_ = State::kStable;
  owns_ = true;
  tell_trouble("");
  owner_.on_assigned(generation_, *partitions);
}

// Staying alive.

Duration GroupMember::heartbeat_interval() const {
  return std::min(options_.heartbeat_interval, options_.session_timeout / 3);
}

void GroupMember::heard_at(TimePoint sent) {
  session_timer_ = context_.loop.call_at(sent + options_.session_timeout, [this] {
    lose_and_join(concat("group '", coordinator_.group(),
                         "': no heartbeat was answered within the "
                         "session time-out; joining again"));
  });
}

void GroupMember::beat_at(TimePoint at) {
  heartbeat_timer_ = context_.loop.call_at(at, [this] { beat(); });
}

void GroupMember::beat() {
  call<wire::HeartbeatRequest>(
      Lane::kPlain,
      [this](std::int16_t) {
        wire::HeartbeatRequest request;
        request.group_id = coordinator_.group();
        request.generation_id = generation_.id;
        request.member_id = generation_.member_id;
        request.group_instance_id = generation_.instance_id;
        return request;
      },
      options_.session_timeout / 2,
      [this, sent = context_.loop.now()](const auto& answer) { on_beat(sent, answer); });
  if (state_ == State::kStable && leadership_.is_outdated()) revoke();
}

void GroupMember::on_beat(TimePoint sent, const Result<Answer<wire::HeartbeatResponse>>& answer) {
  const TimePoint now = context_.loop.now();
  if (!answer.ok()) {
    if (!may_pass(answer.error())) return fail_unanswered(answer.error());
    beat_at(now + context_.options.retry_backoff);
    return tell_trouble(answer.error().message());
  }
  const std::int16_t code = answer->message.error_code;
  coordinator_.disowned(code);
  const Reaction reaction = reaction_to(code);
  if (reaction == Reaction::kTryAgain) {
    beat_at(now + context_.options.retry_backoff);
    return tell_trouble(
        membership_error(code, "Heartbeat", coordinator_.group(), options_).message());
  }
  beat_at(std::max(now, sent + heartbeat_interval()));
  if (reaction == Reaction::kGoOn || reaction == Reaction::kGiveUp) {
    heard_at(sent);
    tell_trouble("");
  }
  on_refused_membership(reaction, code, "Heartbeat");
}

void GroupMember::on_commit_refused(const GroupGeneration& generation, std::int16_t code) {
  // What was committed as an earlier generation says nothing of this one.
  const bool concerns_membership =
      says_group_moved_on(code) || code == wire::kafka_code::kFencedInstanceId;
  if (!concerns_membership || generation != generation_) return;
  on_refused_membership(reaction_to(code), code, "OffsetCommit");
}

void GroupMember::on_refused_membership(Reaction reaction, std::int16_t code,
                                        std::string_view api) {
  const Error error = membership_error(code, api, coordinator_.group(), options_);
  if (reaction == Reaction::kFail) return fail(error);
  // Before the assignment has come, the answer to SyncGroup says the same and is waited for.
  if (!owns_ || reaction == Reaction::kGoOn) return;
  if (reaction == Reaction::kGiveUp) {
    if (state_ == State::kStable) revoke();
    return;
  }
  if (reaction == Reaction::kJoinAsNew) generation_.member_id.clear();
  lose_and_join(error.message());
}

// Giving up.

void GroupMember::revoke() {
  state_ = State::kRevoking;
  revoke_timer_ = context_.loop.call_after(options_.rebalance_timeout, [this] {
    lose_and_join(concat("group '", coordinator_.group(),
                         "': the work under way did not end "
                         "within the rebalance time-out; its partitions are lost"));
  });
  owner_.on_revoke([this, alive = std::weak_ptr(self_), round = round_] {
    if (alive.expired() || round != round_) return;
    owns_ = false;
    join();
  });
}

void GroupMember::lose_and_join(const std::string& why) {
  const bool owned = std::exchange(owns_, false);
  join();
  tell_trouble(why);
  if (owned) owner_.on_lost();
}

void GroupMember::end_round() {
  ++round_;
  pause_timer_.cancel();
  heartbeat_timer_.cancel();
  session_timer_.cancel();
  revoke_timer_.cancel();
}

void GroupMember::end() {
  end_round();
  state_ = State::kEnded;
  owns_ = false;
}

void GroupMember::fail_unanswered(const Error& error) {
  if (error.kafka_code() == 0) return fail(error);
  fail(membership_error(error.kafka_code(), "FindCoordinator", coordinator_.group(), options_));
}

void GroupMember::fail(const Error& error) {
  const Error why = error;
  end();
  owner_.on_failure(why);
}

void GroupMember::tell_trouble(const std::string& what) {
  if (what == trouble_) return;
  trouble_ = what;
  owner_.on_trouble(what);
}

}  // namespace weir::kafka
