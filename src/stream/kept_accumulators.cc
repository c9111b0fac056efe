#include "stream/kept_accumulators.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "base/check.h"

namespace weir::stream {

namespace {

/// The shortest text that reads back as the same number.
template <class T>
std::string to_text(T number) {
  std::array<char, 64> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
  WEIR_CHECK(error == std::errc(), "a number has at most 64 characters");
  return {text.data(), end};
}

template <class T>
T to_number(std::string_view text) {
  T number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

KeptAccumulators::KeptAccumulators(
    const std::vector<std::shared_ptr<detail::AccumulatorCell>>& accumulators) {
  for (const auto& cell : accumulators) entries_.push_back({cell, {}});
}

KeptAccumulators::Entry* KeptAccumulators::find(const detail::AccumulatorCell& cell) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.cell.get() == &cell; });
  return found == entries_.end() ? nullptr : &*found;
}

KeptAccumulators::Sum KeptAccumulators::newest(const Entry& entry) const {
  Sum sum{entry.cell->integer, entry.cell->real};
  for (const auto& batch : under_way_) {
    for (const Change& change : batch) {
      if (change.entry != &entry) continue;
      sum.integer += change.added.integer;
      sum.real += change.added.real;
    }
  }
  return sum;
}

std::vector<plan::KeptValue> KeptAccumulators::after(const plan::AccumulatorDeltas& added) {
  std::vector<plan::KeptValue> values;
  std::vector<Change> changes;
  for (const auto& delta : added.all()) {
    Entry* entry = find(*delta.cell);
    if (entry == nullptr) continue;
    const Sum before = newest(*entry);
    const Sum next{before.integer + delta.integer, before.real + delta.real};
    changes.push_back({entry, {delta.integer, delta.real}, next});
    values.push_back(
        {entry->cell->name, entry->cell->is_integer ? to_text(next.integer) : to_text(next.real)});
  }
  under_way_.push_back(std::move(changes));
  return values;
}

void KeptAccumulators::on_committed() {
  WEIR_CHECK(!under_way_.empty(), "only what after() was asked about is committed");
  for (const Change& change : under_way_.front()) change.entry->kept = change.next;
  under_way_.pop_front();
}

void KeptAccumulators::restore(const std::vector<plan::KeptValue>& kept) {
  under_way_.clear();
  for (const plan::KeptValue& value : kept) {
    for (Entry& entry : entries_) {
      if (entry.cell->name != value.name) continue;
      const Sum known{to_number<std::int64_t>(value.value), to_number<double>(value.value)};
      if (entry.cell->is_integer) {
        entry.cell->integer += known.integer - entry.kept.integer;
      } else {
        entry.cell->real += known.real - entry.kept.real;
      }
      entry.kept = known;
    }
  }
}

}  // namespace weir::stream
