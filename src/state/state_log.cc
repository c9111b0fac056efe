#include "state/state_log.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/log.h"
#include "state/frames.h"

namespace weir::state {

namespace {

constexpr std::string_view kPrefix = "state-";
constexpr std::size_t kDigits = 10;

std::string name_of(std::uint64_t generation) {
  std::string digits = std::to_string(generation);
  digits.insert(0, kDigits - std::min(kDigits, digits.size()), '0');
  return concat(kPrefix, digits);
}

/// The generation that a file is, if it is one.
std::optional<std::uint64_t> generation_of(std::string_view name) {
  if (!name.starts_with(kPrefix) || name.size() != kPrefix.size() + kDigits) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

/// Enters what a change says; false where they are none.
bool enter(std::string_view entries, detail::StoredState& state) {
  while (!entries.empty()) {
    const auto entry = detail::take_entry(entries);
    if (!entry) return false;
    if (entry->has_value) {
      state[std::string(entry->key)] = {entry->touched, std::string(entry->value)};
    } else {
      state.erase(std::string(entry->key));
    }
  }
  return true;
}

}  // namespace

StateLog::StateLog(Directory& directory, std::string app)
    : directory_(directory), app_(std::move(app)) {}

Result<Stored> StateLog::read(std::optional<BatchTime> committed) {
  Result<std::vector<std::string>> names = directory_.list();
  if (!names.ok()) return names.error();
  Frames frames;
  for (const std::string& name : *names) {
    const auto generation = generation_of(name);
    if (!generation) continue;
    next_ = std::max(next_, *generation + 1);
    WEIR_RETURN_IF_ERROR(read_file(name, frames));
    names_.push_back(name);
  }
  if (names_.empty()) return Stored{};
  const BatchTime batch = committed.value_or(frames.newest);
  if (batch == BatchTime{}) return Stored{};
  return assemble(frames, batch);
}

Result<void> StateLog::read_file(const std::string& name, Frames& frames) const {
  Result<std::string> bytes = directory_.read(name);
  if (!bytes.ok()) return bytes.error();
  std::string_view rest = *bytes;
  const std::string header = header_of(app_);
  if (!rest.starts_with(header)) {
    return Error(ErrorCode::kCorrupt,
                 concat("the state file ", directory_.path(), "/", name,
                        " does not begin as one of application '", app_,
                        "': it is another application's, or of another format, or damaged; give "
                        "this one a directory of its own, or move the file away"));
  }
  rest.remove_prefix(header.size());
  BatchChanges changes;
  while (!rest.empty()) {
    const FrameAt frame = take_frame(rest, changes);
    if (frame != FrameAt::kWhole) {
      frames.damages.push_back(concat(directory_.path(), "/", name, " is ",
                                      frame == FrameAt::kTorn ? "cut off" : "damaged", " at byte ",
                                      bytes->size() - rest.size()));
      break;
    }
    frames.newest = changes.batch;
    frames.by_batch.insert_or_assign(changes.batch, std::move(changes));
  }
  return {};
}

Error StateLog::incomplete(const Frames& frames, std::string_view what) const {
  std::string message = concat("the state in ", directory_.path(), " is not complete: ", what);
  for (const std::string& damage : frames.damages) message += concat("; ", damage);
  message += "; put back a copy of the directory, or begin with another one, and without state";
  return Error(ErrorCode::kCorrupt, std::move(message));
}

/// Goes from the batch back to what has all of each state, and then applies all changes in order.
Result<Stored> StateLog::assemble(const Frames& frames, BatchTime batch) const {
  std::vector<const BatchChanges*> chain;
  BatchTime at = batch;
  for (; at != BatchTime{}; at = chain.back()->follows) {
    const auto found = frames.by_batch.find(at);
    if (found == frames.by_batch.end()) break;
    chain.push_back(&found->second);
  }
  if (chain.empty()) {
    return incomplete(frames, concat("it has nothing of batch ", batch.micros,
                                     " us, the last that was committed"));
  }
  const bool from_the_first = at == BatchTime{};
  Stored stored{batch, chain.front()->ended_until, {}};
  std::map<std::string, bool> has_all;
  for (auto each = chain.rbegin(); each != chain.rend(); ++each) {
    for (const Change& change : (*each)->changes) {
      if (change.is_all && change.partition == 0) stored.states[change.state].clear();
      has_all[change.state] |= change.is_all;
    }
    for (const Change& change : (*each)->changes) {
      if (enter(change.entries, stored.states[change.state])) continue;
      return incomplete(frames, concat("what batch ", (*each)->batch.micros, " us did to ",
                                       change.state, " cannot be read"));
    }
  }
  for (const auto& [state, all] : has_all) {
    if (all || from_the_first) continue;
    return incomplete(frames, concat("of ", state, " it has only changes since batch ", at.micros,
                                     " us, and nothing of that one"));
  }
  return stored;
}

Result<void> StateLog::write(const BatchChanges& changes, bool new_generation) {
  const std::string frame = to_frame(changes);
  if (new_generation || !file_) {
    const std::string name = name_of(next_++);
    auto file = directory_.create(name, header_of(app_) + frame);
    if (!file.ok()) return file.error();
    file_ = std::move(file).value();
    names_.push_back(name);
    generation_bytes_ = 0;
  } else {
    WEIR_RETURN_IF_ERROR(file_->append(frame));
  }
  generation_bytes_ += frame.size();
  note_all(changes);
  return {};
}

void StateLog::note_all(const BatchChanges& changes) {
  for (const Change& change : changes.changes) {
    if (change.is_all) all_in_[change.state][changes.batch] = names_.back();
  }
}

Result<void> StateLog::on_committed(BatchTime batch, const std::vector<std::string>& states) {
  std::string oldest_needed = names_.empty() ? "" : names_.back();
  for (const std::string& state : states) {
    auto& all = all_in_[state];
    const auto after = all.upper_bound(batch);
    if (after == all.begin()) return {};  // what an earlier process wrote is needed
    all.erase(all.begin(), std::prev(after));
    oldest_needed = std::min(oldest_needed, all.begin()->second);
  }
  // One more stays: what is damaged later may be had from it and the changes since.
  while (names_.size() > 1 && names_[1] < oldest_needed) {
    WEIR_RETURN_IF_ERROR(directory_.remove(names_.front()));
    names_.erase(names_.begin());
  }
  return {};
}

void StateLog::give_up_after(BatchTime batch) {
  for (auto& [state, all] : all_in_) all.erase(all.upper_bound(batch), all.end());
}

}  // namespace weir::state
