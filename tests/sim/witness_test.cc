#include "witness.h"

#include <gmock/gmock.h>

#include "base/log.h"
#include "wire/record_batch_builder.h"

namespace weir::sim {
namespace {

using testing::Eq;
using testing::HasSubstr;
using testing::Optional;

/// A cluster of one node into whose logs a test writes what it likes.
class WitnessTest : public testing::Test {
 protected:
  explicit WitnessTest(const ClusterSetup& setup = {.partitions = 2}) : cluster_(network_, setup) {}

  void append(const char* topic, std::int32_t partition, const Value& value) {
    append_unseen(topic, partition, value);
    witness_.look();
  }
  void append_unseen(const char* topic, std::int32_t partition, const Value& value) {
    BufferPool pool(0);
    wire::RecordBatchBuilder builder(pool.take(1024));
    const std::string text = to_text(value);
    text.copy(builder.append(1, std::nullopt, text.size()), text.size());
    Buffer batch = std::move(builder).seal(wire::Compression::kNone, pool).value();
    wire::stamp(batch, -1, -1, -1);
    wire::RecordBatchCursor cursor(batch.view());
    broker::Node& node = *cluster_.cluster().controller().node;
    const broker::Topic& found = *cluster_.cluster().topics().find(topic);
    const auto appended =
        node.append(found, *node.partition(found, partition), *cursor.next().value());
    ASSERT_TRUE(appended.ok()) << appended.error().message();
  }
  void commit(std::int32_t partition, std::int64_t offset) {
    broker::Group* group = cluster_.cluster().groups().find_or_create("g");
    group->offsets().commit("in", partition, {.offset = Offset{offset}, .metadata = ""});
    witness_.look();
  }
  const std::optional<std::string>& violation() const { return witness_.violation(); }

  net::SimNetwork network_{1};
  SimCluster cluster_;
  Witness witness_{cluster_, 2};
};

TEST_F(WitnessTest, FindsNothingWrongWithACopyInOrder) {
  for (std::int64_t i = 0; i < 3; ++i) append("in", 0, {0, 0, i});
  for (std::int64_t i = 0; i < 3; ++i) append("out", 0, {0, 0, i});
  commit(0, 3);
  witness_.on_acknowledged({0, 0, 2}, Offset{2});
  witness_.look_at_the_end();
  EXPECT_THAT(violation(), Eq(std::nullopt));
  EXPECT_TRUE(witness_.all_is_through());
  EXPECT_EQ(witness_.repeated(), 0);
}

TEST_F(WitnessTest, AllowsWhatCameOutToComeAgain) {
  for (std::int64_t i = 0; i < 3; ++i) append("in", 0, {0, 0, i});
  for (const std::int64_t i : {0, 1, 0, 1, 2}) append("out", 0, {0, 0, i});
  EXPECT_THAT(violation(), Eq(std::nullopt));
  EXPECT_EQ(witness_.repeated(), 2);
}

TEST_F(WitnessTest, FindsARecordWrittenTwice) {
  append("in", 1, {0, 1, 0});
  append("in", 1, {0, 1, 0});
  EXPECT_THAT(violation(), Optional(HasSubstr("0.1:0 is written twice: in-1 at offset 1")));
}

TEST_F(WitnessTest, FindsARecordWrittenOutOfOrder) {
  append("in", 1, {0, 1, 1});
  append("in", 1, {0, 1, 0});
  EXPECT_THAT(violation(), Optional(HasSubstr("0.1:0 is written after number 1")));
}

TEST_F(WitnessTest, FindsOutputOutOfOrder) {
  append("in", 0, {0, 0, 0});
  append("in", 0, {0, 0, 1});
  append("out", 0, {0, 0, 1});
  EXPECT_THAT(violation(), Optional(HasSubstr("0.0:1 comes out before 0.0:0")));
}

TEST_F(WitnessTest, FindsOutputThatWasNeverInput) {
  append("out", 0, {0, 0, 5});
  EXPECT_THAT(violation(), Optional(HasSubstr("has what is not in the input: 0.0:5")));
}

TEST_F(WitnessTest, FindsACommitBeforeItsOutput) {
  append("in", 0, {0, 0, 0});
  append("in", 0, {0, 0, 1});
  append("out", 0, {0, 0, 0});
  commit(0, 2);
  EXPECT_THAT(violation(),
              Optional(HasSubstr("offset 2 of in-0 is committed, but only 1 records")));
}

TEST_F(WitnessTest, FindsACommitThatGoesBack) {
  append("in", 0, {0, 0, 0});
  append("out", 0, {0, 0, 0});
  commit(0, 1);
  commit(0, 0);
  EXPECT_THAT(violation(), Optional(HasSubstr("goes back from 1 to 0")));
}

TEST_F(WitnessTest, FindsAnAcknowledgedRecordThatIsNotThere) {
  append("in", 0, {0, 0, 0});
  witness_.on_acknowledged({0, 0, 1}, Offset{1});
  witness_.look_at_the_end();
  EXPECT_THAT(violation(), Optional(HasSubstr("0.0:1 was acknowledged and is not there")));
}

TEST_F(WitnessTest, FindsACommitThatIsForgotten) {
  append("in", 0, {0, 0, 0});
  append("out", 0, {0, 0, 0});
  commit(0, 1);
  cluster_.cluster().groups().find("g")->offsets().forget("in");
  witness_.look();
  EXPECT_THAT(violation(), Optional(HasSubstr("goes back from 1 to -1")));
}

TEST_F(WitnessTest, FindsARecordThatIsAnotherAfterwards) {
  append("in", 0, {0, 0, 0});
  broker::Node& node = *cluster_.cluster().controller().node;
  node.partition(*cluster_.cluster().topics().find("in"), 0)->cut(Offset{0});
  append_unseen("in", 0, {0, 0, 1});
  witness_.look_at_the_end();
  EXPECT_THAT(violation(), Optional(HasSubstr("in-0 at offset 0 was 0.0:0 and is 0.0:1")));
}

TEST_F(WitnessTest, FindsALogThatEndsEarlierThanItDid) {
  append("in", 0, {0, 0, 0});
  broker::Node& node = *cluster_.cluster().controller().node;
  node.partition(*cluster_.cluster().topics().find("in"), 0)->cut(Offset{0});
  witness_.look();
  EXPECT_THAT(violation(), Optional(HasSubstr("in-0 ends at 0, before it did (1)")));
}

TEST_F(WitnessTest, IsNotThroughWhileOutputOrACommitIsMissing) {
  append("in", 0, {0, 0, 0});
  EXPECT_FALSE(witness_.all_is_through());
  append("out", 0, {0, 0, 0});
  EXPECT_FALSE(witness_.all_is_through());
  commit(0, 1);
  EXPECT_TRUE(witness_.all_is_through());
}

/// The same, with another node that follows.
class WitnessOfFollowers : public WitnessTest {
 protected:
  WitnessOfFollowers() : WitnessTest({.nodes = 2, .partitions = 2, .lag_ms = 10}) {}
};

TEST_F(WitnessOfFollowers, AllowsARecordToGoThatTheyDoNotHave) {
  append("in", 0, {0, 0, 0});
  EXPECT_EQ(cluster_.unreplicated(0), 1);
  cluster_.cluster().take_offline(0, broker::Cluster::Tail::kLost);
  witness_.look_at_the_end();
  EXPECT_THAT(violation(), Eq(std::nullopt));
  EXPECT_TRUE(witness_.all_is_through());
}

TEST_F(WitnessOfFollowers, FindsAnAcknowledgementBeforeTheyHaveTheRecord) {
  append("in", 0, {0, 0, 0});
  witness_.on_acknowledged({0, 0, 0}, Offset{0});
  EXPECT_THAT(violation(), Optional(HasSubstr("0.0:0 was acknowledged and is not there")));
}

}  // namespace
}  // namespace weir::sim
