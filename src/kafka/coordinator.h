#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kafka/backoff.h"
#include "kafka/channel.h"
#include "kafka/metadata.h"
#include "wire/messages/find_coordinator.h"

namespace weir::kafka {

/// What a coordinator is of.
enum class CoordinatorOf : std::int8_t { kGroup = 0, kTransactionalId = 1 };

/// The way to the broker that coordinates a group, or the transactions of a transactional id: finds
/// it, and finds it again when it has moved or was lost, with pauses that grow. It has two lanes,
/// each a connection of its own, because a broker answers one request per connection at a time and
/// a join may wait for minutes. Owned by an input of a source, beside the GroupMember and the
/// OffsetStore that call through it, or by a TransactionalId; they end together (a Coordinator that
/// is destroyed drops its calls). On the loop's thread.
class Coordinator {
 public:
  enum class Lane {
    kJoin,  ///< JoinGroup and SyncGroup: parked until the other members are there
    kPlain  ///< all that is answered at once
  };

  Coordinator(ClientContext& context, Metadata& metadata, std::string key,
              CoordinatorOf what = CoordinatorOf::kGroup);

  /// Calls the coordinator, once it is found. `handler` is called exactly once, never before call()
  /// returns. Makes one attempt; another call may follow at once, from the handler too: it waits
  /// for the pause that is due. `make` and `handler` are as Channel's.
  template <class Request>
  void call(Lane lane, std::function<Request(std::int16_t version)> make, Duration timeout,
            AnswerHandler<typename Request::Response> handler,
            std::int16_t newest = kNewestVersion);

  /// Takes note of the error code in an answer. Returns true where it says that the broker does not
  /// coordinate the group (yet): the next call looks the coordinator up again.
  bool disowned(std::int16_t code);

  /// The group, or the transactional id.
  const std::string& key() const { return key_; }

 private:
  /// Sends on a channel, or tells the error.
  using Attempt = std::function<void(Result<Channel*>)>;
  struct Waiting {
    Lane lane;
    Attempt attempt;
  };

  void submit(Lane lane, Attempt attempt);
  Channel& channel(Lane lane) { return lane == Lane::kJoin ? *join_ : *plain_; }
  void look_up_soon();
  void look_up();
  void on_metadata(const Result<void>& outcome);
  void on_found(const Result<Answer<wire::FindCoordinatorResponse>>& answer);
  void settle(NodeId node, net::Endpoint endpoint);
  void retire(std::unique_ptr<Channel> channel);
  void forget();
  void fail(const Error& error);
  void flush();

  ClientContext& context_;
  Metadata& metadata_;
  /// "group 'g'", for messages.
  std::string subject() const;

  const std::string key_;
  const CoordinatorOf what_;
  bool found_ = false;
  std::uint64_t finds_ = 0;  // tells calls of before from those of now
  std::unique_ptr<Channel> join_;
  std::unique_ptr<Channel> plain_;
  std::vector<std::unique_ptr<Channel>> retired_;  // until their last calls have ended

  std::vector<Waiting> waiting_;
  std::unique_ptr<Channel> finder_;  // while it is being looked up
  bool needs_brokers_ = false;       // looks up as soon as there is metadata
  NodeId ask_from_ = 0;              // the broker to ask, or the next one that there is
  TimePoint next_lookup_;
  Backoff backoff_;
  net::Timer timer_;
  Metadata::Subscription subscription_;
  // Expires with this object: tells after a callback whether it is still there.
  std::shared_ptr<Coordinator*> self_ = std::make_shared<Coordinator*>(this);
};

template <class Request>
void Coordinator::call(Lane lane, std::function<Request(std::int16_t)> make, Duration timeout,
                       AnswerHandler<typename Request::Response> handler, std::int16_t newest) {
  using Reply = Result<Answer<typename Request::Response>>;
  submit(lane, [this, make = std::move(make), timeout, handler = std::move(handler),
                newest](Result<Channel*> to) {
    if (!to.ok()) return handler(to.error());
    const auto on_reply = [this, handler, find = finds_](const Reply& reply) {
      if (!reply.ok() && find == finds_) forget();
      handler(reply);
    };
    (*to)->call<Request>(make, timeout, on_reply, newest);
  });
}

}  // namespace weir::kafka
