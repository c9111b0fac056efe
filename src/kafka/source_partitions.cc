// The part of KafkaSource that begins to read partitions, lets them go, and begins them anew.

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/log.h"
#include "kafka/source.h"

namespace weir::kafka {

void KafkaSource::on_assigned(std::size_t input, std::uint64_t turn, const Partitions& partitions) {
  if (watch_) watch_->look();
  begin_assigned(input, turn, partitions);
}

void KafkaSource::begin_assigned(std::size_t input, std::uint64_t turn,
                                 const Partitions& partitions) {
  if (!open_) return;  // what is under way may still be committed; nothing more is begun
  Partitions free;
  std::copy_if(partitions.begin(), partitions.end(), std::back_inserter(free),
               [&](const auto& partition) { return may_begin(input, turn, partition); });
  if (!has_pattern()) return find_begin_of(input, turn, free);
  // A topic may be deleted before it is begun: others do not wait for it.
  std::map<std::string, Partitions> by_topic;
  for (const TopicPartition& partition : free) by_topic[partition.topic].push_back(partition);
  for (const auto& [topic, of_it] : by_topic) find_begin_of(input, turn, of_it);
}

void KafkaSource::find_begin_of(std::size_t input, std::uint64_t turn,
                                const Partitions& partitions) {
  finder_->find_begin(
      partitions, &inputs_[input]->offsets(), [this, input, turn](Result<Positions> positions) {
        if (!positions.ok()) return fail(positions.error());
        std::erase_if(*positions,
                      [&](const auto& each) { return !may_begin(input, turn, each.first); });
        begin_partitions(input, *positions);
      });
}

/// True where an input still has the partition and nobody reads it. Another input that does has
/// lost it, or this one has, and one of them does not know it yet: then it waits. So it does until
/// the group is known to be this process's alone, where it must be.
bool KafkaSource::may_begin(std::size_t input, std::uint64_t turn,
                            const TopicPartition& partition) {
  if (!inputs_[input]->begun(turn, partition)) return false;
  if (may_read() && assignments_.find(origin_of(partition)) == nullptr) return true;
  waiting_.push_back({input, turn, partition});
  return false;
}

void KafkaSource::begin_partitions(std::size_t input, const Positions& positions) {
  std::map<std::size_t, std::vector<ReadOrder>> orders;
  for (const auto& [partition, position] : positions) {
    Assignments::Entry entry;
    entry.origin = origin_of(partition);
    entry.input = input;
    entry.worker = worker_for(input, partition);
    entry.taken = position.offset;
    entry.end = end_of(partition);
    orders[entry.worker].push_back(assignments_.add(entry, position.epoch));
    finder_->note_begun(partition, position);
  }
  for (auto& [worker, mine] : orders) {
    readers_.post(worker, [mine = std::move(mine)](SourceReader& reader) { reader.assign(mine); });
  }
  check_finished();
}

std::optional<Offset> KafkaSource::end_of(const TopicPartition& partition) const {
  for (const PartitionRange& range : options_.partitions) {
    const bool is_this = range.topic == partition.topic && range.partition == partition.partition;
    if (is_this && range.until) return range.until;
  }
  const auto end = ends_.find(partition);
  return end == ends_.end() ? std::nullopt : std::optional(end->second.offset);
}

std::size_t KafkaSource::worker_for(std::size_t input, const TopicPartition& partition) const {
  const std::size_t workers = site_->workers.size();
  const auto number = static_cast<std::size_t>(partition.partition.value);
  if (options_.reader_tasks == 0) return number % workers;
  const auto tasks = static_cast<std::size_t>(options_.reader_tasks);
  return (input * tasks + number % tasks) % workers;
}

const RecordOrigin* KafkaSource::origin_of(const TopicPartition& partition) {
  std::unique_ptr<RecordOrigin>& origin = origins_[partition];
  if (!origin) origin.reset(new RecordOrigin{partition.topic, partition.partition});
  return origin.get();
}

void KafkaSource::on_revoked(std::size_t input, const Partitions& partitions) {
  std::vector<const RecordOrigin*> origins;
  for (const TopicPartition& partition : partitions) origins.push_back(origin_of(partition));
  assignments_.let_go(input, origins);
  drop_what_is_gone();
}

void KafkaSource::on_lost(std::size_t input) {
  assignments_.lose(input);
  drop_what_is_gone();
}

void KafkaSource::settle(const Assignments::Untils& untils) {
  assignments_.settle(untils);
  drop_what_is_gone();
  restart_where_due();
}

void KafkaSource::drop_what_is_gone() {
  stop_reading(assignments_.take_gone());
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (!assignments_.is_letting_go(i)) inputs_[i]->gone();
  }
  begin_waiting();
}

void KafkaSource::begin_waiting() {
  for (const Waiting& each : std::exchange(waiting_, {})) {
    begin_assigned(each.input, each.turn, {each.partition});
  }
  check_finished();
}

void KafkaSource::stop_reading(const std::vector<Assignments::Entry>& entries) {
  for (const Assignments::Entry& entry : entries) {
    readers_.post(entry.worker,
                  [origin = entry.origin](SourceReader& reader) { reader.remove(origin); });
  }
}

void KafkaSource::restart_where_due() {
  if (!open_) return;
  for (const AssignmentId id : assignments_.take_restarts()) restart(id);
}

void KafkaSource::restart(AssignmentId id) {
  const RecordOrigin& origin = *assignments_.find(id)->origin;
  const TopicPartition partition{origin.topic, origin.partition};
  if (assignments_.find(id)->common)
    return restart_where_cut_off(partition, *assignments_.find(id));
  finder_->find_log_starts({partition}, [this, id, partition](const Result<Positions>& starts) {
    if (!starts.ok()) return fail(starts.error());
    const Offset start = starts->at(partition).offset;
    finder_->find_log_ends({partition},
                           [this, id, partition, start](const Result<Positions>& ends) {
                             if (!ends.ok()) return fail(ends.error());
                             restart_within(id, partition, start, ends->at(partition).offset);
                           });
  });
}

/// A broker says that a position is out of range also where it does not know the leader that wrote
/// the record before it. Then nothing is lost, and reading goes on without naming that leader.
void KafkaSource::restart_within(AssignmentId id, const TopicPartition& partition, Offset start,
                                 Offset end) {
  const Assignments::Entry* entry = assignments_.find(id);
  if (entry == nullptr) return;  // given up meanwhile
  if (start <= entry->taken && entry->taken <= end) {
    return begin_partitions(entry->input, {{partition, LogPosition{entry->taken}}});
  }
  finder_->find_restart(partition, [this, id, partition](const Result<Positions>& found) {
    if (!found.ok()) return fail(found.error());
    const Assignments::Entry* still = assignments_.find(id);
    if (still == nullptr) return;  // given up meanwhile
    tell_restart(partition, still->taken, found->at(partition).offset);
    begin_partitions(still->input, *found);
  });
}

void KafkaSource::restart_where_cut_off(const TopicPartition& partition,
                                        const Assignments::Entry& entry) {
  const LogPosition common = *entry.common;
  site_->log.warning(concat(
      partition, " was cut off at offset ", common.offset.value, " by a leader that did not have ",
      entry.taken.value - common.offset.value,
      " records which were read of it; reading goes on there, with what has taken their place"));
  const Positions positions{{partition, common}};
  begin_partitions(entry.input, positions);
}

void KafkaSource::tell_restart(const TopicPartition& partition, Offset from, Offset to) {
  std::string loss;
  if (from < to) {
    const std::int64_t lost = to.value - from.value;
    loss = concat(": ", lost, lost == 1 ? " record is" : " records are",
                  " lost to the topic's retention");
  }
  site_->log.warning(concat("offset ", from.value, " of ", partition,
                            " is not in the log any more; reading goes on at ", to.value, loss));
}

}  // namespace weir::kafka
