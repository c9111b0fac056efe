#include "kafka/offset_store.h"

#include <gmock/gmock.h>

#include "kafka/fake_broker.h"
#include "wire/error_codes.h"

namespace weir::kafka {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using wire::OffsetCommitRequest;
using wire::OffsetCommitResponse;
using wire::OffsetFetchRequest;
using wire::OffsetFetchResponse;
namespace kafka_code = wire::kafka_code;

/// An OffsetStore whose coordinator notes commits, in the form
/// "m1/3: t-0=5(batch) t-1=6(batch)", and answers with the errors it is given, then with none.
class OffsetStoreTest : public testing::Test {
 protected:
  OffsetStoreTest() {
    context_.options.bootstrap = {{"one", 9092}};
    cluster_.one.on<wire::FindCoordinatorRequest>([](const auto& request, const auto& reply) {
      wire::FindCoordinatorResponse response;
      response.coordinators.push_back(
          {request.coordinator_keys.at(0), 1, "one", 9092, 0, std::nullopt});
      reply(response);
    });
    cluster_.two.stop();
    cluster_.one.on<OffsetCommitRequest>(
        [this](const auto& request, const auto& reply) { on_commit(request, reply); });
    cluster_.one.on<OffsetFetchRequest>(
        [this](const auto& request, const auto& reply) { on_fetch(request, reply); });
  }

  void on_commit(const OffsetCommitRequest& request, const Reply<OffsetCommitResponse>& reply) {
    std::string text = concat(request.member_id, "/", request.generation_id_or_member_epoch, ":");
    OffsetCommitResponse response;
    for (const auto& topic : request.topics) {
      auto& told = response.topics.emplace_back();
      told.name = topic.name;
      for (const auto& partition : topic.partitions) {
        text += concat(" ", topic.name, "-", partition.partition_index, "=",
                       partition.committed_offset, "(", *partition.committed_metadata, ")");
        told.partitions.push_back({partition.partition_index, next_error()});
      }
    }
    commits_.push_back(text);
    if (hang_up_once_) {
      hang_up_once_ = false;
      return reply.hang_up();
    }
    reply(response);
  }

  void on_fetch(const OffsetFetchRequest& request, const Reply<OffsetFetchResponse>& reply) {
    EXPECT_TRUE(request.require_stable || reply.version() < 7);
    OffsetFetchResponse response;
    if (reply.version() < 8) {
      response.error_code = next_error();
      for (const auto& topic : *request.topics) {
        auto& told = response.topics.emplace_back();
        told.name = topic.name;
        for (const std::int32_t index : topic.partition_indexes) {
          told.partitions.push_back({index, 100 + index, 7, "old", 0});
        }
      }
      return reply(response);
    }
    auto& group = response.groups.emplace_back();
    group.group_id = request.groups.at(0).group_id;
    group.error_code = next_error();
    for (const auto& topic : *request.groups.at(0).topics) {
      auto& told = group.topics.emplace_back();
      told.name = topic.name;
      for (const std::int32_t index : topic.partition_indexes) {
        if (index == kLeftOut) continue;
        const bool none = index == kNeverCommitted;
        told.partitions.push_back(
            {index, none ? -1 : 100 + index, 7, none ? "" : "a batch", next_error()});
      }
    }
    reply(response);
  }

  std::int16_t next_error() {
    if (errors_.empty()) return 0;
    const std::int16_t error = errors_.front();
    errors_.pop_front();
    return error;
  }

  void commit(const LogPositions& positions, std::string metadata,
              GroupGeneration as = {3, "m1", std::nullopt}) {
    const std::string name = metadata;
    store_.commit(as, positions, metadata, [this, name](const Result<void>& outcome) {
      outcomes_.push_back(concat(name, outcome.ok() ? " done" : ": " + outcome.error().message()));
    });
  }
  Result<OffsetStore::Committed> fetch(std::vector<TopicPartition> partitions) {
    std::optional<Result<OffsetStore::Committed>> result;
    store_.fetch(std::move(partitions), [&](auto outcome) { result = std::move(outcome); });
    EXPECT_FALSE(result.has_value());
    EXPECT_TRUE(network_.run_until([&] { return result.has_value(); }, 5min));
    return *result;
  }
  bool run_until(std::size_t outcomes) {
    return network_.run_until([&] { return outcomes_.size() >= outcomes; }, 5min);
  }

  static constexpr std::int32_t kNeverCommitted = 8;
  static constexpr std::int32_t kLeftOut = 9;

  net::SimNetwork network_{5};
  FakeCluster cluster_{network_};
  ClientContext context_{network_.loop("client"), {}, BufferPool(1 << 20), Log()};
  std::deque<std::int16_t> errors_;
  bool hang_up_once_ = false;
  std::vector<std::string> commits_;
  std::vector<std::string> outcomes_;
  std::vector<std::string> troubles_;
  bool joins_again_ = false;           // what a refusal is answered with
  std::vector<std::int32_t> refused_;  // the generations that were
  Metadata metadata_{context_};
  Coordinator coordinator_{context_, metadata_, "g"};
  OffsetStore store_{context_, coordinator_,
                     [this](const std::string& what) { troubles_.push_back(what); },
                     [this](const GroupGeneration& as, const Error& error) -> std::optional<Error> {
                       refused_.push_back(as.id);
                       if (!joins_again_) return error;
                       return std::nullopt;
                     }};
};

const TopicPartition kT0{"t", {0}};
const TopicPartition kT1{"t", {1}};
const TopicPartition kU0{"u", {0}};

TEST_F(OffsetStoreTest, CommitsPositionsAsTheGenerationWithTheBatchesName) {
  commit({{kT0, {5}}, {kT1, {6}}, {kU0, {7}}}, "b1");
  EXPECT_THAT(outcomes_, ElementsAre());
  ASSERT_TRUE(run_until(1));
  EXPECT_THAT(commits_, ElementsAre("m1/3: t-0=5(b1) t-1=6(b1) u-0=7(b1)"));
  EXPECT_THAT(outcomes_, ElementsAre("b1 done"));
}

TEST_F(OffsetStoreTest, CommitsAsNobodyForASourceWithoutMembership) {
  commit({{kT0, {5}}}, "b1", GroupGeneration());
  ASSERT_TRUE(run_until(1));
  EXPECT_THAT(commits_, ElementsAre("/-1: t-0=5(b1)"));
}

TEST_F(OffsetStoreTest, FoldsWhatComesWhileACommitIsUnderWay) {
  commit({{kT0, {1}}}, "b1");
  ASSERT_TRUE(network_.run_until([&] { return commits_.size() == 1; }));
  commit({{kT0, {2}}, {kT1, {1}}}, "b2");
  commit({{kT0, {3}}}, "b3");
  commit({{kU0, {9}}}, "b4");
  ASSERT_TRUE(run_until(4));
  EXPECT_THAT(commits_, ElementsAre("m1/3: t-0=1(b1)", "m1/3: t-0=3(b3) t-1=1(b2) u-0=9(b4)"));
  EXPECT_THAT(outcomes_, ElementsAre("b1 done", "b2 done", "b3 done", "b4 done"));
}

TEST_F(OffsetStoreTest, FoldsOnlyCommitsOfOneGeneration) {
  commit({{kT0, {1}}}, "b1");
  commit({{kT0, {2}}}, "b2");
  commit({{kT0, {3}}}, "b3", {4, "m1", std::nullopt});
  errors_ = {kafka_code::kIllegalGeneration};
  ASSERT_TRUE(run_until(3));
  EXPECT_THAT(commits_, ElementsAre("m1/3: t-0=2(b2)", "m1/4: t-0=3(b3)"));
  EXPECT_THAT(outcomes_,
              ElementsAre(AllOf(HasSubstr("b1: committing the offset of t-0 for group 'g'"),
                                HasSubstr("ILLEGAL_GENERATION")),
                          HasSubstr("b2: committing"), "b3 done"));
}

TEST_F(OffsetStoreTest, CommitsAgainAsTheGenerationThatFollows) {
  joins_again_ = true;
  errors_.assign(2, kafka_code::kIllegalGeneration);
  commit({{kT0, {1}}}, "b1");
  ASSERT_TRUE(network_.run_until([&] { return refused_.size() == 2; }));
  commit({{kT1, {2}}}, "b2");
  store_.go_on_as({3, "m1", std::nullopt}, {4, "m1", std::nullopt});
  commit({{kT0, {3}}}, "b3", {4, "m1", std::nullopt});
  ASSERT_TRUE(run_until(3));
  EXPECT_THAT(commits_,
              ElementsAre("m1/3: t-0=1(b1)", "m1/3: t-0=1(b1)", "m1/4: t-0=3(b3) t-1=2(b2)"));
  EXPECT_THAT(outcomes_, ElementsAre("b1 done", "b2 done", "b3 done"));
  EXPECT_THAT(refused_, ElementsAre(3, 3));
}

TEST_F(OffsetStoreTest, SendsWhatWasRefusedAsAnEarlierGenerationAtOnceAsTheNext) {
  errors_ = {kafka_code::kIllegalGeneration};
  commit({{kT0, {1}}}, "b1");
  ASSERT_TRUE(network_.run_until([&] { return commits_.size() == 1; }));
  store_.go_on_as({3, "m1", std::nullopt}, {4, "m1", std::nullopt});
  ASSERT_TRUE(run_until(1));
  EXPECT_THAT(commits_, ElementsAre("m1/3: t-0=1(b1)", "m1/4: t-0=1(b1)"));
  EXPECT_THAT(outcomes_, ElementsAre("b1 done"));
  EXPECT_THAT(refused_, ElementsAre());
}

TEST_F(OffsetStoreTest, EndsWhatWasToBeTriedAgainOnceTheGroupHasMovedOnForGood) {
  joins_again_ = true;
  errors_.assign(2, kafka_code::kRebalanceInProgress);
  commit({{kT0, {1}}}, "b1");
  ASSERT_TRUE(network_.run_until([&] { return refused_.size() == 1; }));
  joins_again_ = false;
  ASSERT_TRUE(run_until(1));
  EXPECT_THAT(outcomes_, ElementsAre(HasSubstr("REBALANCE_IN_PROGRESS")));
  EXPECT_THAT(troubles_, ElementsAre());
}

TEST_F(OffsetStoreTest, TriesAgainWhatMayPassAndTakesInWhatHasComeSince) {
  errors_ = {kafka_code::kRequestTimedOut, kafka_code::kNotCoordinator,
             kafka_code::kCoordinatorLoadInProgress};
  commit({{kT0, {1}}}, "b1");
  ASSERT_TRUE(network_.run_until([&] { return commits_.size() == 2; }));
  commit({{kT0, {2}}}, "b2");
  ASSERT_TRUE(run_until(2));
  EXPECT_THAT(commits_, ElementsAre("m1/3: t-0=1(b1)", "m1/3: t-0=1(b1)", "m1/3: t-0=2(b2)",
                                    "m1/3: t-0=2(b2)"));
  EXPECT_THAT(outcomes_, ElementsAre("b1 done", "b2 done"));
  EXPECT_THAT(troubles_, ElementsAre(HasSubstr("REQUEST_TIMED_OUT"), HasSubstr("NOT_COORDINATOR"),
                                     HasSubstr("COORDINATOR_LOAD_IN_PROGRESS"), ""));
}

TEST_F(OffsetStoreTest, TriesAgainWhenTheConnectionBreaks) {
  hang_up_once_ = true;
  commit({{kT0, {1}}}, "b1");
  ASSERT_TRUE(run_until(1));
  EXPECT_THAT(commits_, ElementsAre("m1/3: t-0=1(b1)", "m1/3: t-0=1(b1)"));
  EXPECT_THAT(outcomes_, ElementsAre("b1 done"));
  EXPECT_THAT(troubles_, ElementsAre(HasSubstr("OffsetCommit to broker 1 at one:9092"), ""));
}

TEST_F(OffsetStoreTest, FailsForGoodWhereAnyPartitionDoes) {
  errors_ = {kafka_code::kRequestTimedOut, kafka_code::kTopicAuthorizationFailed};
  commit({{kT0, {1}}, {kT1, {1}}}, "b1");
  ASSERT_TRUE(run_until(1));
  EXPECT_THAT(outcomes_, ElementsAre(AllOf(HasSubstr("committing the offset of t-1"),
                                           HasSubstr("TOPIC_AUTHORIZATION_FAILED"))));
}

TEST_F(OffsetStoreTest, GivesUpAPartitionThatIsSaidNotToExistForLong) {
  errors_.assign(10'000, kafka_code::kUnknownTopicOrPartition);
  const TimePoint start = network_.clock().now();
  commit({{kT0, {1}}}, "b1");
  ASSERT_TRUE(run_until(1));
  EXPECT_THAT(outcomes_, ElementsAre(HasSubstr("UNKNOWN_TOPIC_OR_PARTITION")));
  EXPECT_GE(network_.clock().now() - start, 30s);
}

TEST_F(OffsetStoreTest, SaysWhatTheCoordinatorRefuses) {
  cluster_.one.on<wire::FindCoordinatorRequest>([](const auto& request, const auto& reply) {
    wire::FindCoordinatorResponse response;
    response.coordinators.push_back({request.coordinator_keys.at(0), -1, "", -1,
                                     kafka_code::kGroupAuthorizationFailed, std::nullopt});
    reply(response);
  });
  commit({{kT0, {1}}}, "b1");
  commit({{kT0, {2}}}, "b2");
  ASSERT_TRUE(run_until(2));
  EXPECT_THAT(outcomes_, ElementsAre(HasSubstr("GROUP_AUTHORIZATION_FAILED"),
                                     HasSubstr("GROUP_AUTHORIZATION_FAILED")));
  EXPECT_THAT(fetch({kT0}).error().message(), HasSubstr("GROUP_AUTHORIZATION_FAILED"));
}

TEST_F(OffsetStoreTest, ReadsWhatIsCommitted) {
  const auto committed = fetch({kT0, kT1, kU0, {"t", {kNeverCommitted}}});
  EXPECT_THAT(*committed, ElementsAre(Pair(kT0, CommittedOffset{{{100}, 7}, "a batch"}),
                                      Pair(kT1, CommittedOffset{{{101}, 7}, "a batch"}),
                                      Pair(kU0, CommittedOffset{{{100}, 7}, "a batch"})));
}

TEST_F(OffsetStoreTest, ReadsInTheOlderVersionsToo) {
  cluster_.one.on<OffsetFetchRequest>(
      [this](const auto& request, const auto& reply) { on_fetch(request, reply); }, {1, 7});
  EXPECT_THAT(*fetch({kT1, kU0}), ElementsAre(Pair(kT1, CommittedOffset{{{101}, 7}, "old"}),
                                              Pair(kU0, CommittedOffset{{{100}, 7}, "old"})));
}

TEST_F(OffsetStoreTest, ReadsAgainWhatMayPass) {
  errors_ = {kafka_code::kNotCoordinator, 0, 0, kafka_code::kUnstableOffsetCommit};
  EXPECT_THAT(*fetch({kT0}), ElementsAre(Pair(kT0, CommittedOffset{{{100}, 7}, "a batch"})));
  EXPECT_THAT(troubles_,
              ElementsAre(HasSubstr("NOT_COORDINATOR"), HasSubstr("UNSTABLE_OFFSET_COMMIT"), ""));
}

TEST_F(OffsetStoreTest, RefusesAnAnswerThatLacksAPartition) {
  const auto committed = fetch({kT0, {"t", {kLeftOut}}});
  EXPECT_THAT(committed.error().message(),
              HasSubstr("reading the offsets of group 'g': the answer lacks t-9"));
}

TEST_F(OffsetStoreTest, SaysWhichPartitionMayNotBeRead) {
  errors_ = {0, 0, kafka_code::kTopicAuthorizationFailed};
  EXPECT_THAT(fetch({kT0, kT1}).error().message(),
              AllOf(HasSubstr("reading the offsets of group 'g', t-1"),
                    HasSubstr("TOPIC_AUTHORIZATION_FAILED")));
}

}  // namespace
}  // namespace weir::kafka
