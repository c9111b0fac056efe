// The part of KafkaSource that makes positions durable and notices the end.

#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "kafka/group_errors.h"
#include "kafka/source.h"
#include "wire/error_codes.h"

namespace weir::kafka {

namespace {

// With batches every millisecond, offsets are committed less often than that.
constexpr Duration kCommitSpacing = std::chrono::milliseconds(20);

constexpr Duration kCommittedPollInterval = std::chrono::milliseconds(200);

}  // namespace

void KafkaSource::commit(BatchTime batch, const std::vector<plan::Slice>& slices, plan::Done done) {
  if (!in_group()) {
    settle(assignments_.untils_of(slices));
    site_->driver->post([done = std::move(done)] { done({}); });
    return;
  }
  queued_commits_.push_back({slices, std::to_string(batch.micros), std::move(done)});
  const TimePoint next = last_commit_ + kCommitSpacing;
  if (site_->driver->now() >= next) {
    send_commits();
  } else if (queued_commits_.size() == 1) {
    commit_timer_ = site_->driver->call_at(next, [this] { send_commits(); });
  }
}

void KafkaSource::send_commits() {
  last_commit_ = site_->driver->now();
  std::vector<QueuedCommit> commits = std::exchange(queued_commits_, {});
  if (commits.empty()) return;
  std::vector<plan::Slice> slices;
  for (const QueuedCommit& commit : commits) {
    slices.insert(slices.end(), commit.slices.begin(), commit.slices.end());
  }
  const std::string batch = commits.back().batch;
  auto left = std::make_shared<std::size_t>(1);
  auto outcome = std::make_shared<Result<void>>();
  const auto one_done = [this, left, outcome, commits = std::move(commits)](Result<void> result) {
    if (!result.ok() && outcome->ok()) *outcome = std::move(result);
    if (--*left > 0) return;
    for (const QueuedCommit& commit : commits) on_commit_done(*outcome, commit.done);
  };
  // What is an input's own is settled by it alone: it may be what another one waits for.
  for (const auto& [input, commit] : by_input(slices)) {
    ++*left;
    inputs_[input]->commit(commit.positions, batch,
                           [this, one_done, untils = commit.untils](Result<void> result) {
                             settle(untils);
                             one_done(std::move(result));
                           });
  }
  settle(lost_of(slices));
  site_->driver->post([one_done, open = std::weak_ptr(open_)] {
    if (!open.expired()) one_done({});
  });
}

std::map<std::size_t, KafkaSource::InputCommit> KafkaSource::by_input(
    const std::vector<plan::Slice>& slices) const {
  std::map<std::size_t, InputCommit> all;
  for (const plan::Slice& slice : slices) {
    const Assignments::Entry* entry = assignments_.find(slice.origin);
    WEIR_CHECK(entry != nullptr, "nothing is dropped while it is under way");
    if (entry->lost) continue;  // its next owner reads it again
    InputCommit& commit = all[entry->input];
    commit.positions[{slice.origin->topic, slice.origin->partition}] =
        Assignments::position(*entry, slice.until);
    commit.untils[entry->id] = slice.until;
  }
  return all;
}

/// What of `slices` nobody commits.
Assignments::Untils KafkaSource::lost_of(const std::vector<plan::Slice>& slices) const {
  Assignments::Untils untils = assignments_.untils_of(slices);
  std::erase_if(untils, [this](const auto& each) { return !assignments_.find(each.first)->lost; });
  return untils;
}

void KafkaSource::on_commit_done(const Result<void>& result, const plan::Done& done) {
  if (result.ok()) return done(result);
  const std::int16_t code = result.error().kafka_code();
  if (has_pattern() && code == wire::kafka_code::kUnknownTopicOrPartition) {
    // The others' offsets are committed: Kafka refuses each partition by itself.
    site_->log.warning(concat(name(), ": a topic was deleted while its records were under way: ",
                              result.error().message()));
    metadata_->refresh();
    return done({});
  }
  if (!says_group_moved_on(code)) return done(result);
  // The group has moved on: the partitions have other owners, who read these records again. That is
  // what at-least-once promises, and no reason to stop.
  site_->log.warning(concat(name(), ": a commit came too late: ", result.error().message()));
  done({});
}

void KafkaSource::check_finished() {
  if (finished_ || !may_read()) return;
  if (!in_group()) {
    finished_ = !assignments_.entries().empty() && assignments_.reached_ends();
    if (finished_) host_->on_change();
    return;
  }
  if (!site_->stop_at_end || !assignments_.reached_ends()) return;
  for (const auto& [partition, end] : ends_) {
    if (assignments_.find(origin_of(partition)) == nullptr &&
        !done_elsewhere_.contains(partition)) {
      ask_for_committed();
      return;
    }
  }
  finished_ = true;
  host_->on_change();
}

void KafkaSource::ask_for_committed() {
  if (asked_for_committed_) return;
  asked_for_committed_ = true;
  finish_timer_ = site_->driver->call_after(kCommittedPollInterval, [this] {
    std::vector<TopicPartition> elsewhere;
    for (const auto& [partition, end] : ends_) {
      if (assignments_.find(origin_of(partition)) == nullptr) elsewhere.push_back(partition);
    }
    inputs_.front()->offsets().fetch(
        std::move(elsewhere),
        [this, open = std::weak_ptr(open_)](const Result<OffsetStore::Committed>& committed) {
          if (open.expired()) return;
          asked_for_committed_ = false;
          if (committed.ok()) on_committed(*committed);
          check_finished();
        });
  });
}

void KafkaSource::on_committed(const OffsetStore::Committed& committed) {
  for (const auto& [partition, end] : ends_) {
    const auto stored = committed.find(partition);
    if (stored != committed.end() && stored->second.position.offset >= end.offset) {
      done_elsewhere_.insert(partition);
    }
  }
}

}  // namespace weir::kafka
