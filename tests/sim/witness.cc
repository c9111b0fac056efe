#include "witness.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "job.h"
#include "wire/consumer_protocol.h"
#include "wire/record_batch.h"

namespace weir::sim {

namespace {

std::string describe(const char* topic, std::int32_t partition, Offset offset) {
  return concat(topic, "-", partition, " at offset ", offset.value);
}

bool was_aborted(const broker::Partition& partition, const wire::RecordBatchHeader& batch) {
  if (!batch.transactional()) return false;
  const Offset at{batch.base_offset};
  for (const auto& aborted : partition.transactions.aborted_in(at, at.next())) {
    if (aborted.producer_id == batch.producer_id && aborted.first <= at && at < aborted.marker) {
      return true;
    }
  }
  return false;
}

template <class Take>
void for_each_committed(const broker::Partition& partition, Take take) {
  Offset at = partition.log.start();
  while (at < partition.stable_end()) {
    const broker::LogSlice slice = partition.log.read(at, 1 << 20);
    wire::RecordBatchCursor cursor(slice.bytes);
    for (auto batch = cursor.next(); batch.ok() && *batch; batch = cursor.next()) {
      const wire::RecordBatchHeader& header = (*batch)->header;
      at = Offset{header.last_offset() + 1};
      if (header.control() || was_aborted(partition, header)) continue;
      (void)wire::for_each_record(header, (*batch)->payload(), take);
    }
  }
}

}  // namespace

Witness::Witness(SimCluster& cluster, std::int64_t partitions, bool exactly_once, bool counts)
    : cluster_(cluster),
      exactly_once_(exactly_once),
      partitions_(static_cast<std::size_t>(partitions)) {
  if (counts) counts_.emplace(exactly_once);
}

void Witness::look() {
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    look_at_in(static_cast<std::int32_t>(i), partitions_[i]);
    look_at_out(static_cast<std::int32_t>(i), partitions_[i]);
  }
  if (counts_) look_at_counts();
  look_at_commits();
}

/// Calls `take(text, offset)` for each record from `seen` on that may be read; of transactions,
/// what is committed.
template <class Take>
void Witness::read(const Source& source, Offset& seen, Take take) {
  const broker::PartitionLog& log = source.partition.log;
  const Offset end =
      exactly_once_ ? source.partition.stable_end() : source.partition.high_watermark();
  if (log.end() < seen) {
    report(concat(source.topic, "-", source.index, " ends at ", log.end().value,
                  ", before it did (", seen.value, ")"));
  }
  while (seen < end) {
    const broker::LogSlice slice = log.read(seen, 1 << 20);
    wire::RecordBatchCursor cursor(slice.bytes);
    for (auto batch = cursor.next(); batch.ok() && *batch; batch = cursor.next()) {
      const wire::RecordBatchHeader& header = (*batch)->header;
      if (header.last_offset() >= end.value) break;
      if (header.control() || was_aborted(source.partition, header)) {
        seen = Offset{header.last_offset() + 1};
        continue;
      }
      const auto walked =
          wire::for_each_record(header, (*batch)->payload(), [&](const wire::RecordView& record) {
            if (record.offset < seen.value) return;
            digest(static_cast<std::uint64_t>(record.offset) +
                   std::hash<std::string_view>()(record.value));
            take(record.value, Offset{record.offset});
          });
      if (!walked.ok()) report(walked.error().message());
      seen = Offset{header.last_offset() + 1};
    }
  }
}

void Witness::look_at_in(std::int32_t index, Partition& partition) {
  read({"in", index, cluster_.in(index)}, partition.in_seen,
       [&](std::string_view text, Offset offset) {
         const Value value = value_of(text);
         partition.in.push_back(value);
         if (counts_) counts_->expect(value);
         if (value.number < 0 || value.partition != index) {
           return report(concat(describe("in", index, offset), " has what nobody wrote"));
         }
         if (!partition.known.insert(value).second) {
           return report(
               concat(to_text(value), " is written twice: ", describe("in", index, offset)));
         }
         const auto [last, is_first] = partition.last_number.try_emplace(value.writer, -1);
         if (value.number < last->second) {
           report(concat(to_text(value), " is written after number ", last->second, ": ",
                         describe("in", index, offset)));
         }
         last->second = value.number;
       });
}

void Witness::look_at_out(std::int32_t index, Partition& partition) {
  read({"out", index, cluster_.out(index)}, partition.out_seen,
       [&](std::string_view text, Offset offset) {
         const Value value = value_of(text);
         if (!partition.known.contains(value)) {
           return report(concat(describe("out", index, offset),
                                " has what is not in the input: ", to_text(value)));
         }
         if (!partition.out.insert(value).second) {
           ++repeated_;
           if (exactly_once_) {
             report(concat(to_text(value), " comes out again: ", describe("out", index, offset)));
           }
           return;
         }
         // What comes for the first time comes in the order of the input.
         if (partition.in[partition.out_in_order] != value) {
           report(concat(to_text(value), " comes out before ",
                         to_text(partition.in[partition.out_in_order]), ": ",
                         describe("out", index, offset)));
         }
         ++partition.out_in_order;
       });
}

void Witness::look_at_counts() {
  const auto partitions = cluster_.partitions_of(kCounts);
  if (partitions.empty()) return;
  read({kCounts, 0, *partitions[0]}, counts_seen_, [&](std::string_view text, Offset offset) {
    if (const auto wrong = counts_->take(text)) {
      report(concat(*wrong, ": ", describe(kCounts, 0, offset)));
    }
  });
}

void Witness::look_at_commits() {
  const broker::Group* group = cluster_.cluster().groups().find("g");
  static const broker::CommittedOffsets::ByPartition kNone;
  const auto& offsets = group == nullptr ? kNone : group->offsets().of_topic("in");
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    const auto index = static_cast<std::int32_t>(i);
    const auto found = offsets.find(index);
    const Offset committed = found == offsets.end() ? Offset{-1} : found->second.offset;
    if (committed != partitions_[i].committed) look_at_commit(index, partitions_[i], committed);
  }
  if (group != nullptr && group->state() == broker::GroupState::kStable &&
      group->generation() != owners_seen_in_) {
    look_at_owners();
  }
}

void Witness::look_at_commit(std::int32_t index, Partition& partition, Offset committed) {
  digest(static_cast<std::uint64_t>(committed.value));
  if (committed < partition.committed) {
    report(concat("the committed offset of in-", index, " goes back from ",
                  partition.committed.value, " to ", committed.value));
  }
  if (committed.value > static_cast<std::int64_t>(partition.in.size())) {
    report(concat("the committed offset of in-", index, ", ", committed.value,
                  ", is beyond the log's end"));
  } else if (!exactly_once_ &&  // a transaction ends at one partition before it does at another
             committed.value > static_cast<std::int64_t>(partition.out_in_order)) {
    report(concat("offset ", committed.value, " of in-", index, " is committed, but only ",
                  partition.out_in_order, " records of it have come out"));
  }
  partition.committed = committed;
}

void Witness::look_at_owners() {
  broker::Group* group = cluster_.cluster().groups().find("g");
  owners_seen_in_ = group->generation();
  std::map<std::int32_t, std::string> owner_of;
  for (const auto& [id, member] : group->members()) {
    const auto assignment = wire::read_assignment(member.assignment);
    if (!assignment.ok()) return report(assignment.error().message());
    for (const auto& topic : assignment->assigned_partitions) {
      for (const std::int32_t partition : topic.partitions) {
        const auto [owner, is_only] = owner_of.try_emplace(partition, id);
        if (!is_only) {
          report(concat("in-", partition, " belongs to ", owner->second, " and ", id,
                        " in generation ", owners_seen_in_));
        }
      }
    }
  }
}

void Witness::on_acknowledged(const Value& value, Offset offset) {
  digest(static_cast<std::uint64_t>(value.number + offset.value));
  const auto& in = partitions_[static_cast<std::size_t>(value.partition)].in;
  const auto at = static_cast<std::size_t>(offset.value);
  if (at >= in.size() || in[at] != value) {
    report(concat(to_text(value),
                  " was acknowledged and is not there: ", describe("in", value.partition, offset)));
  }
}

void Witness::look_at_the_end() {
  look();
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    look_again_at_in(static_cast<std::int32_t>(i), partitions_[i]);
  }
  if (exactly_once_) look_at_accumulators();
}

/// What was seen once, and so was acknowledged, must still be there.
void Witness::look_again_at_in(std::int32_t index, const Partition& partition) {
  Offset from;
  read({"in", index, cluster_.in(index)}, from, [&](std::string_view text, Offset offset) {
    const Value value = value_of(text);
    const Value& before = partition.in[static_cast<std::size_t>(offset.value)];
    if (value == before) return;
    report(concat(describe("in", index, offset), " was ", to_text(before), " and is ",
                  to_text(value)));
  });
}

bool Witness::all_is_through() const {
  for (const Partition& partition : partitions_) {
    if (partition.out_in_order < partition.in.size()) return false;
    if (!partition.in.empty() &&
        partition.committed.value < static_cast<std::int64_t>(partition.in.size())) {
      return false;
    }
  }
  // Jobs with windows write for ever.
  return counts_ ? counts_->are_complete() : accumulators_are_decided();
}

bool Witness::accumulators_are_decided() const {
  if (!exactly_once_) return true;
  const auto partitions = cluster_.partitions_of(kAccumulators);
  return std::all_of(partitions.begin(), partitions.end(), [](const auto& partition) {
    return partition->stable_end() == partition->log.end();
  });
}

std::string Witness::what_is_missing() const {
  std::string text = accumulators_are_decided() ? "" : "a transaction is open; ";
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    const Partition& partition = partitions_[i];
    const auto records = static_cast<std::int64_t>(partition.in.size());
    if (records == 0 || partition.committed.value == records) continue;
    text += concat("in-", i, " has ", records, " records, of which ", partition.out_in_order,
                   " came out and ", std::max<std::int64_t>(partition.committed.value, 0),
                   " are committed; ");
  }
  if (counts_) text += counts_->what_is_missing();
  const broker::Group* group = cluster_.cluster().groups().find("g");
  if (group == nullptr) return text + "there is no group";
  text += concat("the group is ", broker::to_string(group->state()), " in generation ",
                 group->generation());
  for (const auto& [id, member] : group->members()) {
    text += concat("; ", id, " has");
    const auto assignment = wire::read_assignment(member.assignment);
    if (!assignment.ok()) continue;
    for (const auto& topic : assignment->assigned_partitions) {
      for (const std::int32_t partition : topic.partitions) text += concat(" in-", partition);
    }
  }
  return text;
}

/// Over all processes they add up to what has come out.
void Witness::look_at_accumulators() {
  std::map<std::string, std::int64_t> kept;  // the last value by process and name
  for (const auto& partition : cluster_.partitions_of(kAccumulators)) {
    for_each_committed(*partition, [&](const wire::RecordView& record) {
      if (!record.key.ends_with(kCopied)) return;  // other things are kept there as well
      kept[std::string(record.key)] = std::stoll(std::string(record.value));
    });
  }
  std::int64_t sum = 0;
  for (const auto& [name, value] : kept) sum += value;
  std::int64_t expected = 0;
  for (const Partition& partition : partitions_)
    expected += static_cast<std::int64_t>(partition.out_in_order);
  if (sum != expected) {
    report(concat("the accumulators add up to ", sum, " of ", expected, " records"));
  }
}

std::int32_t Witness::generation() const {
  const broker::Group* group = cluster_.cluster().groups().find("g");
  return group == nullptr ? -1 : group->generation();
}

void Witness::report(std::string what) {
  if (!violation_) violation_ = std::move(what);
}

void Witness::digest(std::uint64_t number) { digest_ = (digest_ ^ number) * 1099511628211u; }

}  // namespace weir::sim
