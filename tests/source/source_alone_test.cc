// The Kafka source of a stream that brings records together by key or keeps them: it reads while
// its group is one process's alone, waits for the dead to go, and stops where another one reads.

#include <gmock/gmock.h>

#include <algorithm>

#include "base/log.h"
#include "exec/sim_runtime.h"
#include "group_fixture.h"
#include "weir/streaming_context.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using kafka::Assignor;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr Duration kSession = 10s;

struct AloneParam {
  Assignor assignor;
  bool is_static;
};

struct AloneTest : GroupFixture, testing::WithParamInterface<AloneParam> {
  AloneTest() { assignor = GetParam().assignor; }

  kafka::StreamOptions named_options(const std::string& name, int inputs) const {
    kafka::StreamOptions options = this->options({"t"}, inputs);
    if (GetParam().is_static) options.instance = name;
    return options;
  }
  SourceJob& start_alone(const std::string& name, int inputs = 1, bool stop_at_end = false) {
    return town.start(named_options(name, inputs),
                      {.name = name, .stop_at_end = stop_at_end, .needs_all_records = true});
  }
  /// A process of the same name as another one, after its death.
  SourceJob& start_again(const std::string& name, int inputs = 1) {
    return town.start(named_options(name, inputs),
                      {.name = name + "-again", .needs_all_records = true});
  }
  bool run_until_failed(const SourceJob& job, Duration limit = 2min) {
    return town.run_until([&] { return !job.failures.empty(); }, limit);
  }
  /// What is still read, and by whom, after all that has happened.
  void expect_reads_on(SourceJob& job) {
    write_all("more");
    EXPECT_TRUE(run_until_read({&job}));
    EXPECT_THAT(job.failures, IsEmpty());
  }
};

INSTANTIATE_TEST_SUITE_P(Members, AloneTest,
                         testing::Values(AloneParam{Assignor::kRange, false},
                                         AloneParam{Assignor::kRange, true},
                                         AloneParam{Assignor::kCooperativeSticky, false},
                                         AloneParam{Assignor::kCooperativeSticky, true}),
                         [](const auto& tested) {
                           const AloneParam& param = tested.param;
                           return concat(param.assignor == Assignor::kRange ? "Range" : "Sticky",
                                         param.is_static ? "Static" : "Dynamic");
                         });

const auto is_refusal = AllOf(HasSubstr("group 'g' has a member of another process: '"),
                              HasSubstr("client id 'weir'"), HasSubstr(", at broker)"),
                              HasSubstr("run it in one process, give it a .group of its own or"));
constexpr const char* kWaits = "waits to be alone in group 'g'";

TEST_P(AloneTest, InputsOfOneProcessMayJoinOneAfterAnother) {
  town.inject("JoinGroup delay 8000 times 2");
  write_all("a");
  SourceJob& job = start_alone("job", 3);
  ASSERT_TRUE(run_until_read({&job}));
  town.run_for(60s);
  expect_reads_on(job);
  EXPECT_THAT(job.troubles, Not(Contains(HasSubstr(kWaits))));
}

TEST_P(AloneTest, ASecondProcessStopsAndHasDisturbedNobody) {
  write_all("a");
  SourceJob& first = start_alone("first", 2);
  ASSERT_TRUE(run_until_read({&first}));
  SourceJob& second = start_alone("second", 2);
  ASSERT_FALSE(run_until_failed(second, kSession)) << "it may be what is left of a dead process";
  EXPECT_THAT(second.troubles, Contains(HasSubstr(kWaits)));
  ASSERT_TRUE(run_until_failed(second, 10s));
  EXPECT_THAT(second.failures, ElementsAre(is_refusal));
  EXPECT_THAT(second.failures.front(), HasSubstr("source topic t"));
  EXPECT_THAT(second.failures.front(), HasSubstr(GetParam().is_static ? "instance 'first-" : ""));
  town.run_for(60s);
  expect_reads_on(first);
  EXPECT_THAT(second.read, IsEmpty());
}

TEST_P(AloneTest, AMemberThatGetsInStopsTheProcessThatReads) {
  write_all("a");
  SourceJob& job = start_alone("job", 2);
  ASSERT_TRUE(run_until_read({&job}));
  start("careless");
  ASSERT_TRUE(run_until_failed(job, 10s));
  EXPECT_THAT(job.failures, ElementsAre(is_refusal));
}

TEST_P(AloneTest, SoDoesAMemberWithoutPartitions) {
  kafka::StreamOptions options = named_options("job", 1);
  options.topics = {"u"};
  options.client_id = "a";  // partitions are divided in the order of ids
  town.write("u", 0, {"a"});
  SourceJob& job = town.start(options, {.name = "job", .needs_all_records = true});
  ASSERT_TRUE(town.run_until([&] { return job.records() == 1; }));
  kafka::StreamOptions careless = this->options({"u"});
  careless.client_id = "z";
  if (GetParam().is_static) careless.instance = "z";
  SourceJob& other = town.start(careless, {.name = "careless"});
  ASSERT_TRUE(run_until_failed(job, 10s));
  EXPECT_THAT(job.failures.front(), HasSubstr("'z'"));
  town.write("u", 0, {"b"});
  ASSERT_TRUE(town.run_until([&] { return job.records() == 2; }));
  EXPECT_THAT(other.read, IsEmpty());
}

TEST_P(AloneTest, WhatIsLeftOfAProcessThatWasKilledIsWaitedFor) {
  write_all("a");
  SourceJob& first = start_alone("job", 2);
  ASSERT_TRUE(run_until_read({&first}));
  town.run_for(1s);
  first.die();
  write_all("b");
  SourceJob& second = start_again("job", 2);
  // Static members are known by their name, and replaced.
  ASSERT_TRUE(run_until_read({&first, &second}, GetParam().is_static ? 2s : kSession + 3s));
  EXPECT_EQ(std::count_if(second.troubles.begin(), second.troubles.end(),
                          [](const auto& text) { return text.find(kWaits) != text.npos; }),
            GetParam().is_static ? 0 : 1);
  for (const auto& [partition, values] : second.read) EXPECT_THAT(values, ElementsAre("1:b"));
  town.run_for(60s);
  write_all("c");
  EXPECT_TRUE(run_until_read({&first, &second}));
  EXPECT_THAT(second.failures, IsEmpty());
}

TEST_P(AloneTest, SoIsWhatIsLeftOfOneThatHadMoreInputs) {
  write_all("a");
  SourceJob& first = start_alone("job", 3);
  ASSERT_TRUE(run_until_read({&first}));
  town.run_for(1s);
  first.die();
  write_all("b");
  SourceJob& second = start_again("job", 1);
  ASSERT_TRUE(run_until_read({&first, &second}, kSession + 3s));
  EXPECT_THAT(second.troubles, Contains(HasSubstr(kWaits)));
  EXPECT_THAT(second.failures, IsEmpty());
}

TEST_P(AloneTest, TwoThatStartTogetherReadNothing) {
  write_all("a");
  SourceJob& first = start_alone("first");
  SourceJob& second = start_alone("second");
  ASSERT_TRUE(town.run_until([&] { return !first.failures.empty() && !second.failures.empty(); }));
  EXPECT_THAT(first.failures, ElementsAre(is_refusal));
  EXPECT_THAT(second.failures, ElementsAre(is_refusal));
  EXPECT_EQ(distinct({&first, &second}), 0U);
}

TEST_P(AloneTest, OneThatWaitsReadsOnceTheOtherHasGone) {
  write_all("a");
  SourceJob& first = start_alone("first", 2);
  ASSERT_TRUE(run_until_read({&first}));
  SourceJob& second = start_alone("second");
  town.run_for(5s);
  close(first);
  write_all("b");
  ASSERT_TRUE(run_until_read({&first, &second}));
  EXPECT_THAT(second.failures, IsEmpty());
}

TEST_P(AloneTest, MembersThatReadOtherTopicsDoNotCount) {
  write_all("a");
  town.write("u", 0, {"a"});
  SourceJob& other = town.start(options({"u"}), {.name = "other"});
  ASSERT_TRUE(town.run_until([&] { return other.records() == 1; }));
  SourceJob& job = start_alone("job");
  ASSERT_TRUE(run_until_read({&job}));
  town.start(options({"u"}), {.name = "third"});
  town.run_for(60s);
  expect_reads_on(job);
}

TEST_P(AloneTest, HasNotReachedTheEndWhileAnotherReads) {
  write_all("a");
  SourceJob& first = start_alone("first");
  ASSERT_TRUE(run_until_read({&first}));
  town.run_for(1s);
  SourceJob& second = start_alone("second", 1, /*stop_at_end=*/true);
  ASSERT_TRUE(run_until_failed(second));
  EXPECT_FALSE(second.finished);
}

TEST_P(AloneTest, ReachesTheEndOfWhatIsCommittedAlready) {
  write_all("a");
  SourceJob& first = start_alone("first");
  ASSERT_TRUE(run_until_read({&first}));
  town.run_for(1s);
  close(first);
  SourceJob& second = start_alone("second", 1, /*stop_at_end=*/true);
  EXPECT_TRUE(town.run_until([&] { return second.finished; }));
  EXPECT_THAT(second.failures, IsEmpty());
}

TEST_P(AloneTest, ACoordinatorThatForgetsItsMembersDisturbsNobody) {
  write_all("a");
  SourceJob& job = start_alone("job", 2);
  ASSERT_TRUE(run_until_read({&job}));
  for (const Duration down : {Duration(1s), Duration(20s)}) {
    town.restart_broker(down);
    town.run_for(60s);
    expect_reads_on(job);
  }
}

/// The coordinator knows them still, though it has said that it does not.
TEST_P(AloneTest, KnowsItsMembersByTheIdsThatTheyHadBefore) {
  write_all("a");
  SourceJob& job = start_alone("job", 2);
  ASSERT_TRUE(run_until_read({&job}));
  town.inject("Heartbeat error UNKNOWN_MEMBER_ID");
  town.inject("SyncGroup error UNKNOWN_MEMBER_ID times 2");
  town.run_for(60s);
  expect_reads_on(job);
}

TEST_P(AloneTest, AsksAgainWhereNobodyTells) {
  town.inject("DescribeGroups error COORDINATOR_NOT_AVAILABLE times 3");
  town.inject("DescribeGroups lose_answer times 2");
  write_all("a");
  SourceJob& job = start_alone("job");
  ASSERT_TRUE(run_until_read({&job}));
  EXPECT_THAT(job.troubles, Contains(HasSubstr("DescribeGroups")));
  EXPECT_EQ(job.troubles.back(), "");
  EXPECT_THAT(job.failures, IsEmpty());
}

TEST_P(AloneTest, StopsWhereItMayNotKnow) {
  town.inject("DescribeGroups error GROUP_AUTHORIZATION_FAILED");
  SourceJob& job = start_alone("job");
  ASSERT_TRUE(run_until_failed(job, 10s));
  EXPECT_THAT(job.failures, ElementsAre(AllOf(HasSubstr("DescribeGroups of group 'g'"),
                                              HasSubstr("allow this client to READ the group"))));
}

/// A whole stream, which counts its records by key in each batch.
class CountingStream {
 public:
  CountingStream(SourceTown& town, const std::string& name, bool by_key, bool shares_keys = false)
      : context_({.app = "counts", .workers = 1},
                 std::make_unique<exec::SimRuntime>(town.network, name, 1)) {
    kafka::StreamOptions options = town.group({"t"});
    options.shares_keys = shares_keys;
    const auto texts = kafka::stream<std::string>(context_, std::move(options));
    if (by_key) {
      texts.count_by_value().for_each([this](const auto&) { ++keys; });
    } else {
      texts.repartition(2).for_each([this](const auto&) { ++keys; });
    }
  }
  StreamingContext& context() { return context_; }
  bool has_stopped() const { return context_.state() == StreamingContext::State::kStopped; }
  int keys = 0;

 private:
  StreamingContext context_;
};

struct CountingStreamTest : GroupFixture {};

TEST_F(CountingStreamTest, ByKeyRunsInOneProcess) {
  write_all("a");
  CountingStream first(town, "first", /*by_key=*/true);
  ASSERT_TRUE(first.context().start().ok());
  ASSERT_TRUE(town.run_until([&] { return first.keys > 0; }));
  CountingStream second(town, "second", /*by_key=*/true);
  ASSERT_TRUE(second.context().start().ok());
  ASSERT_TRUE(town.run_until([&] { return second.has_stopped(); }));
  const Result<void> outcome = second.context().await();
  ASSERT_FALSE(outcome.ok());
  EXPECT_THAT(outcome.error().message(), is_refusal);
  EXPECT_FALSE(first.has_stopped());
  first.context().stop();
}

TEST_F(CountingStreamTest, OtherwiseRunsInAny) {
  write_all("a");
  struct Case {
    bool by_key;
    bool shares_keys;
  };
  for (const Case& each : {Case{false, false}, Case{true, true}}) {
    const std::string suffix = each.by_key ? "-by-key" : "";
    CountingStream first(town, "first" + suffix, each.by_key, each.shares_keys);
    ASSERT_TRUE(first.context().start().ok());
    CountingStream second(town, "second" + suffix, each.by_key, each.shares_keys);
    ASSERT_TRUE(second.context().start().ok());
    town.run_for(60s);
    EXPECT_FALSE(first.has_stopped() || second.has_stopped());
    first.context().stop();
    second.context().stop();
  }
}

}  // namespace
}  // namespace weir
