#include "kafka/group_member.h"

#include <algorithm>
#include <iterator>
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

/// What is in `all` and not in `others`; all are in order.
std::vector<TopicPartition> without(const std::vector<TopicPartition>& all,
                                    const std::vector<TopicPartition>& others) {
  std::vector<TopicPartition> rest;
  std::set_difference(all.begin(), all.end(), others.begin(), others.end(),
                      std::back_inserter(rest));
  return rest;
}

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

bool GroupMember::is(std::string_view member_id,
                     std::optional<std::string_view> instance_id) const {
  return ids_.contains(member_id) || (instance_id && instance_id == options_.instance_id);
}

void GroupMember::take_id(std::string_view id) {
  generation_.member_id = id;
  ids_.emplace(id);
}

void GroupMember::start() {
  for (const std::string& topic : options_.topics) metadata_.add_topic(topic);
  expect_straggler(context_.options.request_timeout);  // of the process that had this name before
  join();
}

void GroupMember::subscribe(std::vector<std::string> topics) {
  options_.topics = std::move(topics);
  if (state_ == State::kIdle || state_ == State::kEnded) return;
  for (const std::string& topic : options_.topics) metadata_.add_topic(topic);
  if (state_ == State::kStable && options_.topics != told_topics_) rebalance();
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
      Lane::kPlain, [this](std::int16_t) { return leave_request(coordinator_.key(), generation_); },
      kLongestLeave, [finish](const auto&) { finish(); });
}

// Joining.

void GroupMember::join() {
  if (joins_as_new_) expect_straggler(options_.rebalance_timeout);
  joins_as_new_ = generation_.member_id.empty();
  end_round();
  state_ = State::kJoining;
  told_ = owned_;
  told_topics_ = options_.topics;
  subscriptions_.clear();
  for (const Assignor assignor : offered_assignors(options_.assignor)) {
    subscriptions_.emplace_back(assignor,
                                encode_subscription(assignor, told_topics_, told_, assigned_in_));
  }
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
  request.group_id = coordinator_.key();
  request.session_timeout_ms = in_millis(options_.session_timeout);
  request.rebalance_timeout_ms = in_millis(options_.rebalance_timeout);
  request.member_id = generation_.member_id;
  request.group_instance_id = options_.instance_id;
  request.protocol_type = kConsumerGroup;
  for (const auto& [assignor, subscription] : subscriptions_) {
    request.protocols.push_back({protocol_name(assignor), {subscription}});
  }
  return request;
}

void GroupMember::on_join(const Result<Answer<wire::JoinGroupResponse>>& answer) {
  if (!answer.ok()) return on_unanswered(answer.error());
  joins_as_new_ = false;
  if (options_.instance_id && answer->version < kFirstWithInstances) {
    return fail(Error(ErrorCode::kUnsupported,
                      concat("the coordinator of group '", coordinator_.key(),
                             "' is too old for static members; leave .instance out, or use Kafka "
                             "2.3 or newer (4.x is tested)")));
  }
  const auto& message = answer->message;
  if (message.error_code == wire::kafka_code::kMemberIdRequired) {
    take_id(message.member_id);
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
  switch (reaction(code)) {
    case Reaction::kFail:
      return fail(membership_error(code, api, coordinator_.key(), options_));
    case Reaction::kGoOn:
      return;
    case Reaction::kGiveUp:
      return state_ == State::kSyncing ? join() : join_after_pause();
    case Reaction::kJoinAsNew:
      generation_.member_id.clear();
      return start_over();
    case Reaction::kJoinAgain:
      return start_over();
    case Reaction::kTryAgain:
      join_after_pause();
      tell_trouble(membership_error(code, api, coordinator_.key(), options_).message());
  }
}

void GroupMember::on_joined(const wire::JoinGroupResponse& answer) {
  if (!note_generation(answer)) return;
  heard_at(context_.loop.now());
  beat_at(context_.loop.now() + heartbeat_interval());
  leadership_.end();
  if (answer.leader != answer.member_id) return sync({});
  if (const Result<void> leads = leadership_.begin(answer); !leads.ok()) {
    return fail(Error(leads.error())
                    .with_context(concat("group '", coordinator_.key(),
                                         "' has a member that is no consumer")));
  }
  state_ = State::kAssigning;
  assign_when_topics_are_known();
}

bool GroupMember::note_generation(const wire::JoinGroupResponse& answer) {
  const auto agreed = assignor_named(answer.protocol_name.value_or(""));
  if (!agreed) {
    fail(Error(ErrorCode::kUnsupported,
               concat("group '", coordinator_.key(), "' divides partitions by '",
                      answer.protocol_name.value_or(""), "', which this member did not offer")));
    return false;
  }
  agreed_ = *agreed;
  // The group does without static members that are late, and then gives theirs to others.
  const bool missed_one =
      options_.instance_id && owns_ && answer.generation_id > generation_.id + 1;
  generation_.id = answer.generation_id;
  take_id(answer.member_id);
  if (!missed_one) return true;
  const std::weak_ptr<GroupMember*> alive = self_;
  const std::uint64_t round = round_;
  lose(concat("group '", coordinator_.key(), "' has divided partitions without this member"));
  return !alive.expired() && round == round_;
}

// Leading.

void GroupMember::on_metadata(const Result<void>& outcome) {
  if (state_ != State::kAssigning) return;
  if (outcome.ok()) return assign_when_topics_are_known();
  tell_trouble(outcome.error().message());
}

void GroupMember::assign_when_topics_are_known() {
  if (!leadership_.knows_topics()) return;
  const GroupAssignment assignment = leadership_.assign(agreed_);
  sync(leadership_.keeps_assignment() ? EncodedAssignments() : encode_assignments(assignment));
}

// Syncing.

void GroupMember::sync(EncodedAssignments assignments) {
  state_ = State::kSyncing;
  call<wire::SyncGroupRequest>(
      Lane::kJoin,
      [this, assignments = std::move(assignments)](std::int16_t) {
        return sync_request(coordinator_.key(), generation_, protocol_name(agreed_), assignments);
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
                    .with_context(concat("the leader of group '", coordinator_.key(),
                                         "' sent an assignment that no "
                                         "consumer understands")));
  }
  take(*partitions);
}

void GroupMember::take(const Partitions& assigned) {
  const Partitions added = without(assigned, owned_);
  const Partitions taken = without(owned_, assigned);
  if (cooperates()) {
    context_.log.info(concat("group '", coordinator_.key(), "', generation ", generation_.id,
                             ": keeps ", assigned.size() - added.size(), " partitions, gets ",
                             added.size(), ", gives up ", taken.size()));
  }
  state_ = State::kStable;
  owns_ = true;
  assigned_in_ = generation_.id;
  assigned_at_ = context_.loop.now();
  owned_.insert(owned_.end(), added.begin(), added.end());
  std::sort(owned_.begin(), owned_.end());
  tell_trouble("");
  // What it said it has is nobody else's until it joins without.
  const bool others_wait = !without(told_, assigned).empty();
  const std::weak_ptr<GroupMember*> alive = self_;
  owner_.on_assigned(generation_, added);
  if (alive.expired() || state_ != State::kStable) return;
  if (!taken.empty()) return revoke(taken);
  if (others_wait) return join();
  if (options_.topics != told_topics_) rebalance();
}

// Ending.

void GroupMember::end() {
  owns_ = false;
  end_round();
  state_ = State::kEnded;
}

void GroupMember::fail_unanswered(const Error& error) {
  if (error.kafka_code() == 0) return fail(error);
  fail(membership_error(error.kafka_code(), "FindCoordinator", coordinator_.key(), options_));
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
