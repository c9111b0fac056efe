#include "kafka/transaction_offsets.h"

#include <gmock/gmock.h>

#include <deque>

#include "kafka/fake_broker.h"
#include "wire/error_codes.h"

namespace weir::kafka {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using wire::TxnOffsetCommitRequest;
using wire::TxnOffsetCommitResponse;
namespace kafka_code = wire::kafka_code;

/// The offsets of group "g", whose coordinator notes commits as "m1/3: t-0=5", and answers with the
/// codes it is given, then with none; kSilent: not at all.
class TransactionOffsetsTest : public testing::Test {
 protected:
  static constexpr std::int16_t kSilent = -2;

  TransactionOffsetsTest() {
    context_.options.bootstrap = {{"one", 9092}};
    context_.options.request_timeout = 2s;
    cluster_.two.stop();
    cluster_.one.on<wire::FindCoordinatorRequest>([](const auto& request, const auto& reply) {
      wire::FindCoordinatorResponse response;
      response.coordinators.push_back(
          {request.coordinator_keys.at(0), 1, "one", 9092, 0, std::nullopt});
      reply(response);
    });
    cluster_.one.on<TxnOffsetCommitRequest>(
        [this](const auto& request, const auto& reply) { on_commit(request, reply); });
  }

  void on_commit(const TxnOffsetCommitRequest& request,
                 const Reply<TxnOffsetCommitResponse>& reply) {
    const auto& partition = request.topics.at(0).partitions.at(0);
    commits_.push_back(concat(request.member_id, "/", request.generation_id_or_member_epoch, ": ",
                              request.topics.at(0).name, "-", partition.partition_index, "=",
                              partition.committed_offset));
    std::int16_t code = kafka_code::kNone;
    if (!codes_.empty()) {
      code = codes_.front();
      codes_.pop_front();
    }
    if (code == kSilent) return;
    TxnOffsetCommitResponse response;
    response.topics.emplace_back().name = request.topics.at(0).name;
    response.topics.back().partitions.push_back({partition.partition_index, code});
    reply(response);
  }

  void commit() {
    offsets_.commit(
        {"id", {7, 0}, true}, {{{"t", {0}}, LogPosition{Offset{5}}}}, "batch",
        [this] { ++lost_calls_; },
        [this](const Result<void>& outcome) {
          ended_.push_back(outcome.ok() ? "done" : outcome.error().message());
          aborted_ = !outcome.ok() && outcome.error().code() == ErrorCode::kAborted;
        });
  }
  void run(Duration time) {
    network_.run_until([] { return false; }, time);
  }

  net::SimNetwork network_{3};
  FakeCluster cluster_{network_};
  ClientContext context_{network_.loop("client"), {}, BufferPool(1 << 20), Log()};
  Metadata metadata_{context_};
  Coordinator coordinator_{context_, metadata_, "g"};
  std::optional<GroupGeneration> generation_{{3, "m1", std::nullopt}};
  std::deque<std::int16_t> codes_;
  std::vector<std::string> commits_;
  std::vector<std::string> ended_;
  bool aborted_ = false;
  bool loses_when_refused_ = false;
  int lost_calls_ = 0;
  TransactionOffsets offsets_{
      context_, coordinator_, [this] { return generation_; }, [](const auto&) {},
      [this](const GroupGeneration&, const Error& error) -> std::optional<Error> {
        if (loses_when_refused_) offsets_.lose();
        return error;
      }};
};

TEST_F(TransactionOffsetsTest, CommitsAsTheMemberThatItIs) {
  commit();
  EXPECT_THAT(ended_, IsEmpty()) << "not from inside the call";
  run(1s);
  EXPECT_THAT(commits_, ElementsAre("m1/3: t-0=5"));
  EXPECT_THAT(ended_, ElementsAre("done"));
}

TEST_F(TransactionOffsetsTest, ALaterGenerationThatKeepsThePartitionsCarriesOn) {
  codes_ = {kSilent};
  commit();
  run(1s);
  generation_->id = 4;
  run(10s);
  EXPECT_THAT(commits_, ElementsAre("m1/3: t-0=5", "m1/4: t-0=5"));
  EXPECT_EQ(lost_calls_, 1);
  EXPECT_THAT(ended_, ElementsAre("done"));
}

TEST_F(TransactionOffsetsTest, WhoHasLostThePartitionsDoesNotCommitEvenWhenTheyAreBack) {
  codes_ = {kSilent};
  commit();
  run(1s);
  offsets_.lose();
  generation_->id = 5;
  run(10s);
  EXPECT_THAT(commits_, ElementsAre("m1/3: t-0=5"));
  EXPECT_THAT(ended_, ElementsAre(HasSubstr("given the partitions to another member")));
  EXPECT_TRUE(aborted_);
}

TEST_F(TransactionOffsetsTest, WhoOwnsNothingAnyMoreDoesNotCommit) {
  generation_.reset();
  commit();
  run(1s);
  EXPECT_THAT(commits_, IsEmpty());
  EXPECT_TRUE(aborted_);
}

TEST_F(TransactionOffsetsTest, ARefusalThatCostsThePartitionsIsToldOnce) {
  loses_when_refused_ = true;
  codes_ = {kafka_code::kUnknownMemberId};
  commit();
  run(1s);
  EXPECT_THAT(ended_, ElementsAre(HasSubstr("given the partitions to another member")));
}

TEST_F(TransactionOffsetsTest, ARefusalDoomsTheTransaction) {
  codes_ = {kafka_code::kIllegalGeneration};
  commit();
  run(1s);
  EXPECT_THAT(ended_, ElementsAre(HasSubstr("ILLEGAL_GENERATION")));
  EXPECT_TRUE(aborted_);
}

TEST_F(TransactionOffsetsTest, TriesAgainWhatPasses) {
  codes_ = {kafka_code::kConcurrentTransactions, kafka_code::kCoordinatorLoadInProgress,
            kafka_code::kNotCoordinator};
  commit();
  run(5s);
  EXPECT_EQ(commits_.size(), 4u);
  EXPECT_THAT(ended_, ElementsAre("done"));
}

TEST_F(TransactionOffsetsTest, WhatIsAbandonedIsNotToldOf) {
  codes_ = {kSilent};
  commit();
  run(1s);
  offsets_.abandon();
  run(10s);
  EXPECT_EQ(commits_.size(), 1u);
  EXPECT_THAT(ended_, IsEmpty());
}

}  // namespace
}  // namespace weir::kafka
