#include "kafka/transactions.h"

#include <algorithm>

#include "base/check.h"
#include "base/log.h"
#include "kafka/transaction_errors.h"

namespace weir::kafka {

namespace {

/// How long close() waits for a coordinator that could be told of an abort.
constexpr Duration kAbortPatience = std::chrono::seconds(2);

constexpr std::size_t kNoSlot = static_cast<std::size_t>(-1);

}  // namespace

Transactions::Transactions(Options options) : options_(std::move(options)) {}
Transactions::~Transactions() = default;

Transactions* Transactions::of(const plan::Site& site) {
  if (site.transactions == nullptr) return nullptr;
  auto* ours = dynamic_cast<Transactions*>(site.transactions);
  WEIR_CHECK(ours != nullptr, "whoever takes part has made the transactions");
  return ours;
}

std::string Transactions::transactional_id(std::size_t slot) const {
  return concat(options_.setup.app, "-", options_.setup.instance, "-", slot);
}

void Transactions::open(const plan::Site& site, plan::TransactionsHost& host, plan::Done opened) {
  site_ = &site;
  host_ = &host;
  open_ = std::make_shared<Transactions*>(this);
  auto client = client_options(options_.brokers, options_.client_id, site.driver->clock());
  if (!client.ok()) {
    return site.driver->post([opened, error = client.error()] { opened(error); });
  }
  context_.reset(new ClientContext{*site.driver, std::move(client).value(),
                                   BufferPool{std::size_t{1} << 20}, site.log});
  metadata_ = std::make_unique<Metadata>(*context_);
  subscription_ = metadata_->subscribe([this](const Result<void>& outcome) {
    host_->on_trouble(outcome.ok() ? "" : outcome.error().message());
  });
  metadata_->refresh();
  make_slots();
  const std::weak_ptr open = open_;
  writers_.make(
      *site.driver, site.workers,
      [this, open](std::size_t worker) { return make_writer(worker, open); },
      [this, open, opened] {
        if (!open.expired()) open_values(opened);
      });
}

void Transactions::open_values(plan::Done opened) {
  const std::string& topic = options_.setup.values_topic;
  if (topic.empty()) return take_over(std::move(opened));
  values_ = std::make_unique<KeptValues>(*context_, *metadata_, topic, options_.setup.instance);
  values_->open([this, opened](Result<void> outcome) {
    if (!outcome.ok()) return opened(std::move(outcome));
    writers_.post_to_all(
        [topic = values_->place().topic](TransactionWriter& writer) { writer.expect(topic); });
    take_over(opened);
  });
}

void Transactions::make_slots() {
  slots_.resize(kSlots);
  for (std::size_t i = 0; i < kSlots; ++i) {
    slots_[i].id = std::make_unique<TransactionalId>(
        *context_, *metadata_, TransactionalIdOptions{transactional_id(i), options_.setup.timeout},
        [this](const std::string& what) { host_->on_trouble(what); });
  }
}

/// Called on the worker's thread: `open` is the driver's.
std::unique_ptr<TransactionWriter> Transactions::make_writer(
    std::size_t worker, const std::weak_ptr<Transactions*>& open) {
  const auto on_driver = [open, driver = site_->driver](auto call) {
    driver->post([open, call = std::move(call)] {
      if (!open.expired()) call();
    });
  };
  TransactionWriter::Setup setup{.loop = site_->workers[worker],
                                 .client = for_part(context_->options, worker),
                                 .log = site_->log,
                                 .worker = worker,
                                 .workers = site_->workers.size(),
                                 .transactional_ids = {},
                                 .reports = {},
                                 .post = {}};
  for (std::size_t i = 0; i < kSlots; ++i) setup.transactional_ids.push_back(transactional_id(i));
  setup.reports.on_new_partition = [=, this](BatchTime batch, const TopicPartition& partition) {
    on_driver([=, this] { on_new_partition(worker, batch, partition); });
  };
  setup.reports.on_lost_call = [=, this](BatchTime batch) {
    on_driver([=, this] { note_lost_call(batch); });
  };
  setup.reports.on_trouble = [=, this](const std::string& what) {
    on_driver([=, this] { host_->on_trouble(what); });
  };
  setup.post = [this](std::size_t to, std::function<void(TransactionWriter&)> call) {
    writers_.post(to, std::move(call));
  };
  return std::make_unique<TransactionWriter>(std::move(setup));
}

/// What is kept is known for good once no transaction of this name is open.
void Transactions::take_over(plan::Done done) {
  if (!values_) return take_over_ids(std::move(done));
  take_over_ids([this, done](Result<void> outcome) {
    outcome.ok() ? values_->read(done) : done(std::move(outcome));
  });
}

void Transactions::take_over_ids(plan::Done done) {
  struct Opening {
    std::size_t left = kSlots;
    Result<void> outcome;
  };
  const auto opening = std::make_shared<Opening>();  // shared by the answers to come
  for (const Slot& slot : slots_) {
    slot.id->open([opening, done](Result<void> outcome) {
      if (!outcome.ok() && opening->outcome.ok()) opening->outcome = std::move(outcome);
      if (--opening->left == 0) done(opening->outcome);
    });
  }
}

std::size_t Transactions::find(BatchTime batch) const {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].batch == batch) return i;
  }
  return kNoSlot;
}

Result<void> Transactions::check_cluster(const std::string& cluster_id) const {
  if (cluster_id == metadata_->cluster_id()) return {};
  return Error(ErrorCode::kInvalidArgument,
               concat("it is in cluster ", cluster_id, ", and the transactions are in ",
                      metadata_->cluster_id(), " at ", options_.brokers,
                      "; exactly once needs all topics in one cluster"));
}

void Transactions::begin(BatchTime batch) {
  if (find(batch) != kNoSlot) return;  // it begins again
  const std::size_t turn = std::exchange(next_, (next_ + 1) % kSlots);
  Slot& slot = slots_[turn];
  WEIR_CHECK(!slot.batch, "no more batches begin than there are slots");
  slot.batch = batch;
  writers_.post_to_all([turn, batch](TransactionWriter& writer) { writer.prepare(turn, batch); });
  begin_in_turn();
}

/// Opens the transactions of the first batch and, when all of that is written, of the next one.
/// Else what both write to a partition might come in the wrong order.
void Transactions::begin_in_turn() {
  for (std::size_t i = 0; i < kSlots; ++i) {
    const std::size_t turn = (first_ + i) % kSlots;
    Slot& slot = slots_[turn];
    if (!slot.batch) return;
    if (!std::exchange(slot.begun, true)) {
      slot.id->begin([this, turn](const auto& identity) { on_begun(turn, identity); });
    }
    if (!slot.written) return;
  }
}

void Transactions::complete(BatchTime batch, const std::vector<plan::KeptValue>& values,
                            plan::Done kept) {
  const std::size_t turn = find(batch);
  WEIR_CHECK(turn != kNoSlot, "only a batch that has begun is completed");
  const std::size_t owner = TransactionWriter::owner_of(turn, site_->workers.size());
  if (values.empty()) {
    writers_.post(owner, [batch](TransactionWriter& writer) { writer.complete(batch); });
    return site_->driver->post([kept] { kept({}); });
  }
  WEIR_CHECK(values_ != nullptr, "what is kept has a topic");
  auto bytes = values_->batch_of(values);
  if (!bytes.ok()) {
    return site_->driver->post([kept, error = bytes.error()] { kept(error); });
  }
  auto on_driver = [driver = site_->driver, open = std::weak_ptr(open_),
                    kept = std::move(kept)](const Result<Offset>& written) {
    driver->post([open, kept, outcome = written.ok() ? Result<void>() : written.error()] {
      if (!open.expired()) kept(outcome);
    });
  };
  writers_.post(owner, [batch, place = values_->place(), bytes = std::move(*bytes),
                        done = std::move(on_driver)](TransactionWriter& writer) {
    writer.send(batch, place, bytes, done);
    writer.complete(batch);
  });
}

std::vector<plan::KeptValue> Transactions::kept() const {
  return values_ ? values_->values() : std::vector<plan::KeptValue>();
}

void Transactions::on_written(BatchTime batch) {
  const std::size_t turn = find(batch);
  WEIR_CHECK(turn == first_, "batches are written in order");
  slots_[turn].written = true;
  begin_in_turn();
}

void Transactions::on_begun(std::size_t turn, const Result<TransactionIdentity>& identity) {
  if (!identity.ok()) return host_->on_doomed(identity.error());
  Slot& slot = slots_[turn];
  slot.identity = *identity;
  writers_.post_to_all(
      [turn, identity = *identity](TransactionWriter& writer) { writer.begin(turn, identity); });
  for (const auto& call : std::exchange(slot.waiting, {})) call();
}

void Transactions::use(Slot& slot) {
  if (!slot.used_since) slot.used_since = site_->driver->now();
}

void Transactions::on_new_partition(std::size_t worker, BatchTime batch,
                                    const TopicPartition& partition) {
  const std::size_t turn = find(batch);
  if (turn == kNoSlot) return;
  Slot& slot = slots_[turn];
  use(slot);
  if (slot.identity->adds_itself) return;
  slot.to_add.emplace_back(worker, partition);
  if (slot.to_add.size() > 1) return;
  site_->driver->post([this, open = std::weak_ptr(open_), turn, batch] {
    if (!open.expired() && slots_[turn].batch == batch) add_partitions(turn);
  });
}

void Transactions::add_partitions(std::size_t turn) {
  const auto to_add = std::exchange(slots_[turn].to_add, {});
  std::vector<TopicPartition> all;
  for (const auto& [worker, partition] : to_add) all.push_back(partition);
  slots_[turn].id->add_partitions(all, [this, turn, to_add](const Result<void>& outcome) {
    if (!outcome.ok()) return host_->on_doomed(outcome.error());
    for (const auto& [worker, partition] : to_add) {
      writers_.post(worker, [turn, partition = partition](TransactionWriter& writer) {
        writer.added(turn, {partition});
      });
    }
  });
}

void Transactions::add_group(BatchTime batch, const std::string& group, Joined joined) {
  const std::size_t turn = find(batch);
  WEIR_CHECK(turn != kNoSlot, "only a batch that has begun has positions");
  if (slots_[turn].identity) return join(turn, group, joined);
  slots_[turn].waiting.push_back(
      [this, turn, group, joined = std::move(joined)] { join(turn, group, joined); });
}

void Transactions::join(std::size_t turn, const std::string& group, const Joined& joined) {
  Slot& slot = slots_[turn];
  use(slot);
  if (slot.identity->adds_itself || slot.groups.contains(group)) return joined(*slot.identity);
  slot.id->add_group(group, [this, turn, group, joined](const Result<void>& outcome) {
    if (!outcome.ok()) return joined(outcome.error());
    slots_[turn].groups.insert(group);
    joined(*slots_[turn].identity);
  });
}

void Transactions::note_lost_call(BatchTime batch) {
  const std::size_t turn = find(batch);
  if (turn != kNoSlot) slots_[turn].id->note_lost_call();
}

void Transactions::commit(BatchTime batch, plan::Done done) {
  const std::size_t turn = find(batch);
  WEIR_CHECK(turn != kNoSlot, "only a batch that has begun is committed");
  Slot& slot = slots_[turn];
  const auto over = [this, turn, batch, open = std::weak_ptr(open_), done] {
    if (open.expired() || slots_[turn].batch != batch) return;
    clear(slots_[turn]);
    first_ = (turn + 1) % kSlots;
    begin_in_turn();
    done({});
  };
  if (!slot.used_since) return withdraw(turn, over);
  slot.ending = true;
  slot.id->end(/*commit=*/true, [over, this](const Result<void>& outcome) {
    outcome.ok() ? over() : host_->on_doomed(outcome.error());
  });
}

void Transactions::withdraw(std::size_t turn, std::function<void()> over) {
  if (!slots_[turn].identity) {
    return slots_[turn].waiting.push_back([this, turn, over] { withdraw(turn, over); });
  }
  slots_[turn].id->withdraw();
  site_->driver->post(std::move(over));
}

/// Where a coordinator does not say, a fence is taken for one by another process, unless the
/// coordinator may have given up waiting.
void Transactions::ask_whether_taken(bool fenced, std::function<void(bool taken)> told) {
  struct Asking {
    std::size_t left = kSlots;
    bool taken = false;
  };
  const auto asking = std::make_shared<Asking>();  // shared by the answers to come
  for (const Slot& slot : slots_) {
    slot.id->ask_whether_taken([this, fenced, asking, told](const Result<bool>& taken) {
      asking->taken |= taken.ok() ? *taken : fenced && !may_have_timed_out();
      if (--asking->left == 0) told(asking->taken);
    });
  }
}

bool Transactions::may_have_timed_out() const {
  const TimePoint now = site_->driver->now();
  const Duration age = options_.setup.timeout * 9 / 10;  // their clock is not ours
  return std::any_of(slots_.begin(), slots_.end(), [&](const Slot& slot) {
    return slot.used_since && now - *slot.used_since >= age;
  });
}

bool Transactions::may_have_fenced_itself() const {
  return std::any_of(slots_.begin(), slots_.end(),
                     [](const Slot& slot) { return slot.id->take_own_straggler(); });
}

/// Asks first, whatever went wrong: who was away for long may learn by any error that it has lost
/// its transaction, and must not take it from the process that is there in its place.
void Transactions::recover(const Error& why, plan::Done done) {
  ask_whether_taken(is_fenced(why.kafka_code()), [this, why, done](bool taken) {
    if (!taken || may_have_fenced_itself()) return start_again(done);
    done(Error(ErrorCode::kAlreadyExists,
               concat(why.message(), ": another process has taken the name '",
                      options_.setup.instance, "' of application '", options_.setup.app,
                      "'; give each process an .instance of its own. This one stops")));
  });
}

void Transactions::start_again(plan::Done done) {
  for (Slot& slot : slots_) clear(slot);
  first_ = next_;
  writers_.post_to_all([](TransactionWriter& writer) { writer.abandon(); });
  take_over(std::move(done));
}

void Transactions::close(plan::Done closed) {
  if (!metadata_) return destroy(std::move(closed));
  abort_what_is_open([this, closed] { destroy(closed); });
}

void Transactions::abort_what_is_open(std::function<void()> done) {
  const auto left = std::make_shared<std::size_t>(1);  // shared by the answers to come
  const auto one_done = [left, done = std::move(done)] {
    if (*left > 0 && --*left == 0) done();
  };
  for (Slot& slot : slots_) {
    if (slot.ending) continue;
    ++*left;
    if (slot.used_since) {
      slot.id->end(/*commit=*/false, [one_done](const Result<void>&) { one_done(); });
    } else {
      slot.id->when_quiet(one_done);
    }
  }
  if (*left > 1) {
    close_timer_ = site_->driver->call_after(kAbortPatience, [left, one_done] {
      *left = std::min<std::size_t>(*left, 1);
      one_done();
    });
  }
  site_->driver->post(one_done);
}

void Transactions::destroy(plan::Done closed) {
  open_.reset();
  writers_.destroy(*site_->driver, [this, closed] {
    close_timer_.cancel();
    values_.reset();
    slots_.clear();
    subscription_ = {};
    metadata_.reset();
    context_.reset();
    closed({});
  });
}

}  // namespace weir::kafka
