#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "weir/codecs.h"
#include "weir/exchange_operators.h"
#include "weir/key_hash.h"
#include "weir/memory_of.h"
#include "weir/state_entries.h"
#include "weir/task_context.h"
#include "weir/types.h"

namespace weir::detail {

/// What a stateful operator remembers of the keys of one partition. Each batch that changes it can
/// be undone until it is committed. References to entries hold until they are erased.
template <class K, class S>
class KeyedState final : public PartitionState {
 public:
  struct Slot {
    S value;
    BatchTime touched;   // the last batch that changed it or asked to keep it
    BatchTime saved_in;  // the last batch of which the value before is kept
  };
  using Map = KeyMap<K, Slot>;
  using Entry = typename Map::value_type;

  /// Keys that no batch touches for longer than `idle` are expired(); 0: none is.
  explicit KeyedState(Duration idle = Duration::zero()) : idle_(idle) {}

  void begin(const StateTimes& times) override {
    while (!layers_.empty() && layers_.back().batch > times.follows) undo_last();
    while (!layers_.empty() && layers_.front().batch <= times.committed) forget_first();
    layers_.push_back({times.batch, {}});
  }
  /// What was done so far stays, also where the batch that comes first is undone.
  void settle() {
    while (!layers_.empty()) forget_first();
    for (auto& [key, slot] : map_) slot.saved_in = {};
  }
  std::size_t memory_bytes() const override { return bytes_ + undo_bytes_; }
  std::optional<BatchTime> due() const override {
    if (queue_.empty()) return std::nullopt;
    return BatchTime{queue_.begin()->first.micros + idle_micros() + 1};
  }

  void write_changes(std::string& entries) const override {
    std::string key, value;
    for (const Undo& undo : layers_.back().undos) {
      const K& changed = undo.node ? undo.node.key() : undo.entry->first;
      const auto at = map_.find(changed);
      if (at != map_.end()) {
        write(*at, key, value, entries);
      } else {
        write_with_codec(changed, key);
        append_entry(entries, {.key = key});
      }
    }
  }
  void write_all(std::string& entries) const override {
    std::string key, value;
    for (const Entry& entry : map_) write(entry, key, value, entries);
  }
  /// Adds a key as it is stored; false where that cannot be read. `wanted(key)` says whether to.
  template <class Wanted>
  [[nodiscard]] bool restore(std::string_view key_bytes, const StoredValue& stored, Wanted wanted) {
    K key{};
    S value{};
    if (!Codec<K>::read(key_bytes, key)) return false;
    if (!wanted(key)) return true;
    if (!Codec<S>::read(stored.value, value)) return false;
    Entry& entry = insert(std::move(key), std::move(value));
    entry.second.touched = stored.touched;
    enqueue(entry);
    return true;
  }

  std::size_t size() const { return map_.size(); }
  Entry* find(const K& key) {
    const auto at = map_.find(key);
    return at == map_.end() ? nullptr : &*at;
  }
  /// Calls `f(Entry&)` for each key; it may erase that key and must not insert any.
  template <class F>
  void for_each(F f) {
    for (auto at = map_.begin(); at != map_.end();) f(*at++);
  }

  /// Adds a key that is not there.
  Entry& insert(K key, S value) {
    Entry& entry = *map_.emplace(std::move(key), Slot{std::move(value), now(), now()}).first;
    bytes_ += bytes_of(entry);
    remember({.what = Undo::kInserted, .entry = &entry});
    enqueue(entry);
    return entry;
  }
  /// Gives a key another value.
  void set(Entry& entry, S value) {
    if (entry.second.saved_in != now()) put_aside(entry);
    fill(entry, std::move(value));
  }
  /// Gives a key the value that `f(const std::optional<S>& before)` returns, or erases it.
  template <class F>
  void update(Entry& entry, F f) {
    std::optional<S> after = f(put_aside(entry));
    after ? fill(entry, std::move(*after)) : erase(entry);
  }
  /// Says that the key is still wanted.
  void touch(Entry& entry) {
    if (entry.second.touched == now()) return;
    remember({.what = Undo::kTouched,
              .entry = &entry,
              .touched = entry.second.touched,
              .saved_in = entry.second.saved_in});
    entry.second.touched = now();
  }
  void erase(Entry& entry) {
    bytes_ -= bytes_of(entry);
    Undo undo{.what = Undo::kErased, .entry = &entry};
    undo.node = map_.extract(entry.first);
    remember(std::move(undo));
  }

  /// Calls `f(Entry&)` for each key that was not touched for longer than `idle`, and erases it.
  template <class F>
  void expire(F f) {
    const std::int64_t oldest = now().micros - idle_micros();
    while (!queue_.empty() && queue_.begin()->first.micros < oldest) {
      const std::vector<K> keys = std::move(queue_.begin()->second);
      queue_.erase(queue_.begin());
      for (const K& key : keys) {
        Entry* entry = find(key);
        if (entry == nullptr) continue;
        if (entry->second.touched.micros >= oldest) {
          enqueue(*entry);
          continue;
        }
        f(*entry);
        erase(*entry);
      }
    }
  }

 private:
  /// How one change is taken back.
  struct Undo {
    enum What : std::uint8_t { kInserted, kChanged, kTouched, kErased };
    What what;
    Entry* entry;
    std::optional<S> value{};
    BatchTime touched{};
    BatchTime saved_in{};
    typename Map::node_type node{};
  };
  struct Layer {
    BatchTime batch;
    std::deque<Undo> undos;
    std::size_t bytes = 0;
  };
  /// Of memory beside a key and its value, about: times, links and the allocator's own.
  static constexpr std::size_t kBeside = sizeof(Entry) - sizeof(K) - sizeof(S) + 32;

  BatchTime now() const { return layers_.back().batch; }
  std::int64_t idle_micros() const { return idle_ / std::chrono::microseconds(1); }
  static std::size_t bytes_of(const Entry& entry) {
    return memory_of(entry.first) + memory_of(entry.second.value) + kBeside;
  }

  static void write(const Entry& entry, std::string& key, std::string& value, std::string& into) {
    write_with_codec(entry.first, key);
    write_with_codec(entry.second.value, value);
    append_entry(into, {key, true, entry.second.touched, value});
  }
  void remember(Undo undo) {
    std::size_t bytes = sizeof(Undo);
    if (undo.value) bytes += memory_beside(*undo.value);
    if (undo.node) bytes += bytes_of(*undo.entry);
    undo_bytes_ += bytes;
    layers_.back().bytes += bytes;
    layers_.back().undos.push_back(std::move(undo));
  }
  void enqueue(const Entry& entry) {
    if (idle_ > Duration::zero()) queue_[entry.second.touched].push_back(entry.first);
  }
  /// Takes the value out, to be given back if the batch is undone, and returns it.
  const std::optional<S>& put_aside(Entry& entry) {
    Slot& slot = entry.second;
    bytes_ -= memory_of(slot.value);
    remember({.what = Undo::kChanged,
              .entry = &entry,
              .value = std::move(slot.value),
              .touched = slot.touched,
              .saved_in = slot.saved_in});
    bytes_ += memory_of(slot.value);
    return layers_.back().undos.back().value;
  }
  void fill(Entry& entry, S value) {
    bytes_ -= memory_of(entry.second.value);
    entry.second = {std::move(value), now(), now()};
    bytes_ += memory_of(entry.second.value);
  }

  void undo_last() {
    auto& undos = layers_.back().undos;
    for (auto undo = undos.rbegin(); undo != undos.rend(); ++undo) take_back(*undo);
    undo_bytes_ -= layers_.back().bytes;
    layers_.pop_back();
  }
  void take_back(Undo& undo) {
    if (undo.what == Undo::kErased) {
      undo.entry = &*map_.insert(std::move(undo.node)).position;
      bytes_ += bytes_of(*undo.entry);
      return enqueue(*undo.entry);
    }
    if (undo.what == Undo::kInserted) {
      bytes_ -= bytes_of(*undo.entry);
      map_.erase(undo.entry->first);
      return;
    }
    Slot& slot = undo.entry->second;
    bytes_ -= memory_of(slot.value);
    if (undo.what == Undo::kChanged) slot.value = std::move(*undo.value);
    slot.touched = undo.touched;
    slot.saved_in = undo.saved_in;
    bytes_ += memory_of(slot.value);
    enqueue(*undo.entry);
  }
  void forget_first() {
    undo_bytes_ -= layers_.front().bytes;
    layers_.pop_front();
  }

  const Duration idle_;
  Map map_;
  std::deque<Layer> layers_;  // of batches that are not committed, and the one under way
  /// Each key once at least, under a time at which it was touched, not later than the last.
  std::map<BatchTime, std::vector<K>> queue_;
  std::size_t bytes_ = 0;       // of keys and values
  std::size_t undo_bytes_ = 0;  // of layers_
};

}  // namespace weir::detail
