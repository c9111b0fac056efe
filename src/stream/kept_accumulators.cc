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
  for (const auto& cell : accumulators) entries_.push_back({cell, {}, {}});
}

KeptAccumulators::Entry* KeptAccumulators::find(const detail::AccumulatorCell& cell) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.cell.get() == &cell; });
  return found == entries_.end() ? nullptr : &*found;
}

std::vector<plan::KeptValue> KeptAccumulators::after(const plan::AccumulatorDeltas& added) {
  for (Entry& entry : entries_) entry.next = entry.kept;
  std::vector<plan::KeptValue> values;
  for (const auto& delta : added.all()) {
    Entry* entry = find(*delta.cell);
    if (entry == nullptr) continue;
    entry->next = {entry->cell->integer + delta.integer, entry->cell->real + delta.real};
    values.push_back({entry->cell->name, entry->cell->is_integer ? to_text(entry->next.integer)
                                                                 : to_text(entry->next.real)});
  }
  return values;
}

void KeptAccumulators::on_committed() {
  for (Entry& entry : entries_) entry.kept = entry.next;
}

void KeptAccumulators::restore(const std::vector<plan::KeptValue>& kept) {
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
