#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "kafka/coordinator.h"

namespace weir::kafka {

/// Calls of a transactional id's coordinator, each made again until it is answered for good: after
/// a lost connection, at the coordinator's next broker, and where the answer asks to wait. Several
/// may be under way. Owned by a TransactionalId, on the loop's thread; destroying it drops them.
class TransactionCalls {
 public:
  /// Is told of trouble that is tried again, and with an empty text that it is over.
  using OnTrouble = std::function<void(const std::string& what)>;

  TransactionCalls(ClientContext& context, Metadata& metadata, std::string id,
                   OnTrouble on_trouble);

  struct Terms {
    /// "ending a transaction of", for messages.
    std::string what;
    /// The pause where the last transaction is still being completed; doubled for each further one.
    Duration first_pause = std::chrono::milliseconds(1);
    std::int16_t newest = kNewestVersion;
  };
  template <class Request>
  struct Asking {
    Terms terms;
    std::function<Request(std::int16_t version)> make;
    /// The error code that an answer comes to.
    std::function<std::int16_t(const typename Request::Response&)> code_of;
    /// Nobody knows what became of an attempt; it is made again.
    std::function<void()> on_unsure = [] {};
    /// Comes once, never from inside call(): with an answer without error, or with an error that
    /// trying again does not help (see transaction_errors.h).
    AnswerHandler<typename Request::Response> handler;
  };
  template <class Request>
  void call(Asking<Request> asking);

  /// Calls `f` after a pause, unless all is dropped before.
  void later(Duration pause, std::function<void()> f);
  /// Drops all that is under way, without a word.
  void drop();

 private:
  /// What all requests have in common.
  struct Attempts {
    Terms terms;
    Backoff pause;
    TimePoint since;
    std::function<void()> send;
    std::function<void()> on_unsure;
    std::function<void(const Error&)> failed;
  };

  std::shared_ptr<Attempts> begin(Terms terms);
  template <class Request>
  void send(const std::shared_ptr<Attempts>& attempts,
            const std::shared_ptr<const Asking<Request>>& asking);
  void on_no_answer(Attempts& attempts, const Error& error);
  void on_refusal(const std::shared_ptr<Attempts>& attempts, std::int16_t code);
  void send_later(const std::shared_ptr<Attempts>& attempts, std::int16_t code);
  std::string name_of_call(const Terms& terms) const;
  void tell_trouble(const std::string& what);

  ClientContext& context_;
  const OnTrouble on_trouble_;
  std::string trouble_;
  std::uint64_t calls_ = 0;  // how many there were, for the pauses' jitter
  std::uint64_t round_ = 0;  // tells calls from those that were dropped
  std::uint64_t last_timer_ = 0;
  std::map<std::uint64_t, net::Timer> timers_;
  Coordinator coordinator_;
  // Expires with this object: tells after a callback whether it is still there.
  std::shared_ptr<TransactionCalls*> self_ = std::make_shared<TransactionCalls*>(this);
};

template <class Request>
void TransactionCalls::call(Asking<Request> asking) {
  const auto attempts = begin(asking.terms);
  const auto kept = std::make_shared<const Asking<Request>>(std::move(asking));
  attempts->on_unsure = kept->on_unsure;
  attempts->failed = [kept](const Error& error) { kept->handler(error); };
  const std::weak_ptr<Attempts> again = attempts;  // who holds it calls send()
  attempts->send = [this, kept, again] { send(again.lock(), kept); };
  attempts->send();
}

template <class Request>
void TransactionCalls::send(const std::shared_ptr<Attempts>& attempts,
                            const std::shared_ptr<const Asking<Request>>& asking) {
  using Reply = Result<Answer<typename Request::Response>>;
  coordinator_.call<Request>(
      Coordinator::Lane::kPlain, asking->make, context_.options.request_timeout,
      [this, attempts, asking, round = round_](const Reply& reply) {
        if (round != round_) return;
        if (!reply.ok()) return on_no_answer(*attempts, reply.error());
        const std::int16_t code = asking->code_of(reply->message);
        if (code != 0) return on_refusal(attempts, code);
        coordinator_.disowned(code);
        const std::weak_ptr<TransactionCalls*> alive = self_;
        tell_trouble("");
        if (!alive.expired() && round == round_) asking->handler(reply);
      },
      attempts->terms.newest);
}

}  // namespace weir::kafka
