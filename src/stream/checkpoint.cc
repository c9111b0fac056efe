#include "stream/checkpoint.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/check.h"
#include "weir/state_entries.h"

namespace weir::stream {

namespace {

/// What one batch brought to a window is stored under its name, its time and a number.
constexpr std::size_t kKeyBytes = 20;

void put(std::string& out, std::uint64_t number, std::size_t bytes) {
  for (std::size_t i = bytes; i-- > 0;) out.push_back(static_cast<char>(number >> (8 * i)));
}
std::uint64_t take(std::string_view& bytes, std::size_t size) {
  std::uint64_t number = 0;
  for (const char byte : bytes.substr(0, size)) {
    number = number << 8 | static_cast<unsigned char>(byte);
  }
  bytes.remove_prefix(size);
  return number;
}

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
  Result<state::Stored> read(const std::string& path, const std::string& app,
                             std::optional<BatchTime> committed) {
    auto opened = state::open_directory(path);
    if (!opened.ok()) return opened.error();
    directory_ = std::move(opened).value();
    log_ = std::make_unique<state::StateLog>(*directory_, app);
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
        put(key, static_cast<std::uint64_t>(batch.name.micros), 8);
        put(key, static_cast<std::uint64_t>(batch.at.micros), 8);
        put(key, number++, 4);
        put(value, static_cast<std::uint32_t>(delivery.target.value), 4);
        exchange->store(*delivery.block, value);
        detail::append_entry(change.entries, {key, true, batch.at, value});
      }
    }
    return change;
  }
};

Checkpoint::Checkpoint(Setup setup) : setup_(std::move(setup)), disk_(std::make_shared<Disk>()) {}
Checkpoint::~Checkpoint() {
  // The directory is closed where it was used.
  setup_.disk->post([disk = std::move(disk_)]() mutable { disk.reset(); });
}

void Checkpoint::restore(std::optional<BatchTime> committed,
                         std::function<void(Result<Restored>)> done) {
  setup_.disk->post([this, disk = disk_, alive = std::weak_ptr(alive_), driver = setup_.driver,
                     path = setup_.directory, app = setup_.app, committed,
                     done = std::move(done)]() mutable {
    auto stored = std::make_shared<Result<state::Stored>>(disk->read(path, app, committed));
    driver->post([this, alive, stored, committed, done = std::move(done)] {
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
  const std::vector<std::string> names = names_of(*setup_.graph);
  for (const auto& [name, state] : stored.states) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    setup_.log.warning(concat("the state of '", name, "' in ", setup_.directory,
                              " is not used: the pipeline has no operation of this name"));
  }
  return Restored{stored.batch, stored.ended_until,
                  std::make_shared<exec::StoredStates>(std::move(stored.states))};
}

Result<void> Checkpoint::restore_window(const plan::NamedWindow& window,
                                        const detail::StoredState& stored) {
  std::map<std::string_view, std::string_view> in_order;
  for (const auto& [key, value] : stored) in_order.emplace(key, value.value);
  std::deque<exec::Windows::Brought> batches;
  for (const auto& [stored_key, stored_value] : in_order) {
    std::string_view key = stored_key;
    std::string_view value = stored_value;
    const bool has_shape = key.size() == kKeyBytes && value.size() >= 4;
    const BatchTime name{has_shape ? static_cast<std::int64_t>(take(key, 8)) : 0};
    const BatchTime at{has_shape ? static_cast<std::int64_t>(take(key, 8)) : 0};
    exec::Delivery delivery;
    if (has_shape) {
      delivery.target = {static_cast<std::int32_t>(take(value, 4))};
      delivery.block = window.node->exchange->restore(value);
    }
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
    for (const exec::Windows::Brought& brought : setup_.windows->all(*window.node)) {
      if (part.is_all || brought.name == batch.time()) part.batches.push_back(brought);
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

void Checkpoint::prepare(const exec::BatchRun& batch, std::function<void(Result<void>)> done) {
  const bool begins = begins_generation();
  if (begins) told_.clear();
  auto changes = std::make_shared<state::BatchChanges>();
  changes->batch = batch.time();
  changes->follows = batch.times().follows;
  changes->ended_until = BatchHistory::ended_until(batch.times());
  for (const exec::StateChanges& each : batch.totals().states) {
    const std::string& name = setup_.graph->stateful()[static_cast<std::size_t>(each.state)].name;
    changes->changes.push_back({name, each.partition.value, each.is_all, each.entries});
  }
  auto parts = std::make_shared<std::vector<WindowPart>>(window_parts(batch));
  note_told(changes->changes);
  for (const WindowPart& part : *parts) told_.insert(part.name);
  is_new_ = false;
  setup_.disk->post([this, disk = disk_, alive = std::weak_ptr(alive_), driver = setup_.driver,
                     changes, parts, begins, done = std::move(done)]() mutable {
    for (const WindowPart& part : *parts) changes->changes.push_back(part.encode());
    const Result<void> written = disk->log().write(*changes, begins);
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
  setup_.disk->post([disk = disk_, log = setup_.log, batch, names = names_of(*setup_.graph)] {
    const Result<void> removed = disk->log().on_committed(batch, names);
    if (!removed.ok()) log.warning(removed.error().message());
  });
}

}  // namespace weir::stream
