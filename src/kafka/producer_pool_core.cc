#include "kafka/producer_pool_core.h"

#include <algorithm>
#include <utility>

#include "base/duration_text.h"

namespace weir::kafka {

namespace {

Error pool_ended() {
  return Error(ErrorCode::kAborted,
               "the producer pool ended before everything was acknowledged; flush() or let the "
               "batch end before the last copy of the pool goes");
}

}  // namespace

/// One producer, and the lease that it serves or served last.
struct PoolCore::Member final : Producer::Listener {
  enum class State : std::uint8_t {
    kFree,
    kLent,
    kEnding,   ///< given back; some of what it was given is not acknowledged
    kRetired,  ///< its lease ran out: closed once all is acknowledged
  };

  Member(ClientContext& context, Metadata& metadata, Duration delivery_limit)
      : log(context.log),
        producer(context, metadata, {.delivery_timeout = delivery_limit}, *this) {}

  void on_trouble(const Error& error) override {
    trouble = error;
    log.warning(concat("producer pool: ", error.message()));
  }
  void on_recovery() override { trouble.reset(); }
  void tell_end() {
    const Ended tell = std::exchange(ended, nullptr);
    if (tell) tell(failure ? Result<void>(*failure) : Result<void>());
  }

  const Log& log;
  State state = State::kFree;
  TimePoint free_since{};
  Account account;
  Ended ended;
  net::Timer lease_limit;
  std::size_t on_their_way = 0;  // batches
  std::int64_t records_on_their_way = 0;
  std::optional<Error> failure;  // the first of the lease
  std::optional<Error> trouble;
  Producer producer;
};

PoolCore::PoolCore(net::Loop& loop, PoolOptions options, ClientOptions client, PoolUseCounts& use,
                   Log log)
    : context_{loop, std::move(client), BufferPool{std::size_t{1} << 20}, std::move(log)},
      options_(std::move(options)),
      use_(use),
      metadata_(context_),
      questions_(context_, metadata_, context_.options.request_timeout),
      borrow_alarm_(loop, [this] { refuse_who_waited_too_long(); }),
      idle_alarm_(loop, [this] { close_idle(); }) {}

PoolCore::~PoolCore() {
  for (const auto& member : members_) {
    if (member->on_their_way > 0) fail(*member, pool_ended(), member->records_on_their_way);
    member->tell_end();
  }
}

void PoolCore::borrow(Ended ended, Lent lent) {
  const TimePoint until = context_.loop.now() + options_.borrow_limit;
  waiting_.push_back({until, std::move(ended), std::move(lent)});
  borrow_alarm_.set(waiting_.front().until);
  serve();
}

void PoolCore::serve() {
  while (!waiting_.empty()) {
    Member* member = find_free();
    if (member == nullptr) return;
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    lend(*member, std::move(next));
  }
}

/// Returns the producer that was used last, so that the others become idle; or a new one.
PoolCore::Member* PoolCore::find_free() {
  Member* best = nullptr;
  std::size_t open = 0;
  for (const auto& member : members_) {
    if (member->state != Member::State::kRetired) ++open;
    if (member->state != Member::State::kFree) continue;
    if (best == nullptr || member->free_since > best->free_since) best = member.get();
  }
  if (best != nullptr || open >= options_.max_producers) return best;
  members_.push_back(std::make_unique<Member>(context_, metadata_, options_.delivery_limit));
  use_.update([](PoolUse& use) { ++use.open; });
  return members_.back().get();
}

void PoolCore::lend(Member& member, Waiting to) {
  member.state = Member::State::kLent;
  member.account = std::make_shared<LeaseAccount>();
  member.ended = std::move(to.ended);
  member.failure.reset();
  member.lease_limit =
      context_.loop.call_after(options_.lease_limit, [this, &member] { expire(member); });
  use_.update([](PoolUse& use) {
    ++use.lent;
    ++use.borrowed;
  });
  to.lent(member.account);
}

void PoolCore::refuse_who_waited_too_long() {
  while (!waiting_.empty() && waiting_.front().until <= context_.loop.now()) {
    const Waiting late = std::move(waiting_.front());
    waiting_.pop_front();
    use_.update([](PoolUse& use) { ++use.refused; });
    if (late.ended) late.ended({});
    late.lent(none_free());
  }
  if (!waiting_.empty()) borrow_alarm_.set(waiting_.front().until);
}

Error PoolCore::none_free() const {
  std::size_t lent = 0;
  std::size_t ending = 0;
  std::string trouble;
  for (const auto& member : members_) {
    if (member->state == Member::State::kLent) ++lent;
    if (member->state != Member::State::kEnding) continue;
    ++ending;
    if (member->trouble) trouble = concat(" (", member->trouble->message(), ")");
  }
  return Error(ErrorCode::kTimedOut,
               concat("no producer of the pool was free within ", in_words(options_.borrow_limit),
                      ": of ", options_.max_producers, ", ", lent, " are lent and ", ending,
                      " wait for acknowledgements", trouble,
                      "; give leases back earlier, or raise .max_producers or .borrow_limit"))
      .as_retriable();
}

PoolCore::Member* PoolCore::find_lent_to(const Account& account) {
  for (const auto& member : members_) {
    if (member->account == account && member->state == Member::State::kLent) return member.get();
  }
  return nullptr;
}

void PoolCore::find_partitions(const Account& account, const std::string& topic,
                               TopicQuestions::Answer answer) {
  if (find_lent_to(account) == nullptr) return answer(ran_out());
  questions_.ask(account.get(), topic, std::move(answer));
}

void PoolCore::write(const Account& account, std::vector<ClosedBatch> batches) {
  Member* member = find_lent_to(account);
  for (ClosedBatch& batch : batches) {
    const std::size_t bytes = batch.bytes.capacity();
    const std::int32_t records = batch.records;
    if (member == nullptr) {
      account->settle(bytes, ran_out());
      warn_unwritten(ran_out(), records);
      continue;
    }
    ++member->on_their_way;
    member->records_on_their_way += records;
    member->producer.send(batch.to, std::move(batch.bytes),
                          [this, member, bytes, records](const Result<Offset>& outcome) {
                            on_delivered(*member, bytes, records,
                                         outcome.ok() ? Result<void>() : outcome.error());
                          });
  }
}

void PoolCore::on_delivered(Member& member, std::size_t bytes, std::int32_t records,
                            const Result<void>& outcome) {
  --member.on_their_way;
  member.records_on_their_way -= records;
  if (outcome.ok()) {
    use_.update([&](PoolUse& use) { use.records += records; });
  } else {
    fail(member, outcome.error(), records);
  }
  member.account->settle(bytes, outcome);
  settle_if_done(member);
}

void PoolCore::give_back(const Account& account, std::int64_t unwritten) {
  Member* member = find_lent_to(account);
  if (member == nullptr) return warn_unwritten(ran_out(), unwritten);
  if (unwritten > 0) {
    fail(*member, Error(ErrorCode::kInternal, "a record batch could not be closed"), unwritten);
  }
  member->lease_limit.cancel();
  member->state = Member::State::kEnding;
  settle_if_done(*member);
}

void PoolCore::expire(Member& member) {
  if (!member.account->end(ran_out())) return;  // it is being given back just now
  context_.log.warning(concat("producer pool: ", ran_out().message()));
  use_.update([](PoolUse& use) {
    ++use.expired;
    --use.lent;
    --use.open;
  });
  member.state = Member::State::kRetired;
  if (!member.failure) member.failure = ran_out();
  questions_.end(member.account.get(), ran_out());
  settle_if_done(member);
  serve();
}

Error PoolCore::ran_out() const {
  return Error(ErrorCode::kTimedOut,
               concat("the lease of a producer ran out after ", in_words(options_.lease_limit),
                      "; borrow one for each piece of work and give it back, or raise "
                      ".lease_limit of the pool"));
}

void PoolCore::fail(Member& member, const Error& error, std::int64_t records) {
  if (member.failure) return;
  member.failure = error;
  warn_unwritten(error, records);
}

void PoolCore::warn_unwritten(const Error& error, std::int64_t records) const {
  if (records == 0) return;
  context_.log.warning(
      concat("producer pool: ", records, " records were not written: ", error.message()));
}

void PoolCore::settle_if_done(Member& member) {
  const bool lease_over =
      member.state == Member::State::kEnding || member.state == Member::State::kRetired;
  if (!lease_over || member.on_their_way > 0) return;
  member.tell_end();
  if (member.state == Member::State::kRetired) return remove(member);
  member.state = Member::State::kFree;
  member.free_since = context_.loop.now();
  member.account.reset();
  idle_alarm_.set(member.free_since + options_.idle_limit);
  serve();
}

void PoolCore::close_idle() {
  std::vector<Member*> idle;
  for (const auto& member : members_) {
    if (member->state != Member::State::kFree) continue;
    const TimePoint until = member->free_since + options_.idle_limit;
    if (until <= context_.loop.now()) {
      idle.push_back(member.get());
    } else {
      idle_alarm_.set(until);
    }
  }
  for (Member* member : idle) remove(*member);
  use_.update([&](PoolUse& use) {
    use.open -= idle.size();
    use.closed_idle += static_cast<std::int64_t>(idle.size());
  });
}

void PoolCore::remove(Member& member) {
  std::erase_if(members_, [&](const auto& one) { return one.get() == &member; });
}

}  // namespace weir::kafka
