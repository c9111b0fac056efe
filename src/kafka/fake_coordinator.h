#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "kafka/fake_broker.h"
#include "kafka/produce_queue.h"
#include "wire/error_codes.h"
#include "wire/messages/add_offsets_to_txn.h"
#include "wire/messages/add_partitions_to_txn.h"
#include "wire/messages/end_txn.h"
#include "wire/messages/find_coordinator.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/produce.h"
#include "wire/messages/txn_offset_commit.h"

namespace weir::kafka {

/// What a FakeCoordinator does about one request instead of answering it well.
struct Fault {
  enum Kind : std::uint8_t { kRefused, kLostBefore, kLostAfter } kind;
  std::int16_t code = 0;
};

/// The coordinator of one transactional id in a FakeCluster: keeps Kafka's rules of who may do what
/// to a transaction, in both protocols, unless it has faults to make first. Broker "two", at first.
class FakeCoordinator {
 public:
  explicit FakeCoordinator(FakeCluster& cluster) : cluster_(cluster) {
    for (FakeBroker* broker : {&cluster.one, &cluster.two}) {
      broker->on<wire::FindCoordinatorRequest>(
          [this](const auto& request, const auto& reply) { find(request, reply); });
      serve<wire::InitProducerIdRequest>(*broker, &FakeCoordinator::init);
      serve<wire::AddPartitionsToTxnRequest>(*broker, &FakeCoordinator::add);
      serve<wire::AddOffsetsToTxnRequest>(*broker, &FakeCoordinator::add_group);
      serve<wire::EndTxnRequest>(*broker, &FakeCoordinator::end);
      broker->on<wire::ProduceRequest>([](const auto&, const auto&) {});
      broker->on<wire::TxnOffsetCommitRequest>([](const auto&, const auto&) {});
    }
  }

  void set_transaction_version(std::int16_t level) {
    for (FakeBroker* broker : {&cluster_.one, &cluster_.two}) {
      broker->features["transaction.version"] = level;
    }
  }
  void limit_end_txn(std::int16_t newest) {
    serve<wire::EndTxnRequest>(cluster_.two, &FakeCoordinator::end, newest);
  }
  void limit_init_producer_id(std::int16_t newest) {
    serve<wire::InitProducerIdRequest>(cluster_.two, &FakeCoordinator::init, newest);
  }
  void move_to(std::string place) { place_ = std::move(place); }
  /// Something is written in the newer protocol, which opens a transaction.
  void write() { open_ = true; }

  std::ptrdiff_t count(std::string_view what) const {
    return std::count(said.begin(), said.end(), what);
  }
  /// How often the coordinator was asked what it speaks, beyond what connections ask.
  std::size_t looks() const {
    return cluster_.two.count("ApiVersionsRequest") -
           static_cast<std::size_t>(cluster_.two.accepted);
  }

  /// What is done about the next requests of a transactional id.
  std::deque<Fault> faults;
  /// What is said of partitions once, by their name.
  std::map<std::string, std::int16_t> errors_of;
  std::int16_t find_error = 0;
  /// What was asked, such as "commit 7/0 v4", and when.
  std::vector<std::string> said;
  std::vector<TimePoint> said_at;
  /// How transactions ended: "commit" or "abort".
  std::vector<std::string> ends;
  std::int16_t epoch = -1;
  std::int16_t last_epoch = -1;

 private:
  static constexpr std::int16_t kLastEpoch = 32766;
  template <class Request>
  using Act = typename Request::Response (FakeCoordinator::*)(const Request&, std::int16_t version);

  template <class Request>
  void serve(FakeBroker& broker, Act<Request> act, std::int16_t newest = 1000) {
    const wire::Versions all = Request::kSchema.versions;
    broker.on<Request>(
        [this, act, &broker](const Request& request, const auto& reply) {
          answer<Request>(broker, act, request, reply);
        },
        {all.first, std::min(all.last, newest)});
  }

  template <class Request>
  void answer(FakeBroker& broker, Act<Request> act, const Request& request,
              const Reply<typename Request::Response>& reply) {
    Fault fault{Fault::kRefused, 0};
    if (broker.name() != place_) fault.code = wire::kafka_code::kNotCoordinator;
    if (fault.code == 0 && !faults.empty()) {
      fault = faults.front();
      faults.pop_front();
    }
    said_at.push_back(broker.loop().now());
    error_ = fault.code;
    doing_nothing_ = fault.kind == Fault::kLostBefore || fault.code != 0;
    const auto response = (this->*act)(request, reply.version());
    fault.kind == Fault::kRefused ? reply(response) : reply.hang_up();
  }

  void find(const wire::FindCoordinatorRequest& request,
            const Reply<wire::FindCoordinatorResponse>& reply) {
    wire::FindCoordinatorResponse response;
    response.coordinators.push_back({request.coordinator_keys.at(0), place_ == "one" ? 1 : 2,
                                     place_, 9092, find_error, std::nullopt});
    reply(response);
  }

  wire::InitProducerIdResponse init(const wire::InitProducerIdRequest& request, std::int16_t) {
    said.push_back(concat("init ", *request.transactional_id, " ",
                          name({request.producer_id, request.producer_epoch}), " ",
                          request.transaction_timeout_ms, " ms"));
    if (!doing_nothing_) error_ = try_init(request);
    wire::InitProducerIdResponse response;
    response.error_code = error_;
    response.producer_id = id_;
    response.producer_epoch = epoch;
    return response;
  }
  std::int16_t try_init(const wire::InitProducerIdRequest& request) {
    const bool is_given = request.producer_id >= 0;
    if (is_given && request.producer_id != id_) return wire::kafka_code::kProducerFenced;
    if (open_) {
      close("abort");
      ++epoch;
      last_epoch = -1;
      return wire::kafka_code::kConcurrentTransactions;
    }
    if (is_given && request.producer_epoch == last_epoch) return 0;
    if (is_given && request.producer_epoch != epoch) return wire::kafka_code::kProducerFenced;
    last_epoch = is_given ? epoch : std::int16_t{-1};
    ++epoch;
    raised_ = false;
    return 0;
  }

  wire::AddPartitionsToTxnResponse add(const wire::AddPartitionsToTxnRequest& request,
                                       std::int16_t) {
    const ProducerIdentity as{request.v3_and_below_producer_id,
                              request.v3_and_below_producer_epoch};
    if (!doing_nothing_ && errors_of.empty()) error_ = try_add(as);
    wire::AddPartitionsToTxnResponse response;
    std::string text = concat("add ", name(as), ":");
    for (const auto& topic : request.v3_and_below_topics) {
      auto& told = response.results_by_topic_v3_and_below.emplace_back();
      told.name = topic.name;
      for (const std::int32_t index : topic.partitions) {
        const std::string partition = concat(topic.name, "-", index);
        text += concat(" ", partition);
        const auto own = errors_of.extract(partition);
        told.results_by_partition.push_back({index, own.empty() ? error_ : own.mapped()});
      }
    }
    said.push_back(text);
    return response;
  }
  wire::AddOffsetsToTxnResponse add_group(const wire::AddOffsetsToTxnRequest& request,
                                          std::int16_t) {
    const ProducerIdentity as{request.producer_id, request.producer_epoch};
    said.push_back(concat("group ", name(as), ": ", request.group_id));
    if (!doing_nothing_) error_ = try_add(as);
    wire::AddOffsetsToTxnResponse response;
    response.error_code = error_;
    return response;
  }
  std::int16_t try_add(ProducerIdentity as) {
    if (as.id != id_) return wire::kafka_code::kInvalidProducerIdMapping;
    if (as.epoch != epoch) return wire::kafka_code::kProducerFenced;
    open_ = true;
    raised_ = false;
    return 0;
  }

  wire::EndTxnResponse end(const wire::EndTxnRequest& request, std::int16_t version) {
    const ProducerIdentity as{request.producer_id, request.producer_epoch};
    const std::string how = request.committed ? "commit" : "abort";
    said.push_back(concat(how, " ", name(as), " v", version));
    if (!doing_nothing_) error_ = try_end(as, how, version >= 5);
    wire::EndTxnResponse response;
    response.error_code = error_;
    response.producer_id = id_;
    response.producer_epoch = epoch;
    return response;
  }
  std::int16_t try_end(ProducerIdentity as, const std::string& how, bool raises) {
    const bool is_retry =
        raised_ && !open_ &&
        ((as.id == id_ && as.epoch + 1 == epoch) || (as.id == last_id_ && as.epoch == kLastEpoch));
    if (is_retry) return ends.back() == how ? 0 : wire::kafka_code::kInvalidTxnState;
    if (as.id != id_) return wire::kafka_code::kInvalidProducerIdMapping;
    if (as.epoch != epoch) return wire::kafka_code::kProducerFenced;
    if (!open_) {
      const bool was_so = !raises && !ends.empty() && ends.back() == how;
      return was_so ? std::int16_t{0} : std::int16_t{wire::kafka_code::kInvalidTxnState};
    }
    close(how);
    if (raises) raise();
    return 0;
  }
  void close(const std::string& how) {
    ends.push_back(how);
    open_ = false;
  }
  void raise() {
    raised_ = true;
    last_id_ = id_;
    if (epoch >= kLastEpoch) {
      ++id_;
      epoch = -1;
    }
    ++epoch;
  }

  static std::string name(ProducerIdentity who) { return concat(who.id, "/", who.epoch); }

  FakeCluster& cluster_;
  std::string place_ = "two";
  std::int64_t id_ = 7;
  std::int64_t last_id_ = -1;
  bool open_ = false;
  bool raised_ = false;  // the last end raised the epoch
  std::int16_t error_ = 0;
  bool doing_nothing_ = false;
};

}  // namespace weir::kafka
