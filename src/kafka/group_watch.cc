#include "kafka/group_watch.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "kafka/group_errors.h"
#include "wire/consumer_protocol.h"
#include "wire/error_codes.h"

namespace weir::kafka {

namespace {

constexpr Duration kPause = std::chrono::seconds(1);

/// What a coordinator may need beyond a session time-out to notice that it is over.
constexpr Duration kGrace = std::chrono::seconds(5);

constexpr std::string_view kStable = "Stable";

}  // namespace

GroupWatch::GroupWatch(ClientContext& context, Metadata& metadata, std::string group,
                       MemberOptions options, Owner& owner)
    : context_(context),
      options_(std::move(options)),
      owner_(owner),
      coordinator_(context, metadata, std::move(group)) {}

void GroupWatch::look() {
  again_ = asking_;
  if (!asking_) ask();
}

void GroupWatch::ask() {
  pause_.cancel();
  asking_ = true;
  again_ = false;
  coordinator_.call<wire::DescribeGroupsRequest>(
      Coordinator::Lane::kPlain,
      [this](std::int16_t) {
        wire::DescribeGroupsRequest request;
        request.groups = {coordinator_.key()};
        return request;
      },
      context_.options.request_timeout, [this](const auto& answer) { on_answer(answer); });
}

void GroupWatch::ask_after(Duration pause) {
  pause_ = context_.loop.call_after(pause, [this] { ask(); });
}

void GroupWatch::on_answer(const Result<Answer<wire::DescribeGroupsResponse>>& answer) {
  asking_ = false;
  if (!answer.ok()) {
    if (!may_pass(answer.error())) return owner_.on_watch_failure(answer.error());
    return retry(answer.error().message());
  }
  if (again_) return ask();
  const auto& groups = answer->message.groups;
  groups.size() == 1 ? on_described(groups.front()) : retry("DescribeGroups was not answered");
}

void GroupWatch::on_described(const Group& group) {
  coordinator_.disowned(group.error_code);
  const bool is_none = group.error_code == wire::kafka_code::kGroupIdNotFound;
  if (group.error_code != 0 && !is_none) {
    const Error error =
        membership_error(group.error_code, "DescribeGroups", coordinator_.key(), options_);
    if (reaction_to(group.error_code) != Reaction::kTryAgain) return owner_.on_watch_failure(error);
    return retry(error.message());
  }
  on_members(group);
}

void GroupWatch::on_members(const Group& group) {
  const bool is_stable = group.group_state == kStable;
  if (!is_stable) seen_since_.clear();
  Members others;
  for (const Member& member : group.members) {
    if (!is_own(member) && may_read_ours(member, is_stable)) others.push_back(&member);
  }
  const bool shows_us = std::any_of(group.members.begin(), group.members.end(),
                                    [this](const Member& member) { return is_own(member); });
  if (!others.empty()) return is_stable ? on_others(others) : ask_after(kPause);
  phase_ == Phase::kBefore || shows_us ? on_alone() : on_hidden();
}

/// A member of such a group that joined by the newer protocol would not be shown either.
void GroupWatch::on_hidden() {
  ask_after(kPause);
  owner_.on_watch_trouble(
      concat("group '", coordinator_.key(),
             "' does not show this process's members, as one with "
             "members of Kafka's newer group protocol does; without those, this passes by itself"));
}

void GroupWatch::retry(const std::string& what) {
  seen_since_.clear();  // nobody knows what has been meanwhile
  ask_after(context_.options.retry_backoff);
  owner_.on_watch_trouble(what);
}

void GroupWatch::on_alone() {
  seen_since_.clear();
  owner_.on_watch_trouble("");
  if (phase_ == Phase::kReading) return;
  const bool joins = phase_ == Phase::kBefore;
  phase_ = joins ? Phase::kJoining : Phase::kReading;
  joins ? owner_.on_may_join() : owner_.on_may_read();
}

void GroupWatch::on_others(const Members& others) {
  const Member* stays = phase_ == Phase::kReading ? others.front() : who_stays(others);
  if (stays != nullptr) return owner_.on_watch_failure(not_alone(*stays));
  ask_after(kPause);
  owner_.on_watch_trouble(
      concat("waits to be alone in group '", coordinator_.key(), "': ", described(*others.front()),
             " is a member too. What is left of a process that was killed goes when its session "
             "times out; if this is another process, this one stops"));
}

/// One that has been seen for so long that it must be alive; null where there is none.
const GroupWatch::Member* GroupWatch::who_stays(const Members& others) {
  const TimePoint now = context_.loop.now();
  auto before = std::exchange(seen_since_, {});
  const Member* stays = nullptr;
  for (const Member* other : others) {
    const auto seen = before.find(other->member_id);
    const TimePoint since = seen == before.end() ? now : seen->second;
    seen_since_.emplace(other->member_id, since);
    if (now - since > options_.session_timeout + kGrace) stays = other;
  }
  return stays;
}

/// What members read is only told of a group that is stable.
bool GroupWatch::may_read_ours(const Member& member, bool is_stable) const {
  if (!is_stable) return true;
  const auto subscription = wire::read_subscription(member.member_metadata.view);
  if (!subscription.ok()) return true;
  return std::any_of(subscription->topics.begin(), subscription->topics.end(),
                     [&ours = options_.topics](std::string_view topic) {
                       return std::find(ours.begin(), ours.end(), topic) != ours.end();
                     });
}

std::string GroupWatch::described(const Member& member) const {
  std::string text = concat("'", member.member_id, "' (client id '", member.client_id, "'");
  if (member.group_instance_id) text += concat(", instance '", *member.group_instance_id, "'");
  std::string_view host = member.client_host;
  if (host.starts_with('/')) host.remove_prefix(1);
  if (!host.empty()) text += concat(", at ", host);
  return text + ")";
}

Error GroupWatch::not_alone(const Member& other) const {
  return Error(
      ErrorCode::kAlreadyExists,
      concat("group '", coordinator_.key(), "' has a member of another process: ", described(other),
             ". This stream brings records together by key, or keeps them in windows or states, so "
             "each process would have a part of every key: run it in one process, give it a .group "
             "of its own or, where parts will do, set .shares_keys"));
}

}  // namespace weir::kafka
