#include "stream/checkpoint.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "weir/codecs.h"
#include "weir/state_entries.h"

namespace weir::stream {

namespace {

/// What one batch brought to a window is stored under its name, its time and a number.
using WindowKey = std::tuple<std::int64_t, std::int64_t, std::uint32_t>;
/// Before a block's bytes stands its partition.
using Target = Codec<std::int32_t>;
constexpr std::size_t kTargetBytes = sizeof(std::int32_t);

std::vector<std::string> names_of(const plan::Graph& graph) {
  std::vector<std::string> names;
  for (const plan::NamedState& state : graph.stateful()) names.push_back(state.name);
  for (const plan::NamedWindow& window : graph.windows()) names.push_back(window.name);
  return names;
}

}  // namespace

bool remembers(const plan::Graph& graph) {
  return !graph.stateful().empty() || !graph.windows().empty();
}

/// The directory and its log, on the disk's loop.
class Checkpoint::Disk {
 public:
  Result<state::Stored> read(const Setup& setup, std::optional<BatchTime> committed) {
    auto opened = setup.open(setup.directory);
    if (!opened.ok()) return opened.error();
    directory_ = std::move(opened).value();
    log_ = std::make_unique<state::StateLog>(*directory_, setup.app);
    return log_->read(committed);
  }
  state::StateLog& log() { return *log_; }

 private:
  std::unique_ptr<state::Directory> directory_;
  std::unique_ptr<state::StateLog> log_;
};

/// Blocks of a window that are to be written down.
struct Checkpoint::WindowPart {
  const Exchange* exchange = nullptr;
  std::string name;
  bool is_all = false;
  std::vector<exec::Windows::Brought> batches;

  state::Change encode() const {
    state::Change change{name, 0, is_all, {}};
    for (const exec::Windows::Brought& batch : batches) {
      std::uint32_t number = 0;
      for (const exec::Delivery& delivery : batch.deliveries) {
        std::string key, value;
        detail::write_with_codec(WindowKey(batch.name.micros, batch.at.micros, number++), key);
        detail::write_with_codec(delivery.target.value, value);
        exchange->store(*delivery.block, value);
        detail::append_entry(change.entries, {key, true, batch.at, value});
      }
    }
    return change;
  }
};

struct Checkpoint::Changes {
  state::BatchChanges of_states;
  std::vector<WindowPart> of_windows;  // encoded where they are written
  bool begins_generation = false;
};

Checkpoint::Checkpoint(Setup setup)
    : setup_(std::move(setup)), names_(names_of(*setup_.graph)), disk_(std::make_shared<Disk>()) {}
Checkpoint::~Checkpoint() {
  // The directory is closed where it was used.
  setup_.disk->post([disk = std::move(disk_)]() mutable { disk.reset(); });
}

void Checkpoint::restore(std::optional<BatchTime> committed,
                         std::function<void(Result<Restored>)> done) {
  setup_.disk->post([this, disk = disk_, alive = std::weak_ptr(alive_), setup = setup_, committed,
                     done = std::move(done)]() mutable {
    auto stored = std::make_shared<Result<state::Stored>>(disk->read(setup, committed));
    setup.driver->post([this, alive, stored, committed, done = std::move(done)] {
      if (alive.expired()) return;
      stored->ok() ? done(take_in(std::move(*stored).value(), committed.value_or(BatchTime{})))
                   : done(stored->error());
    });
  });
}

Result<Checkpoint::Restored> Checkpoint::take_in(state::Stored stored, BatchTime committed) {
  if (stored.batch == BatchTime{} && committed != BatchTime{}) {
    setup_.log.warning(concat("there is no state in ", setup_.directory,
                              ", so it begins empty; batch ", committed.micros,
                              " us was committed before"));
  }
  for (const plan::NamedWindow& window : setup_.graph->windows()) {
    const auto found = stored.states.find(window.name);
    if (found == stored.states.end()) continue;
    WEIR_RETURN_IF_ERROR(restore_window(window, found->second));
    stored.states.erase(found);
  }
  if (stored.batch != BatchTime{}) {
    setup_.log.info(concat("goes on after batch ", stored.batch.micros, " us with the state in ",
                           setup_.directory));
  }
  std::erase_if(stored.states, [&](const auto& state) {
    const std::string& name = state.first;
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) return false;
    setup_.log.warning(concat("the state of '", name, "' in ", setup_.directory,
                              " is not used: the pipeline has no operation of this name"));
    return true;
  });
  return Restored{stored.batch, stored.ended_until,
                  std::make_shared<exec::StoredStates>(std::move(stored.states))};
}

Result<void> Checkpoint::restore_window(const plan::NamedWindow& window,
                                        const detail::StoredState& stored) {
  std::map<std::string_view, std::string_view> in_order;
  for (const auto& [key, value] : stored) in_order.emplace(key, value.value);
  std::deque<exec::Windows::Brought> batches;
  for (const auto& [key, value] : in_order) {
    WindowKey stood;
    exec::Delivery delivery;
    const bool has_shape = Codec<WindowKey>::read(key, stood) &&
                           Target::read(value.substr(0, kTargetBytes), delivery.target.value);
    if (has_shape) delivery.block = window.node->exchange->restore(value.substr(kTargetBytes));
    const BatchTime name{std::get<0>(stood)};
    const BatchTime at{std::get<1>(stood)};
    const bool fits = delivery.block != nullptr && delivery.target.value >= 0;
    if (!fits) {
      return Error(ErrorCode::kCorrupt,
                   concat("what is stored in ", setup_.directory, " of the ", window.name,
                          " is not of its type; begin with another .checkpoint directory, and "
                          "without state, or go back to the type it was written with"));
    }
    // There may be fewer partitions now.
    delivery.target.value %= window.node->exchange->partitions();
    if (batches.empty() || batches.back().name != name) batches.push_back({name, at, {}});
    batches.back().deliveries.push_back(std::move(delivery));
  }
  setup_.windows->restore(*window.node, std::move(batches));
  return {};
}

bool Checkpoint::begins_generation() const {
  return is_new_ || bytes_ > std::max(setup_.least_generation_bytes, 2 * all_bytes_);
}

std::vector<exec::Keep> Checkpoint::wanted() const {
  std::vector<exec::Keep> keeps;
  const bool begins = begins_generation();
  for (const plan::NamedState& state : setup_.graph->stateful()) {
    keeps.push_back(begins || !told_.contains(state.name) ? exec::Keep::kAll
                                                          : exec::Keep::kChanges);
  }
  return keeps;
}

std::vector<Checkpoint::WindowPart> Checkpoint::window_parts(const exec::BatchRun& batch) {
  std::vector<WindowPart> parts;
  for (const plan::NamedWindow& window : setup_.graph->windows()) {
    WindowPart part{window.node->exchange.get(), window.name, !told_.contains(window.name), {}};
    const auto& held = setup_.windows->all(*window.node);
    if (part.is_all) {
      part.batches.assign(held.begin(), held.end());
    } else if (!held.empty() && held.back().name == batch.time()) {
      part.batches.push_back(held.back());
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

std::shared_ptr<Checkpoint::Changes> Checkpoint::collect(const exec::BatchRun& batch) {
  auto changes = std::make_shared<Changes>();
  changes->begins_generation = begins_generation();
  if (changes->begins_generation) told_.clear();
  state::BatchChanges& of_states = changes->of_states;
  of_states.batch = batch.time();
  of_states.follows = batch.times().follows;
  of_states.ended_until = BatchHistory::ended_until(batch.times());
  for (const exec::StateChanges& each : batch.totals().states) {
    const std::string& name = setup_.graph->stateful()[static_cast<std::size_t>(each.state)].name;
    of_states.changes.push_back({name, each.partition.value, each.is_all, each.entries});
  }
  changes->of_windows = window_parts(batch);
  note_told(of_states.changes);
  for (const WindowPart& part : changes->of_windows) told_.insert(part.name);
  is_new_ = false;
  return changes;
}

void Checkpoint::write(std::shared_ptr<Changes> changes, std::function<void(Result<void>)> done) {
  setup_.disk->post([this, disk = disk_, alive = std::weak_ptr(alive_), driver = setup_.driver,
                     changes = std::move(changes), done = std::move(done)]() mutable {
    for (const WindowPart& part : changes->of_windows) {
      changes->of_states.changes.push_back(part.encode());
    }
    const bool begins = changes->begins_generation;
    const Result<void> written = disk->log().write(changes->of_states, begins);
    const std::uint64_t bytes = disk->log().generation_bytes();
    driver->post([this, alive, written, begins, bytes, done = std::move(done)] {
      if (alive.expired()) return;
      if (begins) all_bytes_ = bytes;
      bytes_ = bytes;
      done(written);
    });
  });
}

void Checkpoint::note_told(const std::vector<state::Change>& changes) {
  for (const state::Change& change : changes) {
    if (change.is_all) told_.insert(change.state);
  }
}

void Checkpoint::rewind(BatchTime committed) {
  is_new_ = true;  // what has been told may be given up with its batch
  setup_.disk->post([disk = disk_, committed] { disk->log().give_up_after(committed); });
}

void Checkpoint::on_committed(BatchTime batch) {
  setup_.disk->post([disk = disk_, log = setup_.log, batch, names = names_] {
    const Result<void> removed = disk->log().on_committed(batch, names);
    if (!removed.ok()) log.warning(removed.error().message());
  });
}

}  // namespace weir::stream
