#include "kafka/offset_store.h"

#include <set>
#include <utility>

#include "base/log.h"
#include "wire/error_codes.h"

namespace weir::kafka {

namespace {

namespace kafka_code = wire::kafka_code;

/// What a broker says of one partition, where it is not good: kNone is.
struct Refusal {
  std::int16_t code = kafka_code::kNone;
  std::string what;
};

/// Keeps the worse of two: what is final before what may be tried again.
void take_worse(Refusal& worst, std::int16_t code, const std::string& what) {
  if (code == kafka_code::kNone) return;
  const bool worse = worst.code == kafka_code::kNone ||
                     (wire::facts_of(worst.code).retriable && !wire::facts_of(code).retriable);
  if (worse) worst = {code, what};
}

std::string name_of_partition(std::string_view topic, std::int32_t partition) {
  return to_string(TopicPartition{std::string(topic), {partition}});
}

/// The answer's one group, in the form of the newer versions.
wire::OffsetFetchResponse::OffsetFetchResponseGroup only_group(
    const Answer<wire::OffsetFetchResponse>& answer) {
  const auto& message = answer.message;
  if (answer.version >= 8) {
    return message.groups.empty() ? wire::OffsetFetchResponse::OffsetFetchResponseGroup()
                                  : message.groups.front();
  }
  wire::OffsetFetchResponse::OffsetFetchResponseGroup group;
  group.error_code = message.error_code;
  for (const auto& topic : message.topics) {
    auto& copy = group.topics.emplace_back();
    copy.name = topic.name;
    for (const auto& partition : topic.partitions) {
      copy.partitions.push_back({partition.partition_index, partition.committed_offset,
                                 partition.committed_leader_epoch, partition.metadata,
                                 partition.error_code});
    }
  }
  return group;
}

/// Reads one group's positions into `committed` and crosses them off from `missing`.
Refusal read_positions(const wire::OffsetFetchResponse::OffsetFetchResponseGroup& group,
                       OffsetStore::Committed& committed, std::set<TopicPartition>& missing) {
  Refusal worst;
  take_worse(worst, group.error_code, "the whole group");
  for (const auto& topic : group.topics) {
    for (const auto& told : topic.partitions) {
      TopicPartition partition{std::string(topic.name), {told.partition_index}};
      take_worse(worst, told.error_code, to_string(partition));
      if (missing.erase(partition) == 0 || told.committed_offset < 0) continue;
      committed[std::move(partition)] = {{{told.committed_offset}, told.committed_leader_epoch},
                                         std::string(told.metadata.value_or(""))};
    }
  }
  return worst;
}

}  // namespace

OffsetStore::OffsetStore(ClientContext& context, Coordinator& coordinator, OnTrouble on_trouble,
                         OnRefused on_refused)
    : context_(context),
      coordinator_(coordinator),
      on_trouble_(std::move(on_trouble)),
      on_refused_(std::move(on_refused)) {}

void OffsetStore::fetch(std::vector<TopicPartition> partitions,
                        std::function<void(Result<Committed>)> handler) {
  const std::uint64_t id = ++last_fetch_;
  fetches_[id] = {std::move(partitions), std::move(handler)};
  send_fetch(id);
}

void OffsetStore::send_fetch(std::uint64_t id) {
  coordinator_.call<wire::OffsetFetchRequest>(
      Coordinator::Lane::kPlain,
      [this, id](std::int16_t) { return fetch_request(fetches_.at(id)); },
      context_.options.request_timeout, [this, id](const auto& answer) { on_fetched(id, answer); });
}

wire::OffsetFetchRequest OffsetStore::fetch_request(const Fetch& fetch) const {
  std::map<std::string_view, std::vector<std::int32_t>> topics;
  for (const auto& [topic, partition] : fetch.partitions) topics[topic].push_back(partition.value);
  wire::OffsetFetchRequest request;
  request.require_stable = true;
  request.group_id = coordinator_.key();
  request.topics.emplace();
  auto& group = request.groups.emplace_back();
  group.group_id = coordinator_.key();
  group.topics.emplace();
  for (const auto& [name, partitions] : topics) {
    request.topics->push_back({name, partitions});
    group.topics->push_back({name, {}, partitions});
  }
  return request;
}

void OffsetStore::on_fetched(std::uint64_t id,
                             const Result<Answer<wire::OffsetFetchResponse>>& answer) {
  if (!answer.ok()) {
    if (!may_pass(answer.error())) return end_fetch(id, answer.error());
    send_fetch(id);
    return tell_trouble(answer.error().message());
  }
  const auto& asked = fetches_.at(id).partitions;
  std::set<TopicPartition> missing(asked.begin(), asked.end());
  Committed committed;
  const Refusal refusal = read_positions(only_group(*answer), committed, missing);
  const std::string what = concat("reading the offsets of group '", coordinator_.key(), "'");
  if (coordinator_.disowned(refusal.code)) {
    send_fetch(id);
    return tell_trouble(wire::kafka_error(refusal.code, what).message());
  }
  if (refusal.code != kafka_code::kNone) {
    Error error = wire::kafka_error(refusal.code, concat(what, ", ", refusal.what));
    if (!error.retriable()) return end_fetch(id, std::move(error));
    retry_fetch_after_pause(id);
    return tell_trouble(error.message());
  }
  if (!missing.empty()) {
    return end_fetch(
        id, Error(ErrorCode::kCorrupt, concat(what, ": the answer lacks ", *missing.begin())));
  }
  end_fetch(id, std::move(committed));
}

void OffsetStore::retry_fetch_after_pause(std::uint64_t id) {
  fetches_to_retry_.push_back(id);
  fetch_timer_ = context_.loop.call_after(context_.options.retry_backoff, [this] {
    for (const std::uint64_t fetch : std::exchange(fetches_to_retry_, {})) send_fetch(fetch);
  });
}

void OffsetStore::end_fetch(std::uint64_t id, Result<Committed> outcome) {
  const auto handler = std::move(fetches_.at(id).handler);
  fetches_.erase(id);
  if (outcome.ok()) tell_trouble("");
  handler(std::move(outcome));
}

void OffsetStore::commit(const GroupGeneration& as, const LogPositions& positions,
                         const std::string& metadata, std::function<void(Result<void>)> done) {
  Commit& commit = commits_.emplace_back(Commit{as, {}, std::move(done)});
  for (const auto& [partition, position] : positions) {
    commit.positions[partition] = {position, metadata};
  }
  if (commits_.size() == 1) send_commits();
}

void OffsetStore::go_on_as(const GroupGeneration& from, const GroupGeneration& to) {
  for (Commit& commit : commits_) {
    if (commit.as == from) commit.as = to;
  }
}

void OffsetStore::send_commits() {
  coordinator_.call<wire::OffsetCommitRequest>(
      Coordinator::Lane::kPlain,
      [this](std::int16_t) {
        fold_commits();
        return commit_request();
      },
      context_.options.request_timeout, [this](const auto& answer) { on_committed(answer); });
}

void OffsetStore::fold_commits() {
  folded_.clear();
  sent_as_ = commits_.front().as;
  for (in_request_ = 0; in_request_ < commits_.size(); ++in_request_) {
    const Commit& commit = commits_[in_request_];
    if (commit.as != sent_as_) return;
    for (const auto& [partition, stored] : commit.positions) folded_[partition] = stored;
  }
}

wire::OffsetCommitRequest OffsetStore::commit_request() const {
  wire::OffsetCommitRequest request;
  request.group_id = coordinator_.key();
  request.generation_id_or_member_epoch = sent_as_.id;
  request.member_id = sent_as_.member_id;
  request.group_instance_id = sent_as_.instance_id;
  for (const auto& [partition, stored] : folded_) {
    if (request.topics.empty() || request.topics.back().name != partition.topic) {
      request.topics.emplace_back().name = partition.topic;
    }
    request.topics.back().partitions.push_back({partition.partition.value,
                                                stored.position.offset.value, stored.position.epoch,
                                                stored.metadata});
  }
  return request;
}

void OffsetStore::on_committed(const Result<Answer<wire::OffsetCommitResponse>>& answer) {
  if (!answer.ok()) {
    if (!may_pass(answer.error())) return end_commits(answer.error());
    send_commits();
    return tell_trouble(answer.error().message());
  }
  Refusal refusal;
  for (const auto& topic : answer->message.topics) {
    for (const auto& told : topic.partitions) {
      take_worse(refusal, told.error_code, name_of_partition(topic.name, told.partition_index));
    }
  }
  const bool elsewhere = coordinator_.disowned(refusal.code);
  if (refusal.code == kafka_code::kNone) return end_commits({});
  Error error = wire::kafka_error(refusal.code, concat("committing the offset of ", refusal.what,
                                                       " for group '", coordinator_.key(), "'"));
  if (!error.retriable() || is_gone(refusal.code)) return on_commits_refused(error);
  elsewhere ? send_commits() : send_commits_after_pause();
  tell_trouble(error.message());
}

void OffsetStore::send_commits_after_pause() {
  commit_timer_ =
      context_.loop.call_after(context_.options.retry_backoff, [this] { send_commits(); });
}

void OffsetStore::on_commits_refused(const Error& error) {
  if (sent_as_ != commits_.front().as) return send_commits();  // it was an earlier generation
  const std::weak_ptr<OffsetStore*> alive = self_;
  const std::optional<Error> end = on_refused_(sent_as_, error);
  if (alive.expired()) return;
  end ? end_commits(*end) : send_commits_after_pause();
}

bool OffsetStore::is_gone(std::int16_t code) {
  if (code != kafka_code::kUnknownTopicOrPartition) {
    unknown_since_.reset();
    return false;
  }
  const TimePoint now = context_.loop.now();
  if (!unknown_since_) unknown_since_ = now;
  return now - *unknown_since_ >= context_.options.request_timeout;
}

void OffsetStore::end_commits(const Result<void>& outcome) {
  std::vector<Commit> ended;
  // A request that was never built ends the first commit only.
  for (std::size_t left = std::max<std::size_t>(in_request_, 1); left > 0; --left) {
    ended.push_back(std::move(commits_.front()));
    commits_.pop_front();
  }
  in_request_ = 0;
  unknown_since_.reset();
  if (!commits_.empty()) send_commits();
  if (outcome.ok()) tell_trouble("");
  const std::weak_ptr<OffsetStore*> alive = self_;
  for (const Commit& commit : ended) {
    commit.done(outcome);
    if (alive.expired()) return;
  }
}

void OffsetStore::tell_trouble(const std::string& what) {
  if (what == trouble_) return;
  trouble_ = what;
  on_trouble_(what);
}

}  // namespace weir::kafka
