#pragma once

#include <gmock/gmock.h>

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kafka/fake_coordinator.h"
#include "kafka/transactional_id.h"

namespace weir::kafka {

/// A TransactionalId "tx" and its coordinator, broker "two".
class TransactionalIdTest : public testing::Test {
 protected:
  TransactionalIdTest() {
    context_.options.bootstrap = {{"one", 9092}};
    coordinator_.set_transaction_version(1);
  }

  /// Runs until a call has ended; "ok" or its error.
  std::string outcome_of(const std::function<void(plan::Done)>& call) {
    std::optional<Result<void>> outcome;
    call([&](const Result<void>& ended) { outcome = ended; });
    if (!network_.run_until([&] { return outcome.has_value(); }, std::chrono::minutes(10)))
      return "still under way";
    code_ = outcome->ok() ? std::nullopt : std::optional(outcome->error().code());
    kafka_code_ = outcome->ok() ? std::int16_t{0} : outcome->error().kafka_code();
    return outcome->ok() ? "ok" : outcome->error().message();
  }
  std::string open() {
    return outcome_of([this](plan::Done done) { id_->open(std::move(done)); });
  }
  std::string begin() {
    return outcome_of([this](const plan::Done& done) {
      id_->begin([this, done](const Result<TransactionIdentity>& begun) {
        if (!begun.ok()) return done(begun.error());
        identity_ = *begun;
        done({});
      });
    });
  }
  std::string add(const std::vector<TopicPartition>& partitions) {
    return outcome_of([&](plan::Done done) { id_->add_partitions(partitions, std::move(done)); });
  }
  std::string add_group() {
    return outcome_of([this](plan::Done done) { id_->add_group("g", std::move(done)); });
  }
  std::string end(bool commit) {
    return outcome_of([&](plan::Done done) { id_->end(commit, std::move(done)); });
  }
  /// A whole transaction, or what went wrong.
  std::string commit_one() {
    if (const auto begun = begin(); begun != "ok") return begun;
    if (identity_.adds_itself) {
      coordinator_.write();
    } else if (const auto added = add({kT0}); added != "ok") {
      return added;
    }
    return end(true);
  }
  std::string who() const {
    return concat(identity_.producer.id, "/", identity_.producer.epoch,
                  identity_.adds_itself ? " newer" : " older");
  }
  void refuse(std::initializer_list<std::int16_t> codes) {
    for (const std::int16_t code : codes) coordinator_.faults.push_back({Fault::kRefused, code});
  }
  void lose(std::initializer_list<Fault::Kind> kinds) {
    for (const auto kind : kinds) coordinator_.faults.push_back({kind, 0});
  }
  std::vector<std::string> said() { return std::exchange(coordinator_.said, {}); }
  void open_older() {
    ASSERT_EQ(open(), "ok");
    said();
  }
  void open_newer() {
    coordinator_.set_transaction_version(2);
    ASSERT_EQ(open(), "ok");
    said();
  }

  const TopicPartition kT0{"t", {0}};
  const TopicPartition kT1{"t", {1}};
  const TopicPartition kU0{"u", {0}};

  net::SimNetwork network_{7};
  FakeCluster cluster_{network_};
  FakeCoordinator coordinator_{cluster_};
  ClientContext context_{network_.loop("client"), {}, BufferPool(1 << 20), Log()};
  std::vector<std::string> troubles_;
  std::optional<ErrorCode> code_;
  std::int16_t kafka_code_ = 0;
  TransactionIdentity identity_;
  Metadata metadata_{context_};
  std::unique_ptr<TransactionalId> id_ = std::make_unique<TransactionalId>(
      context_, metadata_, TransactionalIdOptions{"tx", std::chrono::seconds(45)},
      [this](const std::string& what) { troubles_.push_back(what); });
};

}  // namespace weir::kafka
