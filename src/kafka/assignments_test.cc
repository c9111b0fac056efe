#include "kafka/assignments.h"

#include <gmock/gmock.h>

namespace weir::kafka {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class AssignmentsTest : public testing::Test {
 protected:
  const RecordOrigin origin{"t", PartitionId{0}};
  Assignments assignments;

  AssignmentId add(std::int64_t position, std::optional<Offset> end = {}) {
    Assignments::Entry entry;
    entry.origin = &origin;
    entry.taken = Offset{position};
    entry.end = end;
    return assignments.add(entry).id;
  }
  static plan::Piece piece(std::int64_t from, std::int64_t until) {
    return {Offset{from}, Offset{until}, static_cast<std::size_t>(until - from) * 10, until - from};
  }
  void settle(const std::vector<plan::Slice>& slices) {
    assignments.settle(assignments.untils_of(slices));
  }
  plan::Slice slice(std::int64_t from, std::int64_t until) const {
    return {
        &origin,     0, Offset{from}, Offset{until}, static_cast<std::size_t>(until - from) * 10,
        until - from};
  }
};

TEST_F(AssignmentsTest, ListsWhatWasReadAndNotTaken) {
  const AssignmentId id = add(5);
  assignments.on_read({id, {piece(5, 10), piece(10, 20)}, Offset{30}, {}});
  assignments.take({slice(5, 10)});
  ASSERT_EQ(assignments.read_ahead().size(), 1u);
  ASSERT_EQ(assignments.read_ahead()[0].pieces.size(), 1u);
  EXPECT_EQ(assignments.read_ahead()[0].pieces[0].from, Offset{10});
  EXPECT_EQ(assignments.lag(), 20);
}

TEST_F(AssignmentsTest, KeepsTheRestOfAPieceThatWasCut) {
  const AssignmentId id = add(0);
  assignments.on_read({id, {piece(0, 10)}, Offset{10}, {}});
  assignments.take({slice(0, 4)});
  const plan::Piece rest = assignments.read_ahead().at(0).pieces.at(0);
  EXPECT_EQ(rest.from, Offset{4});
  EXPECT_EQ(rest.records, 6);
  EXPECT_EQ(rest.bytes, 60u);
}

TEST_F(AssignmentsTest, TakesNoNoteOfReportsOfAnEarlierAssignment) {
  const AssignmentId old = add(0);
  add(0);
  assignments.on_read({old, {piece(0, 10)}, Offset{10}, {}});
  EXPECT_TRUE(assignments.read_ahead().empty());
}

TEST_F(AssignmentsTest, ReachesTheEndWhenAllBeforeItIsTaken) {
  const AssignmentId id = add(0, Offset{7});
  assignments.on_read({id, {piece(0, 5), piece(5, 7)}, Offset{15}, {}});
  assignments.take({slice(0, 5)});
  EXPECT_FALSE(assignments.reached_ends());
  EXPECT_EQ(assignments.lag(), 2);
  assignments.take({slice(5, 7)});
  EXPECT_TRUE(assignments.reached_ends());
  EXPECT_EQ(assignments.lag(), 0);
}

TEST_F(AssignmentsTest, APartitionThatBeginsAtItsEndHasReachedIt) {
  add(7, Offset{7});
  EXPECT_TRUE(assignments.reached_ends());
}

TEST_F(AssignmentsTest, BeginAnewOnceAllBeforeTheOffsetThatIsOutOfRangeIsSettled) {
  const AssignmentId id = add(0);
  assignments.on_read({id, {piece(0, 10)}, Offset{10}, Offset{10}});
  EXPECT_THAT(assignments.take_restarts(), IsEmpty());
  assignments.take({slice(0, 4)});
  settle({slice(0, 4)});
  EXPECT_THAT(assignments.take_restarts(), IsEmpty());
  assignments.take({slice(4, 10)});
  EXPECT_THAT(assignments.take_restarts(), IsEmpty());
  settle({slice(4, 10)});
  EXPECT_THAT(assignments.take_restarts(), ElementsAre(id));
  EXPECT_THAT(assignments.take_restarts(), IsEmpty());
}

TEST_F(AssignmentsTest, KnowsTheLeaderThatWroteTheRecordBeforeAnOffset) {
  const AssignmentId id = add(5);
  ReadReport report{id, {piece(5, 30)}, Offset{30}, {}};
  report.epochs = {{Offset{5}, 1}, {Offset{12}, 3}};
  assignments.on_read(report);
  const auto epoch_before = [&](std::int64_t offset) {
    const auto at = Assignments::position(*assignments.find(id), Offset{offset});
    EXPECT_EQ(at.offset, Offset{offset});
    return at.epoch;
  };
  EXPECT_EQ(epoch_before(5), -1);
  EXPECT_EQ(epoch_before(6), 1);
  EXPECT_EQ(epoch_before(12), 1);
  EXPECT_EQ(epoch_before(13), 3);
  settle({slice(5, 20)});
  EXPECT_EQ(epoch_before(20), 3);
  EXPECT_EQ(epoch_before(30), 3);
}

TEST_F(AssignmentsTest, OfferNothingOfWhatWasLetGoOfAndDropItOnceItIsSettled) {
  const AssignmentId id = add(0);
  assignments.on_read({id, {piece(0, 10), piece(10, 20)}, Offset{20}, {}});
  assignments.take({slice(0, 10)});
  assignments.let_go(0, {&origin});
  EXPECT_THAT(assignments.read_ahead(), IsEmpty());
  EXPECT_THAT(assignments.take_gone(), IsEmpty());
  EXPECT_TRUE(assignments.is_letting_go(0));
  EXPECT_FALSE(assignments.is_letting_go(1));
  settle({slice(0, 10)});
  ASSERT_EQ(assignments.take_gone().size(), 1u);
  EXPECT_FALSE(assignments.is_letting_go(0));
  EXPECT_EQ(assignments.find(&origin), nullptr);
}

TEST_F(AssignmentsTest, AreSettledWhateverTheOrderInWhichCommitsEnd) {
  const AssignmentId id = add(0);
  assignments.on_read({id, {piece(0, 10), piece(10, 20)}, Offset{20}, {}});
  assignments.take({slice(0, 10)});
  const Assignments::Untils first = assignments.untils_of({slice(0, 10)});
  assignments.take({slice(10, 20)});
  settle({slice(10, 20)});
  assignments.settle(first);
  EXPECT_TRUE(assignments.find(id)->is_settled());
}

TEST_F(AssignmentsTest, AreNotSettledByWhatAnEarlierAssignmentCommits) {
  const AssignmentId old = add(0);
  assignments.on_read({old, {piece(0, 10)}, Offset{20}, {}});
  assignments.take({slice(0, 10)});
  const Assignments::Untils late = assignments.untils_of({slice(0, 10)});
  assignments.settle(late);
  const AssignmentId id = add(0);
  assignments.on_read({id, {piece(0, 10)}, Offset{20}, {}});
  assignments.take({slice(0, 10)});
  assignments.settle(late);
  EXPECT_FALSE(assignments.find(id)->is_settled());
}

TEST_F(AssignmentsTest, DropAtOnceWhatWasLetGoOfWithNothingUnderWay) {
  const AssignmentId id = add(0);
  assignments.on_read({id, {piece(0, 10)}, Offset{20}, {}});
  assignments.let_go(0, {&origin});
  EXPECT_EQ(assignments.take_gone().size(), 1u);
}

TEST_F(AssignmentsTest, LoseAllThatAnInputHas) {
  const AssignmentId id = add(0);
  assignments.on_read({id, {piece(0, 10)}, Offset{20}, {}});
  assignments.take({slice(0, 4)});
  assignments.lose(1);
  EXPECT_FALSE(assignments.find(id)->lost);
  assignments.lose(0);
  EXPECT_TRUE(assignments.find(id)->lost);
  EXPECT_THAT(assignments.read_ahead(), IsEmpty());
  settle({slice(0, 4)});
  EXPECT_EQ(assignments.take_gone().size(), 1u);
}

TEST_F(AssignmentsTest, LetGoOfNothingThatAnotherInputHas) {
  const AssignmentId id = add(0);
  assignments.let_go(1, {&origin});
  EXPECT_FALSE(assignments.find(id)->let_go);
}

TEST_F(AssignmentsTest, DoNotBeginAnewWhatWasLetGoOf) {
  const AssignmentId id = add(3);
  assignments.on_read({id, {}, Offset{0}, Offset{3}});
  assignments.let_go(0, {&origin});
  EXPECT_THAT(assignments.take_restarts(), IsEmpty());
}

TEST_F(AssignmentsTest, BeginAnewAtOnceWhereNothingWasRead) {
  const AssignmentId id = add(3);
  assignments.on_read({id, {}, Offset{0}, Offset{3}});
  EXPECT_THAT(assignments.take_restarts(), ElementsAre(id));
}

}  // namespace
}  // namespace weir::kafka
