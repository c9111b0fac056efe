#include "kafka/start_finder.h"

#include <utility>

namespace weir::kafka {

namespace {

constexpr Duration kForEver = std::chrono::hours(24 * 365);

OffsetSpec spec_of(const Start& start) {
  switch (start.at) {
    case Start::At::kEarliest:
      return OffsetSpec::earliest();
    case Start::At::kLatest:
      return OffsetSpec::latest();
    case Start::At::kTime:
      return OffsetSpec::at(start.time);
  }
  return OffsetSpec::earliest();
}

}  // namespace

StartFinder::StartFinder(ClientContext& context, Metadata& metadata, const StreamOptions& options,
                         bool read_committed)
    : options_(options), finder_(context, metadata, read_committed) {}

void StartFinder::find_log_starts(const Partitions& partitions, Handler handler) {
  find(partitions, OffsetSpec::earliest(), std::move(handler));
}

void StartFinder::find_log_ends(const Partitions& partitions, Handler handler) {
  find(partitions, OffsetSpec::latest(), std::move(handler));
}

void StartFinder::find_restart(const TopicPartition& partition, Handler handler) {
  find({partition}, spec_of(options_.start), std::move(handler));
}

void StartFinder::find_begin(const Partitions& partitions, OffsetStore* committed,
                             Handler handler) {
  Partitions heeded;
  for (const TopicPartition& partition : partitions) {
    if (committed != nullptr && heeds_committed(partition)) heeded.push_back(partition);
  }
  if (heeded.empty()) return find_unknown(partitions, {}, std::move(handler));
  committed->fetch(std::move(heeded), [this, self = std::weak_ptr(self_), partitions,
                                       handler](const Result<OffsetStore::Committed>& stored) {
    if (self.expired()) return;
    if (!stored.ok()) return handler(stored.error());
    Positions known;
    for (const auto& [partition, offset] : *stored) known[partition] = offset.position;
    find_unknown(partitions, std::move(known), handler);
  });
}

bool StartFinder::heeds_committed(const TopicPartition& partition) const {
  return !options_.start.ignore_committed || begun_.contains(partition);
}

void StartFinder::find_unknown(const Partitions& partitions, Positions known, Handler handler) {
  Partitions unknown, fresh;
  for (const TopicPartition& partition : partitions) {
    if (known.contains(partition)) continue;
    if (const auto begun = begun_.find(partition); begun != begun_.end()) {
      known[partition] = begun->second;
    } else if (const auto from = from_of(partition)) {
      known[partition] = {*from};
    } else {
      (is_new(partition) ? fresh : unknown).push_back(partition);
    }
  }
  const auto with_known = [known = std::move(known),
                           handler = std::move(handler)](Result<Positions> found) {
    if (found.ok()) found->insert(known.begin(), known.end());
    handler(std::move(found));
  };
  if (fresh.empty()) return find(unknown, spec_of(options_.start), with_known);
  find(fresh, OffsetSpec::earliest(), [this, unknown, with_known](Result<Positions> begins) {
    if (!begins.ok()) return with_known(std::move(begins));
    find(unknown, spec_of(options_.start), [begins, with_known](Result<Positions> found) {
      if (found.ok()) found->insert(begins->begin(), begins->end());
      with_known(std::move(found));
    });
  });
}

void StartFinder::forget(const std::string& topic) {
  std::erase_if(begun_, [&](const auto& begun) { return begun.first.topic == topic; });
  std::erase_if(there_at_start_, [&](const auto& there) { return there.topic == topic; });
  finder_.drop(topic);
}

bool StartFinder::is_new(const TopicPartition& partition) const {
  return options_.start.at == Start::At::kLatest && !there_at_start_.contains(partition);
}

std::optional<Offset> StartFinder::from_of(const TopicPartition& partition) const {
  for (const PartitionRange& range : options_.partitions) {
    if (range.topic == partition.topic && range.partition == partition.partition) return range.from;
  }
  return std::nullopt;
}

/// Finds offsets by time; the end of the log where no record is that late.
void StartFinder::find(const Partitions& partitions, OffsetSpec spec, Handler handler) {
  if (partitions.empty()) return handler(Positions{});
  OffsetQuestions questions;
  for (const TopicPartition& partition : partitions) questions.emplace(partition, spec);
  finder_.find(std::move(questions), kForEver, [this, handler](const Result<FoundOffsets>& found) {
    if (!found.ok()) return handler(found.error());
    Positions positions;
    Partitions too_late;
    for (const auto& [partition, offset] : *found) {
      if (offset) {
        positions[partition] = {*offset};
      } else {
        too_late.push_back(partition);
      }
    }
    find(too_late, OffsetSpec::latest(), [positions, handler](Result<Positions> ends) {
      if (ends.ok()) ends->insert(positions.begin(), positions.end());
      handler(std::move(ends));
    });
  });
}

}  // namespace weir::kafka
