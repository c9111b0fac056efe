// The part of GroupMember that keeps it alive, notices that the group moves on, and gives up.

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "kafka/group_member.h"
#include "wire/error_codes.h"

namespace weir::kafka {

namespace {

/// Who is fenced as whom it was before may have been fenced by its own return.
Error too_late(const Error& fenced) {
  return Error(ErrorCode::kAborted,
               concat(fenced.message(), "; the member has joined again since then"))
      .with_kafka_code(wire::kafka_code::kIllegalGeneration);
}

}  // namespace

Duration GroupMember::heartbeat_interval() const {
  return std::min(options_.heartbeat_interval, options_.session_timeout / 3);
}

void GroupMember::heard_at(TimePoint sent) {
  session_timer_ = context_.loop.call_at(sent + options_.session_timeout, [this] {
    lose(concat("group '", coordinator_.key(),
                "': no heartbeat was answered within the session time-out; joining again"));
  });
}

void GroupMember::beat_at(TimePoint at) {
  heartbeat_timer_ = context_.loop.call_at(at, [this] { beat(); });
}

void GroupMember::beat() {
  last_beat_ = context_.loop.now();
  call<wire::HeartbeatRequest>(
      Coordinator::Lane::kPlain,
      [this](std::int16_t) {
        wire::HeartbeatRequest request;
        request.group_id = coordinator_.key();
        request.generation_id = generation_.id;
        request.member_id = generation_.member_id;
        request.group_instance_id = generation_.instance_id;
        return request;
      },
      options_.session_timeout / 2,
      [this, sent = last_beat_, as = generation_](const auto& answer) {
        if (as == generation_) on_beat(sent, answer);  // else the next is planned already
      });
  if (state_ == State::kStable && (leadership_.is_outdated() || waits_in_vain())) rebalance();
}

/// Who gives a partition up joins again, and it is given to another member then. But who is killed
/// in between and comes back as the static member that he was knows nothing of that.
bool GroupMember::waits_in_vain() const {
  if (agreed_ != Assignor::kCooperativeSticky || leadership_.gives_all()) return false;
  return leadership_.keeps_assignment() ||
         context_.loop.now() - assigned_at_ > options_.rebalance_timeout;
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
  const Reaction reaction = this->reaction(code);
  if (reaction == Reaction::kTryAgain) {
    beat_at(now + context_.options.retry_backoff);
    return tell_trouble(
        membership_error(code, "Heartbeat", coordinator_.key(), options_).message());
  }
  beat_at(std::max(now, sent + heartbeat_interval()));
  if (reaction == Reaction::kGoOn || reaction == Reaction::kGiveUp) {
    heard_at(sent);
    tell_trouble("");
  }
  on_refused_membership(reaction, code, "Heartbeat");
}

std::optional<Error> GroupMember::on_commit_refused(const GroupGeneration& as, const Error& error) {
  const std::int16_t code = error.kafka_code();
  const bool fenced = code == wire::kafka_code::kFencedInstanceId;
  if (state_ == State::kEnded || !(fenced || says_group_moved_on(code))) return error;
  // What was committed as an earlier generation says nothing of this one.
  const bool is_its = owns_ && as.id == assigned_in_ && as.member_id == generation_.member_id;
  if (!is_its) return fenced ? too_late(error) : error;
  const Reaction reaction = this->reaction(code);
  const std::weak_ptr<GroupMember*> alive = self_;
  on_refused_membership(reaction, code, "OffsetCommit");
  if (!alive.expired() && owns_ && cooperates()) return std::nullopt;
  return fenced && reaction != Reaction::kFail ? too_late(error) : error;
}

void GroupMember::on_refused_membership(Reaction reaction, std::int16_t code,
                                        std::string_view api) {
  const Error error = membership_error(code, api, coordinator_.key(), options_);
  if (reaction == Reaction::kFail) return fail(error);
  // Before the assignment has come, the answer to SyncGroup says the same and is waited for.
  if (!owns_ || reaction == Reaction::kGoOn) return;
  if (reaction == Reaction::kGiveUp) {
    if (state_ == State::kStable) rebalance();
    return;
  }
  // The next generation has begun, and the answers to come say whether with this member.
  if (reaction == Reaction::kJoinAgain && is_joining()) return;
  if (reaction == Reaction::kJoinAsNew && state_ != State::kJoining) generation_.member_id.clear();
  lose(error.message());
}

/// Each JoinGroup without a member id gives a static member a new one, and fences the one before.
/// So one that comes through late, when nobody waits for it, looks like another process that has
/// the same name. The member makes way once for each such, and no more: it may be a process.
void GroupMember::expect_straggler(Duration within) {
  if (context_.loop.now() >= straggle_until_) stragglers_ = 0;
  ++stragglers_;
  straggle_until_ = std::max(straggle_until_, context_.loop.now() + within);
}

Reaction GroupMember::reaction(std::int16_t code) {
  const std::string& who = generation_.member_id;
  const bool fenced = code == wire::kafka_code::kFencedInstanceId && options_.instance_id;
  if (!fenced) return reaction_to(code);
  if (!who.empty() && who == made_way_as_) return Reaction::kJoinAsNew;  // the same told again
  if (stragglers_ == 0 || context_.loop.now() >= straggle_until_) return Reaction::kFail;
  --stragglers_;
  made_way_as_ = who;
  return Reaction::kJoinAsNew;
}

// Giving up.

bool GroupMember::is_joining() const {
  return state_ == State::kJoining || state_ == State::kAssigning || state_ == State::kSyncing;
}

void GroupMember::rebalance() { cooperates() ? join() : revoke(owned_); }

void GroupMember::revoke(const Partitions& partitions) {
  state_ = State::kRevoking;
  revoke_timer_ = context_.loop.call_after(options_.rebalance_timeout, [this] {
    lose(concat("group '", coordinator_.key(),
                "': the work under way did not end within the rebalance time-out; its partitions "
                "are lost"));
  });
  const Partitions given_up = partitions;
  owner_.on_revoke(given_up, [this, alive = std::weak_ptr(self_), round = round_, given_up] {
    if (alive.expired() || round != round_) return;
    std::erase_if(owned_, [&](const TopicPartition& partition) {
      return std::binary_search(given_up.begin(), given_up.end(), partition);
    });
    owns_ = cooperates();
    join();
  });
}

bool GroupMember::disown() {
  owned_.clear();
  if (!std::exchange(owns_, false)) return false;
  heartbeat_timer_.cancel();
  session_timer_.cancel();
  return true;
}

/// What it owns is gone; joins again, unless it is waiting for that already.
void GroupMember::lose(const std::string& why) {
  const bool owned = disown();
  if (state_ != State::kJoining) join();
  tell_trouble(why);
  if (owned) owner_.on_lost();
}

/// The group refuses to take it as the one it was.
void GroupMember::start_over() {
  const bool owned = disown();
  join_after_pause();
  if (owned) owner_.on_lost();
}

/// What was asked before is void. While it keeps partitions, it goes on showing that it is alive.
void GroupMember::end_round() {
  ++round_;
  pause_timer_.cancel();
  revoke_timer_.cancel();
  if (owns_) return beat_at(std::max(context_.loop.now(), last_beat_ + heartbeat_interval()));
  heartbeat_timer_.cancel();
  session_timer_.cancel();
}

}  // namespace weir::kafka
