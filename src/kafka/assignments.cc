#include "kafka/assignments.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace weir::kafka {

namespace {

/// Which of `epochs` the record before `offset` is of; the first of them where none is.
template <class Epochs>
auto epoch_before(Epochs& epochs, Offset offset) {
  const auto later = epochs.lower_bound(offset);
  return later == epochs.begin() ? later : std::prev(later);
}

}  // namespace

ReadOrder Assignments::add(Entry entry, std::int32_t epoch) {
  const auto old = entries_.find(entry.origin);
  WEIR_CHECK(old == entries_.end() || old->second.is_settled(),
             "a partition is begun anew once nothing of it is under way");
  entry.id = ++last_id_;
  entry.settled = entry.taken;
  entry.high_watermark = entry.taken;
  entry.epochs = {{Offset{entry.taken.value - 1}, epoch}};
  const ReadOrder order{entry.id, entry.origin, {entry.taken, epoch}, entry.end};
  entries_[entry.origin] = std::move(entry);
  return order;
}

void Assignments::let_go(std::size_t input, const std::vector<const RecordOrigin*>& origins) {
  for (const RecordOrigin* origin : origins) {
    const auto at = entries_.find(origin);
    if (at != entries_.end() && at->second.input == input) at->second.let_go = true;
  }
}

void Assignments::lose(std::size_t input) {
  for (auto& [origin, entry] : entries_) {
    if (entry.input == input) entry.let_go = entry.lost = true;
  }
}

std::vector<Assignments::Entry> Assignments::take_all() {
  std::vector<Entry> all;
  for (auto& [origin, entry] : entries_) all.push_back(std::move(entry));
  entries_.clear();
  return all;
}

std::vector<Assignments::Entry> Assignments::take_gone() {
  std::vector<Entry> gone;
  std::erase_if(entries_, [&](auto& each) {
    const bool is_gone = each.second.let_go && each.second.is_settled();
    if (is_gone) gone.push_back(std::move(each.second));
    return is_gone;
  });
  return gone;
}

bool Assignments::is_letting_go(std::size_t input) const {
  return std::any_of(entries_.begin(), entries_.end(), [input](const auto& each) {
    return each.second.input == input && each.second.let_go;
  });
}

void Assignments::on_read(const ReadReport& report) {
  for (auto& [origin, entry] : entries_) {
    if (entry.id != report.id) continue;
    entry.high_watermark = std::max(entry.high_watermark, report.high_watermark);
    entry.pieces.insert(entry.pieces.end(), report.pieces.begin(), report.pieces.end());
    for (const auto& [first, epoch] : report.epochs) {
      if (entry.epochs.rbegin()->second != epoch) entry.epochs[first] = epoch;
    }
    entry.out_of_range = report.out_of_range;
    entry.common = report.common;
  }
}

std::vector<plan::ReadAhead> Assignments::read_ahead() const {
  std::vector<plan::ReadAhead> all;
  for (const auto& [origin, entry] : entries_) {
    if (entry.let_go || entry.pieces.empty()) continue;
    all.push_back({origin, entry.worker, {entry.pieces.begin(), entry.pieces.end()}});
  }
  return all;
}

void Assignments::take(const std::vector<plan::Slice>& slices) {
  for (const plan::Slice& slice : slices) {
    const auto at = entries_.find(slice.origin);
    if (at == entries_.end()) continue;
    Entry& entry = at->second;
    entry.taken = slice.until;
    while (!entry.pieces.empty() && entry.pieces.front().until <= slice.until) {
      entry.pieces.pop_front();
    }
    if (entry.pieces.empty() || entry.pieces.front().from >= slice.until) continue;
    plan::Piece& rest = entry.pieces.front();
    rest.from = slice.until;
    rest.bytes -= std::min(rest.bytes, slice.bytes);
    rest.records = rest.until.value - rest.from.value;
  }
}

Assignments::Untils Assignments::untils_of(const std::vector<plan::Slice>& slices) const {
  Untils untils;
  for (const plan::Slice& slice : slices) {
    if (const Entry* entry = find(slice.origin)) untils[entry->id] = slice.until;
  }
  return untils;
}

void Assignments::settle(const Untils& untils) {
  for (auto& [origin, entry] : entries_) {
    const auto until = untils.find(entry.id);
    if (until == untils.end()) continue;
    entry.settled = std::max(entry.settled, until->second);
    entry.epochs.erase(entry.epochs.begin(), epoch_before(entry.epochs, entry.settled));
  }
}

LogPosition Assignments::position(const Entry& entry, Offset offset) {
  const auto found = epoch_before(entry.epochs, offset);
  return {offset, found->first < offset ? found->second : -1};
}

std::vector<AssignmentId> Assignments::take_restarts() {
  std::vector<AssignmentId> due;
  for (auto& [origin, entry] : entries_) {
    const bool is_due = entry.out_of_range && entry.pieces.empty() && entry.is_settled();
    if (!is_due || entry.let_go || entry.restarting) continue;
    entry.restarting = true;
    due.push_back(entry.id);
  }
  return due;
}

bool Assignments::reached_ends() const {
  return std::all_of(entries_.begin(), entries_.end(), [](const auto& each) {
    return each.second.end && each.second.taken >= *each.second.end;
  });
}

std::int64_t Assignments::lag() const {
  std::int64_t lag = 0;
  for (const auto& [origin, entry] : entries_) {
    const Offset end = entry.end.value_or(entry.high_watermark);
    lag += std::max<std::int64_t>(0, end.value - entry.taken.value);
  }
  return lag;
}

const Assignments::Entry* Assignments::find(const RecordOrigin* origin) const {
  const auto at = entries_.find(origin);
  return at == entries_.end() ? nullptr : &at->second;
}

const Assignments::Entry* Assignments::find(AssignmentId id) const {
  for (const auto& [origin, entry] : entries_) {
    if (entry.id == id) return &entry;
  }
  return nullptr;
}

}  // namespace weir::kafka
