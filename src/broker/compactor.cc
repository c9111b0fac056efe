#include "broker/compactor.h"

#include <algorithm>

#include "base/log.h"
#include "broker/node.h"

namespace weir::broker {

namespace {

// How long it takes until dirty records are found, at most.
constexpr Duration kInterval = std::chrono::seconds(1);

}  // namespace

void Compactor::look_later() {
  if (!is_scheduled_) run_after(kInterval);
}

void Compactor::run_after(Duration delay) {
  is_scheduled_ = true;
  timer_ = node_.loop().call_after(delay, [this] {
    Node::Event event(node_);
    is_scheduled_ = false;
    run();
  });
}

void Compactor::run() {
  if (running_ && !may_go_on()) running_.reset();
  if (!running_) {
    const auto next = dirtiest();
    if (!next && found_dirty_) look_later();
    if (!next) return;
    begin(*next);
  }
  const auto outcome = node_.compact(running_->partition->log, running_->cleaner);
  const bool is_over = !outcome.ok() || *outcome;
  if (is_over) end(outcome);
  run_after(outcome.ok() ? Duration::zero() : kInterval);
}

std::optional<Compactor::Candidate> Compactor::dirtiest() {
  found_dirty_ = false;
  std::optional<Candidate> dirtiest;
  for (const auto& [name, topic] : node_.cluster().topics().by_name()) {
    if (!topic.settings.compacts()) continue;
    for (std::int32_t index = 0; index < topic.partition_count(); ++index) {
      auto next = candidate(topic, index);
      if (!next || (dirtiest && dirtiest->range.ratio() >= next->range.ratio())) continue;
      dirtiest = std::move(next);
    }
  }
  return dirtiest;
}

std::optional<Compactor::Candidate> Compactor::candidate(const Topic& topic, std::int32_t index) {
  auto partition = node_.known_partition(topic, index);
  if (!partition || partition->log.chunks().size() < 2) return std::nullopt;
  Uncleanable uncleanable{.from = std::min(partition->replicated(), partition->stable_end())};
  if (const std::int64_t lag = topic.settings.min_compaction_lag_ms(); lag > 0) {
    uncleanable.youngest = {node_.loop().clock().wall().millis - lag};
  }
  const CleanableRange range = cleanable_range(partition->log, partition->clean_end, uncleanable);
  found_dirty_ = found_dirty_ || range.has_dirty_chunks;
  if (range.dirty_bytes == 0 || !is_due(topic.settings, range)) return std::nullopt;
  return Candidate{&topic, index, std::move(partition), range};
}

bool Compactor::is_due(const TopicSettings& settings, const CleanableRange& range) const {
  if (range.ratio() > settings.min_cleanable_dirty_ratio() || node_.memory_is_full()) return true;
  const WallTime now = node_.loop().clock().wall();
  return range.oldest && now.millis - range.oldest->millis > settings.max_compaction_lag_ms();
}

void Compactor::begin(const Candidate& candidate) {
  Partition& partition = *candidate.partition;
  running_.emplace(
      Running{candidate.topic->id, candidate.index, candidate.partition, partition.leader_epoch,
              LogCleaner(partition.log, partition.producers, partition.transactions,
                         {.range = candidate.range,
                          .now = node_.loop().clock().wall(),
                          .delete_retention = candidate.topic->settings.delete_retention_ms()})});
}

// Whether the log is still the node's, as it was, and is still to be compacted.
bool Compactor::may_go_on() const {
  const Topic* topic = node_.cluster().topics().find(running_->topic);
  return topic != nullptr && topic->settings.compacts() &&
         node_.known_partition(*topic, running_->index) == running_->partition &&
         running_->partition->leader_epoch == running_->leader_epoch;
}

void Compactor::end(const Result<bool>& outcome) {
  if (outcome.ok()) {
    running_->partition->clean_end = running_->cleaner.clean_end();
  } else if (!cannot_write_) {
    node_.log().error(concat("logs are not compacted, and grow, until they can be written again: ",
                             outcome.error().message()));
  }
  cannot_write_ = !outcome.ok();
  running_.reset();
}

}  // namespace weir::broker
