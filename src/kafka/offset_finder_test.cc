#include "kafka/offset_finder.h"

#include <gmock/gmock.h>

#include <utility>

#include "kafka/fake_broker.h"

namespace weir::kafka {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;
using testing::Pair;
using wire::ListOffsetsRequest;

/// Brokers whose partitions begin at 10, end at 20, and have one record a millisecond from 1000 on.
class OffsetFinderTest : public testing::Test {
 protected:
  OffsetFinderTest() {
    context_.options.bootstrap = {{"one", 9092}};
    cluster_.leaders["t"] = {1, 2};
    for (FakeBroker* broker : {&cluster_.one, &cluster_.two}) {
      broker->on<ListOffsetsRequest>([this](const auto& request, const auto& reply) {
        wire::ListOffsetsResponse response;
        isolation_level_ = request.isolation_level;
        const Fault fault = std::exchange(fault_, Fault::kNone);
        if (fault == Fault::kCutShort) return reply.cut_short();
        if (fault == Fault::kLeavesOut) return reply(response);
        for (const auto& topic : request.topics) {
          response.topics.emplace_back().name = topic.name;
          for (const auto& asked : topic.partitions) {
            auto& told = response.topics.back().partitions.emplace_back();
            told.partition_index = asked.partition_index;
            told.error_code = error_;
            told.offset = asked.timestamp == -2   ? 10
                          : asked.timestamp == -1 ? 20
                                                  : asked.timestamp - 1000 + 10;
            if (told.offset > 20) told.offset = -1;
          }
        }
        reply(response);
      });
    }
  }

  void find(OffsetQuestions questions, Duration patience = 10s) {
    finder_.find(std::move(questions), patience, [this](Result<FoundOffsets> outcome) {
      ++ended_;
      if (outcome.ok()) found_ = *outcome;
      if (!outcome.ok()) error_text_ = outcome.error().message();
    });
  }
  bool run_until_ended(int count = 1) {
    return network_.run_until([&] { return ended_ == count; });
  }

  std::int8_t isolation_level_ = -1;
  net::SimNetwork network_{29};
  FakeCluster cluster_{network_};
  ClientContext context_{network_.loop("client"), {}, BufferPool(1 << 20), Log()};
  Metadata metadata_{context_};
  OffsetFinder finder_{context_, metadata_};
  enum class Fault { kNone, kCutShort, kLeavesOut };
  Fault fault_ = Fault::kNone;  // of the next answer
  std::int16_t error_ = 0;
  int ended_ = 0;
  FoundOffsets found_;
  std::string error_text_;
};

const TopicPartition kPartition0{"t", {0}};
const TopicPartition kPartition1{"t", {1}};

TEST_F(OffsetFinderTest, FindsStartEndAndTimeAtTheLeaders) {
  find({{kPartition0, OffsetSpec::earliest()}, {kPartition1, OffsetSpec::latest()}});
  ASSERT_TRUE(run_until_ended());
  EXPECT_THAT(found_, ElementsAre(Pair(kPartition0, Optional(Offset{10})),
                                  Pair(kPartition1, Optional(Offset{20}))));
  find({{kPartition0, OffsetSpec::at({1005})}, {kPartition1, OffsetSpec::at({9999})}});
  ASSERT_TRUE(run_until_ended(2));
  EXPECT_THAT(found_, ElementsAre(Pair(kPartition0, Optional(Offset{15})),
                                  Pair(kPartition1, std::nullopt)));
  EXPECT_EQ(isolation_level_, 0);
}

TEST_F(OffsetFinderTest, FindsTheEndOfWhatIsCommittedWhereThatIsAskedFor) {
  OffsetFinder finder(context_, metadata_, true);
  finder.find({{kPartition1, OffsetSpec::latest()}}, 10s, [this](const auto&) { ++ended_; });
  ASSERT_TRUE(run_until_ended());
  EXPECT_EQ(isolation_level_, 1);
}

TEST_F(OffsetFinderTest, TriesAgainWhereALeaderIsAway) {
  cluster_.two.stop();
  find({{kPartition0, OffsetSpec::earliest()}, {kPartition1, OffsetSpec::earliest()}});
  network_.run_for(3s);
  EXPECT_EQ(ended_, 0);
  cluster_.two.start();
  ASSERT_TRUE(run_until_ended());
  EXPECT_EQ(found_.size(), 2u);
}

TEST_F(OffsetFinderTest, TriesAgainAfterAnErrorThatPasses) {
  error_ = 6;
  find({{kPartition0, OffsetSpec::earliest()}});
  network_.run_for(1s);
  error_ = 0;
  EXPECT_TRUE(run_until_ended());
  EXPECT_EQ(found_.size(), 1u);
}

TEST_F(OffsetFinderTest, GivesUpAtOnceOnAnErrorThatStays) {
  error_ = 29;
  find({{kPartition0, OffsetSpec::earliest()}});
  network_.run_for(1s);
  EXPECT_EQ(ended_, 1);
  EXPECT_THAT(error_text_, AllOf(HasSubstr("ListOffsets of t-0 on broker 1"),
                                 HasSubstr("TOPIC_AUTHORIZATION_FAILED")));
}

TEST_F(OffsetFinderTest, SaysWhyWhenPatienceEnds) {
  find({{{"missing", {0}}, OffsetSpec::earliest()}}, 2s);
  network_.run_for(2100ms);
  EXPECT_EQ(ended_, 1);
  EXPECT_THAT(error_text_, HasSubstr("topic \"missing\""));
  cluster_.one.stop();
  cluster_.two.stop();
  find({{kPartition0, OffsetSpec::earliest()}}, 2s);
  network_.run_for(2100ms);
  EXPECT_EQ(ended_, 2);
  EXPECT_THAT(error_text_, HasSubstr("cannot connect to"));
}

TEST_F(OffsetFinderTest, AsksAgainAfterAnAnswerThatCannotBeRead) {
  fault_ = Fault::kCutShort;
  find({{kPartition0, OffsetSpec::earliest()}});
  ASSERT_TRUE(run_until_ended());
  EXPECT_EQ(found_.size(), 1u);
}

TEST_F(OffsetFinderTest, AsksAgainForWhatAnAnswerLeavesOut) {
  fault_ = Fault::kLeavesOut;
  find({{kPartition0, OffsetSpec::earliest()}});
  ASSERT_TRUE(run_until_ended());
  EXPECT_EQ(found_.size(), 1u);
}

TEST_F(OffsetFinderTest, SurvivesAnAnswerAfterPatienceEnded) {
  network_.run_for(1s);
  find({{kPartition0, OffsetSpec::earliest()}}, 500us);
  ASSERT_TRUE(run_until_ended());
  EXPECT_THAT(error_text_, testing::Not(testing::IsEmpty()));
  network_.run_for(1s);
  EXPECT_EQ(ended_, 1);
}

}  // namespace
}  // namespace weir::kafka
