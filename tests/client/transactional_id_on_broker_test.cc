// A transactional id against the embedded broker on a simulated network, in both protocols: what a
// transaction says of a group's offsets holds once it is committed, and never otherwise.

#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <string>

#include "broker/broker.h"
#include "kafka/offset_store.h"
#include "kafka/transactional_id.h"
#include "net/sim_network.h"
#include "wire/error_codes.h"
#include "wire/messages/txn_offset_commit.h"
#include "wire/messages/update_features.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
namespace kafka_code = wire::kafka_code;

const kafka::TopicPartition kPartition{"t", {0}};

/// A broker that tells clients to use a version of the protocol, and two clients that both are
/// "tx".
class TransactionalIdOnBroker : public testing::TestWithParam<std::int16_t> {
 protected:
  TransactionalIdOnBroker() {
    broker::BrokerOptions options;
    options.port = 9092;
    options.topics = {{"t", 1}};
    broker_ = std::make_unique<broker::Broker>(network_.loop("broker"), options);
    EXPECT_TRUE(broker_->start().ok());
    context_.options.bootstrap = {{"127.0.0.1", 9092}};
    context_.options.request_timeout = 2s;
    metadata_ = std::make_unique<kafka::Metadata>(context_);
    group_ = std::make_unique<kafka::Coordinator>(context_, *metadata_, "g");
    offsets_ = std::make_unique<kafka::OffsetStore>(
        context_, *group_, [](const auto&) {},
        [](const auto&, const Error& error) { return error; });
    first_ = make_id();
    second_ = make_id();
    use_version(GetParam());
  }

  std::unique_ptr<kafka::TransactionalId> make_id() {
    return std::make_unique<kafka::TransactionalId>(
        context_, *metadata_, kafka::TransactionalIdOptions{"tx", 5min},
        [this](const std::string& what) { troubles_ += what.empty() ? 0 : 1; });
  }

  void use_version(std::int16_t version) {
    kafka::Channel channel(context_, {"127.0.0.1", 9092}, "the broker");
    std::optional<std::int16_t> code;
    channel.call<wire::UpdateFeaturesRequest>(
        [version](std::int16_t) {
          wire::UpdateFeaturesRequest request;
          request.feature_updates.push_back({"transaction.version", version, true, 2});
          return request;
        },
        2s, [&](const auto& answer) { code = answer->message.error_code; });
    EXPECT_TRUE(network_.run_until([&] { return code.has_value(); }));
    EXPECT_EQ(code, kafka_code::kNone);
  }

  Result<void> wait(const std::function<void(plan::Done)>& call) {
    std::optional<Result<void>> outcome;
    call([&](const Result<void>& ended) { outcome = ended; });
    EXPECT_TRUE(network_.run_until([&] { return outcome.has_value(); }, 10min));
    return *outcome;
  }
  static std::string text(const Result<void>& outcome) {
    return outcome.ok() ? "ok" : outcome.error().message();
  }
  std::string open(kafka::TransactionalId& id) {
    return text(wait([&](plan::Done done) { id.open(std::move(done)); }));
  }
  bool is_taken(kafka::TransactionalId& id) {
    std::optional<Result<bool>> told;
    id.ask_whether_taken([&](const Result<bool>& taken) { told = taken; });
    EXPECT_TRUE(network_.run_until([&] { return told.has_value(); }, 10min));
    return told->value();
  }
  Result<void> end(kafka::TransactionalId& id, bool commit) {
    return wait([&](plan::Done done) { id.end(commit, std::move(done)); });
  }
  /// Begins a transaction that has the group at `offset`.
  void begin(kafka::TransactionalId& id, std::int64_t offset) {
    ASSERT_TRUE(wait([&](const plan::Done& done) {
                  id.begin([this, done](const Result<kafka::TransactionIdentity>& begun) {
                    identity_ = begun.value();
                    done({});
                  });
                }).ok());
    EXPECT_EQ(identity_.adds_itself, GetParam() == 2);
    if (!identity_.adds_itself) {
      ASSERT_EQ(text(wait([&](plan::Done done) { id.add_partitions({kPartition}, done); })), "ok");
      ASSERT_EQ(text(wait([&](plan::Done done) { id.add_group("g", std::move(done)); })), "ok");
    }
    commit_offset(offset);
  }
  void commit_offset(std::int64_t offset) {
    std::optional<std::int16_t> code;
    group_->call<wire::TxnOffsetCommitRequest>(
        kafka::Coordinator::Lane::kPlain,
        [&](std::int16_t) {
          wire::TxnOffsetCommitRequest request;
          request.transactional_id = identity_.transactional_id;
          request.group_id = "g";
          request.producer_id = identity_.producer.id;
          request.producer_epoch = identity_.producer.epoch;
          request.topics.push_back({"t", {}, {{0, offset, -1, ""}}});
          return request;
        },
        2s,
        [&](const Result<kafka::Answer<wire::TxnOffsetCommitResponse>>& answer) {
          code = answer.value().message.topics.at(0).partitions.at(0).error_code;
        },
        identity_.adds_itself ? kafka::kNewestVersion : std::int16_t{4});
    EXPECT_TRUE(network_.run_until([&] { return code.has_value(); }));
    EXPECT_EQ(code, kafka_code::kNone);
  }
  /// The group's offset, once no open transaction can change it; -1 for none.
  std::int64_t committed() {
    std::int64_t offset = -2;
    offsets_->fetch({kPartition}, [&](const Result<kafka::OffsetStore::Committed>& outcome) {
      offset = outcome->empty() ? -1 : outcome->begin()->second.position.offset.value;
    });
    EXPECT_TRUE(network_.run_until([&] { return offset != -2; }, 10min));
    return offset;
  }

  net::SimNetwork network_{11};
  std::unique_ptr<broker::Broker> broker_;
  kafka::ClientContext context_{network_.loop("client"), {}, BufferPool(1 << 20), Log()};
  std::unique_ptr<kafka::Metadata> metadata_;
  std::unique_ptr<kafka::Coordinator> group_;
  std::unique_ptr<kafka::OffsetStore> offsets_;
  std::unique_ptr<kafka::TransactionalId> first_;
  std::unique_ptr<kafka::TransactionalId> second_;
  kafka::TransactionIdentity identity_;
  int troubles_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Versions, TransactionalIdOnBroker, testing::Values(0, 1, 2));

TEST_P(TransactionalIdOnBroker, CommitsAndAborts) {
  ASSERT_EQ(open(*first_), "ok");
  begin(*first_, 5);
  EXPECT_EQ(text(end(*first_, true)), "ok");
  EXPECT_EQ(committed(), 5);
  begin(*first_, 6);
  EXPECT_EQ(text(end(*first_, false)), "ok");
  EXPECT_EQ(committed(), 5);
  begin(*first_, 7);
  EXPECT_EQ(text(end(*first_, true)), "ok");
  EXPECT_EQ(committed(), 7);
}

TEST_P(TransactionalIdOnBroker, GoesOnUnderANewEpochAfterALostCall) {
  ASSERT_EQ(open(*first_), "ok");
  begin(*first_, 5);
  const auto before = identity_.producer;
  first_->note_lost_call();
  EXPECT_EQ(text(end(*first_, true)), "ok");
  begin(*first_, 6);
  EXPECT_EQ(identity_.producer.id, before.id);
  EXPECT_EQ(identity_.producer.epoch, before.epoch + 1);
  EXPECT_EQ(text(end(*first_, true)), "ok");
  EXPECT_EQ(committed(), 6);
}

TEST_P(TransactionalIdOnBroker, AbortsWhatIsOpenWhenAnotherTakesItOver) {
  ASSERT_EQ(open(*first_), "ok");
  begin(*first_, 5);
  ASSERT_EQ(open(*second_), "ok");
  const auto ended = end(*first_, true);
  EXPECT_EQ(ended.error().code(), ErrorCode::kAborted);
  EXPECT_EQ(ended.error().kafka_code(), kafka_code::kProducerFenced);
  EXPECT_EQ(committed(), -1);
  EXPECT_TRUE(is_taken(*first_));
  begin(*second_, 6);
  EXPECT_EQ(text(end(*second_, true)), "ok");
  EXPECT_EQ(committed(), 6);
}

TEST_P(TransactionalIdOnBroker, IsTakenOverAgainAfterATransactionThatTookTooLong) {
  ASSERT_EQ(open(*first_), "ok");
  begin(*first_, 5);
  network_.run_for(5min + 1s);
  EXPECT_EQ(end(*first_, true).error().code(), ErrorCode::kAborted);
  EXPECT_EQ(committed(), -1);
  EXPECT_FALSE(is_taken(*first_));
  ASSERT_EQ(open(*first_), "ok");
  begin(*first_, 6);
  EXPECT_EQ(text(end(*first_, true)), "ok");
  EXPECT_EQ(committed(), 6);
}

TEST_P(TransactionalIdOnBroker, KnowsWhoHasTakenIt) {
  ASSERT_EQ(open(*first_), "ok");
  EXPECT_FALSE(is_taken(*first_)) << "it has it";
  ASSERT_EQ(open(*first_), "ok");
  begin(*first_, 5);
  ASSERT_EQ(text(end(*first_, true)), "ok");
  EXPECT_FALSE(is_taken(*first_)) << "after its own end";
  ASSERT_EQ(open(*second_), "ok");
  EXPECT_TRUE(is_taken(*first_)) << "while the other has no transaction";
  begin(*second_, 6);
  EXPECT_TRUE(is_taken(*first_)) << "while it has one";
  ASSERT_EQ(text(end(*second_, true)), "ok");
  EXPECT_TRUE(is_taken(*first_)) << "after that";
  EXPECT_FALSE(is_taken(*second_));
}

TEST_P(TransactionalIdOnBroker, IsTakenByWhoCameAfterTheTimeOut) {
  ASSERT_EQ(open(*first_), "ok");
  begin(*first_, 5);
  network_.run_for(5min + 1s);
  ASSERT_EQ(open(*second_), "ok");
  EXPECT_TRUE(is_taken(*first_));
}

TEST_P(TransactionalIdOnBroker, CommitsEachTransactionOnceOverConnectionsThatBreak) {
  network_.options().break_one_in = 4;
  ASSERT_EQ(open(*first_), "ok");
  for (std::int64_t offset = 1; offset <= 50; ++offset) {
    network_.options().break_one_in = 0;
    begin(*first_, offset);
    network_.options().break_one_in = 4;
    ASSERT_EQ(text(end(*first_, offset % 3 != 0)), "ok");
    network_.options().break_one_in = 0;
    ASSERT_EQ(committed(), offset % 3 != 0 ? offset : offset - 1);
  }
  EXPECT_GT(troubles_, 20);
}

}  // namespace
}  // namespace weir
