// The least that Kafka-to-Kafka in transactions can cost on our own client: fetch, decode, encode,
// produce, commit output and offsets together, in one thread without the engine. The yardstick that
// the tweets job with exactly_once is held against.
//
//   bare_transactions BROKERS SOURCE OUT RECORDS INTERVAL_MS    takes so many records, then ends;
//                                                               0: goes on, from the end of SOURCE,
//                                                               until SIGTERM
//
// INTERVAL_MS lies between the ends of two transactions; 0: each ends as soon as what it began with
// is written. Four transactional ids take turns, so that one transaction is filled while the last
// one ends. Prints at its end, as JSON, where the time of the commits went.

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kafka/coordinator.h"
#include "kafka/producer.h"
#include "kafka/transaction_offsets.h"
#include "kafka/transactional_id.h"
#include "net/epoll_loop.h"
#include "tweet_reader.h"

namespace {

using namespace weir;
using bench::die;

constexpr std::size_t kPendingBytes = 10 << 20;
constexpr std::size_t kSlots = 4;
constexpr std::size_t kInTurn = 2;  // at once

volatile std::sig_atomic_t stopped = 0;

/// How long one part of the commits took.
class Times {
 public:
  void add(Duration time) { times_.push_back(time); }
  std::size_t count() const { return times_.size(); }
  void print(const char* name) {
    std::sort(times_.begin(), times_.end());
    std::printf(", \"%s\": {\"p50\": %.3f, \"p99\": %.3f, \"max\": %.3f}", name, at(0.5), at(0.99),
                at(1));
  }

 private:
  double at(double share) const {
    if (times_.empty()) return 0;
    const double index = share * static_cast<double>(times_.size() - 1);
    return std::chrono::duration<double, std::milli>(times_[static_cast<std::size_t>(index)])
        .count();
  }
  std::vector<Duration> times_;
};

/// A transactional id with its producer, and what is in its transaction.
class Slot final : kafka::Producer::Listener {
 public:
  Slot(kafka::ClientContext& context, kafka::Metadata& metadata, const std::string& name)
      : id(context, metadata, {.id = name}, tell),
        producer(context, metadata, options(name), *this) {}

  static void tell(const std::string& trouble) {
    if (!trouble.empty()) std::fprintf(stderr, "bare_transactions: %s\n", trouble.c_str());
  }

  kafka::TransactionalId id;
  kafka::Producer producer;
  std::optional<kafka::TransactionIdentity> identity;  // once its transaction is open
  kafka::LogPositions positions;                       // what has been read for it
  std::int64_t records = 0;
  std::size_t unacknowledged = 0;
  bool used = false;
  bool begun = false;       // the id has been asked to open its transaction
  bool closed = false;      // nothing more goes into it
  bool written = false;     // all of that has been acknowledged
  bool committing = false;  // its offsets are sent, or its end is
  TimePoint closed_at;
  TimePoint written_at;

 private:
  static kafka::ProducerOptions options(const std::string& name) {
    kafka::ProducerOptions options;
    options.transactional_id = name;
    return options;
  }
  void on_trouble(const Error& error) override { tell(error.message()); }
  void on_recovery() override {}
};

class BareTransactions {
 public:
  struct Options {
    std::string source;
    std::string out;
    std::int64_t records = 0;
    Duration interval{0};
  };

  BareTransactions(net::Loop& loop, kafka::ClientOptions client, Options options)
      : context_{loop, std::move(client), BufferPool{std::size_t{32} << 20}, Log()},
        options_(std::move(options)),
        metadata_(context_),
        reader_(
            context_, metadata_,
            {.topic = options_.source, .from_start = options_.records > 0, .read_committed = true},
            [this] { input_comes(); }),
        coordinator_(context_, metadata_, "bare-" + options_.out),
        offsets_(
            context_, coordinator_, [] { return std::optional(kafka::GroupGeneration()); },
            Slot::tell,
            [](const kafka::GroupGeneration&, const Error& error) {
              return std::optional(error);
            }) {
    metadata_.add_topic(options_.out);
    for (std::size_t i = 0; i < kSlots; ++i) {
      slots_.push_back(std::make_unique<Slot>(context_, metadata_,
                                              "bare-" + options_.out + "-" + std::to_string(i)));
      slots_.back()->id.open([this](const Result<void>& opened) {
        if (!opened.ok()) die(opened.error());
        if (++open_ == kSlots) begin();
      });
    }
  }

  bool done() const { return options_.records > 0 && committed_ >= options_.records; }

  void print() {
    std::printf("{\"records\": %lld, \"transactions\": %zu", static_cast<long long>(committed_),
                end_.count());
    acknowledge_.print("acknowledged");
    turn_.print("turn");
    offset_.print("offsets");
    end_.print("end");
    std::printf("}\n");
  }

 private:
  Slot& current() { return *slots_[current_]; }
  Slot& first() { return *slots_[first_]; }

  void begin() {
    next_end_ = context_.loop.now() + options_.interval;
    tick();
    work();
  }

  /// With an interval, transactions end at its multiples.
  void tick() {
    if (options_.interval <= Duration::zero()) return;
    timer_ = context_.loop.call_at(next_end_, [this] {
      next_end_ += options_.interval;
      while (next_end_ <= context_.loop.now()) next_end_ += options_.interval;
      if (current().used && !current().closed) close();
      tick();
    });
  }

  /// What one answer brought of several partitions goes into one transaction.
  void input_comes() {
    if (planned_) return;
    planned_ = true;
    context_.loop.post([this] {
      planned_ = false;
      work();
    });
  }

  void work() {
    if (open_ < kSlots) return;
    bool took = false;
    while (reader_.has_input() && may_fill() &&
           current().producer.pending_bytes() < kPendingBytes) {
      take();
      took = true;
    }
    if (took && options_.interval <= Duration::zero()) close();
  }

  /// As in the engine, one transaction is filled while the one before it ends.
  bool may_fill() { return !current().closed && (current_ + kSlots - first_) % kSlots < kInTurn; }

  void take() {
    Slot& slot = current();
    if (!std::exchange(slot.used, true)) {
      slot.producer.await_begin();
      begin_in_turn();
    }
    const auto taken =
        reader_.take([this, &slot](PartitionId partition, std::int32_t count, Buffer batch) {
          slot.records += count;
          ++slot.unacknowledged;
          slot.producer.send({options_.out, partition}, std::move(batch),
                             [this, &slot](const Result<Offset>& written) {
                               if (!written.ok()) die(written.error());
                               --slot.unacknowledged;
                               on_progress(slot);
                             });
        });
    slot.positions[taken.source] = taken.until;
  }

  void on_progress(Slot& slot) {
    if (slot.closed && slot.unacknowledged == 0 && !slot.written) on_written(slot);
    work();
  }

  void close() {
    Slot& slot = current();
    slot.closed = true;
    slot.closed_at = context_.loop.now();
    current_ = (current_ + 1) % kSlots;
    slot.producer.complete();
    slot.producer.flush();
    if (slot.unacknowledged == 0) on_written(slot);
  }

  void on_written(Slot& slot) {
    slot.written = true;
    slot.written_at = context_.loop.now();
    acknowledge_.add(slot.written_at - slot.closed_at);
    begin_in_turn();
    commit_first();
  }

  /// A transaction is opened when all of the one before it is written: so the order stays.
  void begin_in_turn() {
    for (std::size_t i = 0; i < kSlots; ++i) {
      Slot& slot = *slots_[(first_ + i) % kSlots];
      if (!slot.used) return;
      if (!std::exchange(slot.begun, true)) {
        slot.id.begin([this, &slot](const Result<kafka::TransactionIdentity>& identity) {
          on_begun(slot, identity);
        });
      }
      if (!slot.written) return;
    }
  }

  static void on_begun(Slot& slot, const Result<kafka::TransactionIdentity>& identity) {
    if (!identity.ok()) die(identity.error());
    if (!identity->adds_itself) {
      die(Error(ErrorCode::kUnsupported, "the bare loop needs transaction.version 2"));
    }
    slot.identity = *identity;
    slot.producer.begin(*identity);
  }

  void commit_first() {
    Slot& slot = first();
    if (!slot.written || std::exchange(slot.committing, true)) return;
    const TimePoint begun = context_.loop.now();
    turn_.add(begun - slot.written_at);
    offsets_.commit(
        *slot.identity, slot.positions, "", [] {},
        [this, &slot, begun](const Result<void>& result) {
          if (!result.ok()) die(result.error());
          end_first(slot, begun);
        });
  }

  void end_first(Slot& slot, TimePoint begun) {
    const TimePoint sent = context_.loop.now();
    offset_.add(sent - begun);
    slot.id.end(/*commit=*/true, [this, &slot, sent](const Result<void>& result) {
      if (!result.ok()) die(result.error());
      end_.add(context_.loop.now() - sent);
      committed_ += slot.records;
      empty(slot);
      first_ = (first_ + 1) % kSlots;
      begin_in_turn();
      commit_first();
      work();
    });
  }

  static void empty(Slot& slot) {
    slot.identity.reset();
    slot.positions.clear();
    slot.records = 0;
    slot.used = slot.begun = slot.closed = slot.written = slot.committing = false;
  }

  kafka::ClientContext context_;
  const Options options_;
  kafka::Metadata metadata_;
  bench::TweetReader reader_;
  kafka::Coordinator coordinator_;
  kafka::TransactionOffsets offsets_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::size_t open_ = 0;     // how many ids are ours
  std::size_t first_ = 0;    // the first one whose transaction has not ended
  std::size_t current_ = 0;  // the one that is filled
  bool planned_ = false;
  TimePoint next_end_;
  net::Timer timer_;
  std::int64_t committed_ = 0;
  Times acknowledge_, turn_, offset_, end_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: bare_transactions BROKERS SOURCE OUT RECORDS INTERVAL_MS\n");
    return 2;
  }
  kafka::ClientOptions client;
  auto bootstrap = kafka::parse_bootstrap(argv[1]);
  if (!bootstrap.ok()) die(bootstrap.error());
  client.bootstrap = std::move(*bootstrap);
  auto loop = net::EpollLoop::create();
  if (!loop.ok()) die(loop.error());
  std::signal(SIGTERM, [](int) { stopped = 1; });
  BareTransactions bare(
      **loop, std::move(client),
      {argv[2], argv[3], std::atoll(argv[4]), std::chrono::milliseconds(std::atoll(argv[5]))});
  while (!bare.done() && stopped == 0) (*loop)->run_once(std::chrono::milliseconds(100));
  bare.print();
  return 0;
}
