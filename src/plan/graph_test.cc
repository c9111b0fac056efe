#include "plan/graph.h"

#include <gmock/gmock.h>

#include "plan/fake_pipeline.h"
#include "weir/name_state.h"

namespace weir::plan {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const auto one_each = [](std::string text) { return std::pair(std::move(text), 1); };
const auto key_of = [](const auto& pair) { return pair.first; };

class GraphTest : public testing::Test {
 protected:
  std::string mistakes() const {
    const Result<void> valid = pipeline.graph().validate();
    return valid.ok() ? "" : valid.error().message();
  }
  static DStream<std::string> strings(Pipeline& of) {
    return fake_strings(detail::append_source(of, std::make_unique<FakeSource>("in", 1)));
  }
  Pipeline pipeline;
};

TEST_F(GraphTest, IsValidWithAnOutput) {
  write_to_fake(strings(pipeline));
  EXPECT_EQ(mistakes(), "");
}

TEST_F(GraphTest, NeedsAnOutput) {
  strings(pipeline).repartition(2);
  EXPECT_THAT(mistakes(), HasSubstr("no output"));
}

TEST_F(GraphTest, TellsOneMistakeAloneAndSeveralAsAList) {
  write_to_fake(strings(pipeline).repartition(0));
  EXPECT_THAT(mistakes(), testing::StartsWith("repartition(): 0 partitions"));
  write_to_fake(strings(pipeline).repartition(-1));
  EXPECT_THAT(mistakes(), AllOf(HasSubstr("2 mistakes:\n  - repartition(): 0"),
                                HasSubstr("\n  - repartition(): -1")));
}

TEST_F(GraphTest, RefusesStreamsOfAnotherPipeline) {
  Pipeline other;
  write_to_fake(strings(pipeline).union_with(strings(other)));
  EXPECT_THAT(mistakes(), HasSubstr("belongs to another context"));
}

TEST_F(GraphTest, NamesTheNearestStateOnce) {
  const auto windows = strings(pipeline).window(std::chrono::seconds(10));
  const auto both = windows.map([](std::string s) { return s; }).window(std::chrono::seconds(20));
  name_state(both.map([](std::string s) { return s; }), "outer");
  name_state(windows, "inner");
  write_to_fake(both);
  EXPECT_EQ(mistakes(), "");
  EXPECT_EQ(pipeline.graph().windows().at(0).name, "inner");
  EXPECT_EQ(pipeline.graph().windows().at(1).name, "outer");
  name_state(both, "inner");
  EXPECT_THAT(mistakes(), HasSubstr("another state has this name"));
}

TEST_F(GraphTest, RefusesToNameWhatRemembersNothing) {
  const auto lines = strings(pipeline);
  lines.window(std::chrono::seconds(10));
  name_state(lines, "nothing");
  write_to_fake(lines);
  EXPECT_THAT(mistakes(),
              AllOf(HasSubstr("name_state(\"nothing\")"), HasSubstr("remembers nothing")));
}

TEST_F(GraphTest, LeadsToAnOutputThroughAnyBranch) {
  const auto start = strings(pipeline);
  const auto dead = start.map([](std::string s) { return s; });
  EXPECT_FALSE(leads_to_output(*start.node()));
  write_to_fake(start.filter([](const std::string&) { return true; }));
  EXPECT_TRUE(leads_to_output(*start.node()));
  EXPECT_FALSE(leads_to_output(*dead.node()));
}

TEST_F(GraphTest, NeedsAllRecordsOfWhatIsBroughtTogetherByKeyOrKept) {
  const auto needs_all = [](const auto& describe) {
    Pipeline alone;
    const auto start = strings(alone);
    write_to_fake(describe(start));
    return needs_all_records(*start.node());
  };
  using Strings = DStream<std::string>;
  EXPECT_FALSE(needs_all([](const Strings& all) { return all.repartition(3); }));
  EXPECT_FALSE(needs_all([](const Strings& all) {
    return all.count().map([](std::int64_t count) { return std::to_string(count); });
  }));
  EXPECT_TRUE(needs_all([](const Strings& all) {
    return all.repartition(3).map(one_each).reduce_by_key(std::plus<>()).map(key_of);
  }));
  EXPECT_TRUE(needs_all([](const Strings& all) { return all.window(std::chrono::minutes(1)); }));
  EXPECT_TRUE(needs_all([](const Strings& all) {
    return all.map(one_each).map_with_state(
        [](const std::string& key, std::optional<int>, State<int>&) { return key; });
  }));
}

TEST_F(GraphTest, NeedsAllRecordsOfAStreamThatIsJoinedAndOfNoOther) {
  const auto joined = strings(pipeline);
  const auto copied = strings(pipeline);
  write_to_fake(joined.union_with(strings(pipeline)).map(one_each).group_by_key().map(key_of));
  write_to_fake(copied);
  copied.map(one_each).reduce_by_key(std::plus<>());  // leads to no output
  EXPECT_TRUE(needs_all_records(*joined.node()));
  EXPECT_FALSE(needs_all_records(*copied.node()));
}

}  // namespace
}  // namespace weir::plan
