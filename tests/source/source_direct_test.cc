// The Kafka source without a group: where it begins, where it ends, and what stands in its way.

#include <gmock/gmock.h>

#include "source_town.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using kafka::Start;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

std::vector<std::string> numbered(int count, const std::string& text = "r") {
  std::vector<std::string> values;
  for (int i = 0; i < count; ++i) values.push_back(text + std::to_string(i));
  return values;
}

TEST(DirectSource, ReadsAllPartitionsFromTheirStartsAndGoesOn) {
  SourceTown town({{"t", 3}, {"u", 1}});
  town.write("t", 0, {"a", "b"});
  town.write("u", 0, {"x"});
  SourceJob& job = town.start(town.direct({"t", "u"}));
  ASSERT_TRUE(town.run_until([&] { return job.records() == 3; }));
  town.write("t", 2, {"c"});
  ASSERT_TRUE(town.run_until([&] { return job.records() == 4; }));
  EXPECT_THAT(job.read,
              ElementsAre(Pair("t-0", ElementsAre("0:a", "1:b")), Pair("t-2", ElementsAre("0:c")),
                          Pair("u-0", ElementsAre("0:x"))));
  EXPECT_FALSE(job.source().finished());
  EXPECT_THAT(job.failures, IsEmpty());
}

TEST(DirectSource, BeginsAtTheEndWhereItIsToldTo) {
  SourceTown town({{"t", 1}});
  town.write("t", 0, {"old"});
  kafka::StreamOptions options = town.direct({"t"});
  options.start = Start::latest();
  SourceJob& job = town.start(options);
  ASSERT_TRUE(town.run_until([&] { return job.opened.has_value(); }));
  town.write("t", 0, {"new"});
  ASSERT_TRUE(town.run_until([&] { return job.records() == 1; }));
  EXPECT_THAT(job.read["t-0"], ElementsAre("1:new"));
}

TEST(DirectSource, BeginsAtATimeAndAtTheEndWhereNothingIsThatLate) {
  SourceTown town({{"t", 2}});
  town.write("t", 0, {"a", "b", "c"}, 1000);
  town.write("t", 1, {"early"}, 500);
  kafka::StreamOptions options = town.direct({"t"});
  options.start = Start::at_time({1001});
  SourceJob& job = town.start(options);
  ASSERT_TRUE(town.run_until([&] { return job.records() == 2; }));
  town.write("t", 1, {"later"}, 2000);
  ASSERT_TRUE(town.run_until([&] { return job.records() == 3; }));
  EXPECT_THAT(job.read, ElementsAre(Pair("t-0", ElementsAre("1:b", "2:c")),
                                    Pair("t-1", ElementsAre("1:later"))));
}

TEST(DirectSource, ReadsTheRangesThatAreNamedAndEnds) {
  SourceTown town({{"t", 3}});
  town.write("t", 0, numbered(10));
  town.write("t", 1, numbered(4));
  kafka::StreamOptions options = town.direct({"t"});
  options.partitions = {{"t", {0}, Offset{3}, Offset{6}}, {"t", {1}, {}, Offset{2}}};
  SourceJob& job = town.start(options);
  ASSERT_TRUE(town.run_until([&] { return job.source().finished(); }));
  EXPECT_THAT(job.read, ElementsAre(Pair("t-0", ElementsAre("3:r3", "4:r4", "5:r5")),
                                    Pair("t-1", ElementsAre("0:r0", "1:r1"))));
  EXPECT_EQ(job.source().lag(), 0);
}

TEST(DirectSource, PartitionsNameTheirTopics) {
  SourceTown town({{"t", 3}, {"u", 1}});
  town.write("t", 1, numbered(4));
  town.write("t", 2, numbered(4));
  town.write("u", 0, numbered(2));
  kafka::StreamOptions options = town.direct({});
  options.partitions = {{"t", {1}, Offset{3}, Offset{4}}, {"u", {0}, {}, Offset{1}}};
  SourceJob& job = town.start(options);
  ASSERT_TRUE(town.run_until([&] { return job.source().finished(); }));
  EXPECT_THAT(job.read,
              ElementsAre(Pair("t-1", ElementsAre("3:r3")), Pair("u-0", ElementsAre("0:r0"))));
}

TEST(DirectSource, KR1_WaitsForARangeThatEndsBeyondTheLog) {
  SourceTown town({{"t", 1}});
  town.write("t", 0, {"a"});
  kafka::StreamOptions options = town.direct({"t"});
  options.partitions = {{"t", {0}, {}, Offset{2}}};
  SourceJob& job = town.start(options);
  town.run_for(5s);
  EXPECT_FALSE(job.source().finished());
  town.write("t", 0, {"b", "c"});
  ASSERT_TRUE(town.run_until([&] { return job.source().finished(); }));
  EXPECT_THAT(job.read["t-0"], ElementsAre("0:a", "1:b"));
}

TEST(DirectSource, KR1_EndsAtOnceWhereARangeIsEmpty) {
  SourceTown town({{"t", 1}});
  town.write("t", 0, {"a"});
  kafka::StreamOptions options = town.direct({"t"});
  options.partitions = {{"t", {0}, Offset{1}, Offset{1}}};
  SourceJob& job = town.start(options);
  ASSERT_TRUE(town.run_until([&] { return job.source().finished(); }));
  EXPECT_THAT(job.read, IsEmpty());
}

TEST(DirectSource, StopsAtTheEndsThatTopicsHadAtTheStart) {
  SourceTown town({{"empty", 2}, {"t", 2}});
  town.write("t", 0, numbered(5));
  SourceJob& job = town.start(town.direct({"t", "empty"}), {.stop_at_end = true});
  job.hold(true);
  ASSERT_TRUE(town.run_until([&] { return job.opened.has_value(); }));
  town.write("t", 0, {"late"});
  town.write("empty", 1, {"late"});
  job.hold(false);
  ASSERT_TRUE(town.run_until([&] { return job.source().finished(); }));
  town.run_for(2s);
  EXPECT_THAT(job.read, ElementsAre(Pair("t-0", SizeIs(5))));
}

TEST(DirectSource, StopsAtOnceWhereAllIsEmpty) {
  SourceTown town({{"t", 2}});
  SourceJob& job = town.start(town.direct({"t"}), {.stop_at_end = true});
  EXPECT_TRUE(town.run_until([&] { return job.source().finished(); }));
}

TEST(DirectSource, IsNotHeldUpByATopicThatGrowsBehindItsEnd) {
  SourceTown town({{"t", 2}});
  town.write("t", 0, {"a"});
  for (int i = 0; i < 20; ++i) town.write("t", 1, {std::string(100'000, 'y')});
  SourceJob& job = town.start(town.direct({"t"}),
                              {.workers = 1, .read_ahead_bytes = 400'000, .stop_at_end = true});
  job.hold(true);
  ASSERT_TRUE(town.run_until([&] { return job.opened.has_value(); }));
  // What lies behind the end must not fill the read-ahead.
  for (int i = 0; i < 20; ++i) town.write("t", 0, {std::string(100'000, 'x')});
  job.hold(false);
  EXPECT_TRUE(town.run_until([&] { return job.source().finished(); }));
  EXPECT_THAT(job.read, ElementsAre(Pair("t-0", ElementsAre("0:a")), Pair("t-1", SizeIs(20))));
}

TEST(DirectSource, SaysThatATopicIsMissing) {
  SourceTown town({{"t", 1}});
  SourceJob& job = town.start(town.direct({"t", "none"}));
  ASSERT_TRUE(town.run_until([&] { return job.opened.has_value(); }, 10s));
  ASSERT_FALSE(job.opened->ok());
  EXPECT_THAT(job.opened->error().message(),
              AllOf(HasSubstr("none"), HasSubstr("broker:9092"), HasSubstr("create")));
}

TEST(DirectSource, SaysThatAPartitionIsMissing) {
  SourceTown town({{"t", 1}});
  kafka::StreamOptions options = town.direct({"t"});
  options.partitions = {{"t", {7}}};
  SourceJob& job = town.start(options);
  ASSERT_TRUE(town.run_until([&] { return job.opened.has_value(); }));
  ASSERT_FALSE(job.opened->ok());
  EXPECT_THAT(job.opened->error().message(), HasSubstr("partition t-7 does not exist"));
}

TEST(DirectSource, WaitsForABrokerThatIsAwayAndSaysSo) {
  SourceTown town({{"t", 1}});
  town.write("t", 0, {"a"});
  town.network.set_silent("broker", true);
  SourceJob& job = town.start(town.direct({"t"}));
  town.run_for(30s);
  EXPECT_FALSE(job.opened);
  EXPECT_THAT(job.troubles, Contains(HasSubstr("broker:9092")));
  town.network.set_silent("broker", false);
  ASSERT_TRUE(town.run_until([&] { return job.records() == 1; }));
  town.run_for(2s);
  EXPECT_EQ(job.troubles.back(), "");
}

TEST(DirectSource, GoesOnAfterABrokerThatWasAwayInTheMiddle) {
  SourceTown town({{"t", 1}});
  town.write("t", 0, {"a"});
  SourceJob& job = town.start(town.direct({"t"}));
  ASSERT_TRUE(town.run_until([&] { return job.records() == 1; }));
  town.network.set_silent("broker", true);
  town.run_for(2min);
  EXPECT_THAT(job.troubles, Contains(HasSubstr("broker:9092")));
  town.network.set_silent("broker", false);
  town.write("t", 0, {"b"});
  ASSERT_TRUE(town.run_until([&] { return job.records() == 2; }));
  town.run_for(2s);
  EXPECT_EQ(job.troubles.back(), "");
  EXPECT_THAT(job.read["t-0"], ElementsAre("0:a", "1:b"));
}

TEST(DirectSource, GoesOnByItsStartPolicyWhereRecordsAreGoneAndSaysHowMany) {
  SourceTown town({});
  town.create_short_lived("s", 1);
  town.write("s", 0, numbered(4));
  SourceJob& job = town.start(town.direct({"s"}));
  ASSERT_TRUE(town.run_until([&] { return job.records() == 4; }));
  town.network.set_silent("job-worker-0", true);
  town.write("s", 0, {"lost"});
  town.expire("s", 0);
  town.network.set_silent("job-worker-0", false);
  ASSERT_TRUE(town.run_until([&] { return job.records() == 5; }));
  EXPECT_EQ(job.read["s-0"].back().substr(0, 3), "5:x");
  EXPECT_THAT(job.warnings, ElementsAre(AllOf(HasSubstr("offset 4 of s-0"), HasSubstr("at 5"),
                                              HasSubstr("1 record is lost"))));
}

TEST(DirectSource, UsesWhatItHasReadOfRecordsThatAreGoneMeanwhile) {
  SourceTown town({});
  town.create_short_lived("s", 1);
  town.write("s", 0, numbered(4));
  SourceJob& job = town.start(town.direct({"s"}));
  job.hold(true);
  ASSERT_TRUE(town.run_until([&] { return !job.source().read_ahead().empty(); }));
  town.network.set_silent("job-worker-0", true);
  town.write("s", 0, {"lost"});
  town.expire("s", 0);
  town.network.set_silent("job-worker-0", false);
  town.run_for(5s);
  job.hold(false);
  ASSERT_TRUE(town.run_until([&] { return job.records() == 5; }));
  EXPECT_THAT(job.read["s-0"],
              ElementsAre("0:r0", "1:r1", "2:r2", "3:r3", testing::StartsWith("5:x")));
  EXPECT_THAT(job.warnings, ElementsAre(HasSubstr("1 record is lost")));
}

TEST(DirectSource, ResetsOnlyThePartitionThatIsOutOfRange) {
  SourceTown town({{"t", 1}});
  town.create_short_lived("s", 1);
  town.write("t", 0, numbered(3));
  town.write("s", 0, numbered(3));
  town.expire("s", 0);
  kafka::StreamOptions options = town.direct({"t", "s"});
  options.partitions = {{"t", {0}, Offset{1}, {}}, {"s", {0}, Offset{1}, {}}};
  SourceJob& job = town.start(options);
  ASSERT_TRUE(town.run_until([&] { return job.records() == 3; }));
  town.run_for(5s);
  EXPECT_THAT(job.read["t-0"], ElementsAre("1:r1", "2:r2"));
  EXPECT_THAT(job.read["s-0"], SizeIs(1));
  EXPECT_THAT(job.warnings, ElementsAre(HasSubstr("2 records are lost")));
}

TEST(DirectSource, DoesNotHoldUpOthersWhileAPartitionIsReset) {
  SourceTown town({{"t", 1}});
  town.create_short_lived("s", 1);
  town.write("s", 0, numbered(3));
  SourceJob& job = town.start(town.direct({"t", "s"}), {.workers = 1});
  ASSERT_TRUE(town.run_until([&] { return job.records() == 3; }));
  town.network.set_silent("job-worker-0", true);
  town.write("s", 0, {"lost"});
  town.expire("s", 0);
  town.network.set_silent("job-worker-0", false);
  // The driver, which looks for the new start, is cut off; the workers are not.
  town.network.set_silent("job", true);
  town.run_for(5s);
  town.write("t", 0, {"a"});
  EXPECT_TRUE(town.run_until([&] { return job.read.contains("t-0"); }, 10s));
  town.network.set_silent("job", false);
  EXPECT_TRUE(town.run_until([&] { return job.read["s-0"].size() == 4; }, 2min));
}

TEST(DirectSource, GivesBackTheMemoryOfAPartitionThatIsReset) {
  SourceTown town({{"t", 1}});
  town.create_short_lived("s", 1);
  town.write("s", 0, numbered(3));
  SourceJob& job = town.start(town.direct({"t", "s"}), {.workers = 1, .read_ahead_bytes = 600'000});
  ASSERT_TRUE(town.run_until([&] { return job.records() == 3; }));
  for (int i = 0; i < 6; ++i) {
    job.hold(true);
    town.expire("s", 0);
    town.run_for(1s);
    town.network.set_silent("job-worker-0", true);
    town.expire("s", 0);
    town.expire("s", 0);
    town.network.set_silent("job-worker-0", false);
    town.run_for(1s);
    job.hold(false);
    town.run_for(5s);
  }
  town.write("t", 0, {"a"});
  EXPECT_TRUE(town.run_until([&] { return job.read.contains("t-0"); }, 10s));
}

TEST(DirectSource, ABacklogThatIsHeldBackDoesNotHoldUpOthers) {
  SourceTown town({{"s", 1}, {"t", 1}});
  for (int i = 0; i < 20; ++i) town.write("s", 0, {std::string(100'000, 'x')});
  SourceJob& job = town.start(town.direct({"t", "s"}), {.workers = 1, .read_ahead_bytes = 600'000});
  job.skip("s-0");
  town.run_for(5s);
  town.write("t", 0, {"a"});
  EXPECT_TRUE(town.run_until([&] { return job.read.contains("t-0"); }, 5s));
  job.skip_nothing();
  EXPECT_TRUE(town.run_until([&] { return job.records() == 21; }));
}

TEST(DirectSource, CutsWhatItHasReadIntoPiecesBetweenRecordBatches) {
  SourceTown town({{"t", 1}});
  for (int i = 0; i < 20; ++i) town.write("t", 0, {"small", std::string(100'000, 'x')});
  SourceJob& job = town.start(town.direct({"t"}));
  job.hold(true);
  town.run_for(5s);
  const auto ahead = job.source().read_ahead();
  ASSERT_THAT(ahead, SizeIs(1));
  Offset at{0};
  for (const plan::Piece& piece : ahead[0].pieces) {
    EXPECT_EQ(piece.from, at);
    EXPECT_EQ(piece.until.value % 2, 0);
    EXPECT_EQ(piece.records, piece.until.value - piece.from.value);
    EXPECT_LT(piece.bytes, 700'000u);
    at = piece.until;
  }
  EXPECT_EQ(at, Offset{40});
  EXPECT_GE(ahead[0].pieces.size(), 4u);
  EXPECT_EQ(job.source().lag(), 40);
}

TEST(SourceOptions, SK8_SayWhatMakesNoSense) {
  const auto refusal = [](kafka::StreamOptions options) {
    const Result<void> valid = kafka::KafkaSource(std::move(options)).validate();
    return valid.ok() ? std::string() : valid.error().message();
  };
  EXPECT_EQ(refusal({.brokers = "a:1", .topics = {"t"}}), "");
  EXPECT_THAT(refusal({.brokers = "a:b", .topics = {"t", "u"}}),
              AllOf(HasSubstr("source topic t,u at a:b"), HasSubstr("is no address")));
  EXPECT_THAT(refusal({.brokers = "a:1"}), HasSubstr("set .topics"));
  EXPECT_THAT(refusal({.brokers = "a:1", .topics = {"t"}, .group = "g", .inputs = 0}),
              HasSubstr(".inputs must be 1 or more"));
  EXPECT_THAT(refusal({.brokers = "a:1", .topics = {"t"}, .reader_tasks = -1}),
              HasSubstr(".reader_tasks must be 0 or more"));
  EXPECT_THAT(refusal({.brokers = "a:1", .topics = {"t"}, .inputs = 2}), HasSubstr("set .group"));
  EXPECT_THAT(refusal({.brokers = "a:1", .topics = {"t"}, .instance = "host"}),
              HasSubstr("set .group, or leave .instance out"));
  EXPECT_THAT(refusal({.brokers = "a:1", .topics = {"t"}, .group = "g", .instance = "ho st"}),
              HasSubstr("instance \"ho st\" may have up to 240 letters"));
  const std::string too_long(241, 'x');
  EXPECT_THAT(refusal({.brokers = "a:1", .topics = {"t"}, .group = "g", .instance = too_long}),
              HasSubstr("may have up to 240 letters"));
  EXPECT_THAT(refusal({.brokers = "a:1", .topics = {"t"}, .group = "g", .partitions = {{"t", {}}}}),
              HasSubstr("set .group or .partitions, not both"));
  EXPECT_THAT(
      refusal({.brokers = "a:1", .topics = {"t"}, .bad_records = BadRecords::dead_letter("")}),
      HasSubstr("dead letters need a topic"));
}

/// Closes a source after so many steps of the simulation.
class ClosingSource : public testing::TestWithParam<int> {};

TEST_P(ClosingSource, EndsInEveryPhase) {
  SourceTown town({{"t", 2}});
  town.write("t", 0, {"a"});
  for (const bool in_group : {false, true}) {
    SourceJob& job =
        town.start(in_group ? town.group({"t"}, 2) : town.direct({"t"}), {.stop_at_end = true});
    for (int i = 0; i < GetParam(); ++i) town.network.step();
    job.close();
    EXPECT_TRUE(town.run_until([&] { return job.closed; }, 20s));
    town.run_for(1s);
    EXPECT_THAT(job.failures, IsEmpty());
  }
}

INSTANTIATE_TEST_SUITE_P(Steps, ClosingSource, testing::Range(0, 400, 3));

/// Apache Kafka says so of a position behind a leader's epoch that it does not know.
TEST(SourceDirect, APositionThatIsDeniedAndIsInTheLogIsReadOn) {
  SourceTown town({{"t", 1}});
  town.write("t", 0, {"before"});
  kafka::StreamOptions options = town.direct({"t"});
  options.start = kafka::Start::latest();
  SourceJob& job = town.start(options);
  ASSERT_TRUE(town.run_until([&] { return job.opened.has_value(); }));
  town.write("t", 0, {"a"});
  ASSERT_TRUE(town.run_until([&] { return job.records() == 1; }));
  town.inject("Fetch error OFFSET_OUT_OF_RANGE times 2");
  town.write("t", 0, {"b"});
  town.write("t", 0, {"c"});
  ASSERT_TRUE(town.run_until([&] { return job.records() == 3; }));
  EXPECT_THAT(job.read["t-0"], ElementsAre("1:a", "2:b", "3:c"));
  EXPECT_THAT(job.warnings, IsEmpty());
}

}  // namespace
}  // namespace weir
