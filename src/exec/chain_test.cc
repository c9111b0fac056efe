#include "exec/chain.h"

#include "exec/exec_test.h"
#include "exec/task_run.h"

namespace weir::exec {
namespace {

using testing::ElementsAre;

/// A task context that nothing is asked of.
class NoContext final : public TaskContext {
 public:
  BatchTime batch_time() const override { return {}; }
  const std::vector<OffsetRange>& offset_ranges() const override { return ranges_; }
  PartitionId partition() const override { return {}; }
  RecordWriter& writer(OutputIndex) override { std::abort(); }
  void deliver(ExchangePort, PartitionId, std::unique_ptr<const Block>) override {}
  void count_held(std::size_t) override {}
  PartitionState& state(StateIndex) override { std::abort(); }
  void count_skipped() override {}

 private:
  std::vector<OffsetRange> ranges_;
};

class ChainTest : public ExecTest {
 protected:
  /// A stream that notes, under `name`, what comes by.
  DStream<std::string> noted(const DStream<std::string>& stream, const std::string& name) {
    return stream.map([this, name](std::string s) {
      notes.push_back(concat(name, " ", s));
      return s;
    });
  }
  void note_at_end(const DStream<std::string>& stream, const std::string& name) {
    stream.for_each([this, name](const std::string& s) { notes.push_back(concat(name, " ", s)); });
  }
  /// Runs values through what is described.
  void run(const std::vector<std::string>& values) {
    Chain chain(*source_node, context);
    auto& entry = static_cast<Sink<Record>&>(*chain.entry());
    for (const std::string& value : values) {
      Record record;
      record.value = value;
      record.has_value = true;
      entry.push(std::move(record));
    }
    chain.finish();
  }

  NoContext context;
  std::vector<std::string> notes;
};

TEST_F(ChainTest, PushesRecordByRecordThroughAllOperators) {
  note_at_end(noted(strings(), "first"), "then");
  run({"a", "b"});
  EXPECT_THAT(notes, ElementsAre("first a", "then a", "first b", "then b"));
}

TEST_F(ChainTest, ComputesOnceWhatSeveralBranchesShare) {
  const auto shared = noted(strings(), "shared");
  note_at_end(shared, "one");
  note_at_end(shared, "two");
  note_at_end(shared, "three");
  run({"a"});
  EXPECT_THAT(notes, ElementsAre("shared a", "one a", "two a", "three a"));
}

TEST_F(ChainTest, GivesEachBranchARecordOfItsOwn) {
  const auto shared = strings();
  note_at_end(shared.map([](std::string&& s) { return std::move(s) + "!"; }), "changed");
  note_at_end(shared, "as it was");
  run({"a long string that is no small one at all"});
  EXPECT_THAT(notes, ElementsAre("changed a long string that is no small one at all!",
                                 "as it was a long string that is no small one at all"));
}

TEST_F(ChainTest, UnitesBranchesOfOneTask) {
  const auto shared = strings();
  note_at_end(shared.union_with(noted(shared, "again")), "end");
  run({"a"});
  EXPECT_THAT(notes, ElementsAre("again a", "end a", "end a"));
}

TEST_F(ChainTest, LeavesBranchesOutThatLeadNowhere) {
  noted(strings(), "dead");
  noted(strings(), "dead too").repartition(2);
  note_at_end(strings(), "live");
  run({"a"});
  EXPECT_THAT(notes, ElementsAre("live a"));
}

TEST_F(ChainTest, HasNoEntryWhereNothingIsRun) {
  noted(strings(), "dead");
  Chain chain(*source_node, context);
  EXPECT_EQ(chain.entry(), nullptr);
  chain.finish();
}

TEST_F(ChainTest, TellsTheEndFromFirstToLast) {
  const auto gathered = strings().map_partitions([this](std::vector<std::string> all) {
    notes.push_back(concat("first ends with ", all.size()));
    all.push_back("last words");
    return all;
  });
  note_at_end(gathered.map_partitions([this](std::vector<std::string> all) {
    notes.push_back(concat("second ends with ", all.size()));
    return all;
  }),
              "end");
  run({"a"});
  EXPECT_THAT(notes,
              ElementsAre("first ends with 1", "second ends with 2", "end a", "end last words"));
}

}  // namespace
}  // namespace weir::exec
