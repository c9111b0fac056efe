// What transform() promises beyond the rows of Spark's suite (basic_operations_test.cc).

#include <optional>
#include <stdexcept>

#include "operations_fixture.h"
#include "plan/fake_pipeline.h"
#include "weir/dataset_operations.h"

namespace weir {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

class Transform : public OperationsTest {
 protected:
  DStream<int> numbers() { return input<int>({{1, 2, 3, 4}, {}, {5}}); }
  std::string error_of_run() {
    const Result<void> result = run();
    return result.ok() ? "none" : result.error().message();
  }
  static Dataset<int> as_it_is(const Dataset<int>& batch) { return batch; }
};

TEST_F(Transform, SeesEachBatchOnceAlsoAnEmptyOne) {
  const auto sizes = numbers().transform([](const Dataset<int>& batch) {
    return std::vector<std::size_t>{batch.size(), batch.offset_ranges().size()};
  });
  expect_batches(run(sizes), {{4, 2}, {0, 0}, {1, 1}});
}

TEST_F(Transform, IsToldTheTimeWhereTheFunctionTakesIt) {
  const auto same = numbers().transform([](BatchTime time, const Dataset<int>& batch) {
    return std::vector{time == batch.time() && time.micros > 0 ? 1 : 0};
  });
  expect_batches(run(same), {{1}, {1}, {1}});
}

TEST_F(Transform, KeepsThePartitionsOfTheDataset) {
  expect_batches(run(numbers().transform(as_it_is).glom()).front(), {{1, 2}, {3, 4}});
}

TEST_F(Transform, MakesAsManyPartitionsAsAskedFor) {
  expect_batches(run(numbers().transform(as_it_is, 3).glom()).front(), {{1, 2}, {3, 4}, {}});
}

TEST_F(Transform, KeepsTheOrderOfMorePartitionsThanItMakes) {
  const auto many = numbers().transform([](const Dataset<int>& batch) {
    return Dataset<int>::of({{1}, {2}, {}, {3}, {static_cast<int>(batch.size())}});
  });
  expect_batches(run(many.glom()).front(), {{1, 2}, {3, 4}});
}

TEST_F(Transform, RunsAgainWhenTheFunctionThrows) {
  auto calls = std::make_shared<int>(0);
  const auto text = numbers().transform([calls](const Dataset<int>& batch) {
    if (++*calls == 1) throw std::runtime_error("not yet");
    return batch.map([](int x) { return std::to_string(x); });
  });
  expect_batches(run(text), {{"1", "2", "3", "4"}, {}, {"5"}});
  EXPECT_EQ(*calls, 4);
  EXPECT_EQ(reports().front().failed_attempts, 1);
}

TEST_F(Transform, FailsTheBatchWhenTheFunctionGoesOnThrowing) {
  collect(numbers().transform([](const Dataset<int>& batch) {
    if (batch.empty()) throw std::runtime_error("no numbers");
    return batch;
  }));
  EXPECT_THAT(error_of_run(), HasSubstr("no numbers"));
  EXPECT_THAT(reports(), SizeIs(1));
}

TEST_F(Transform, FailsTheBatchByAFunctionInAnOperationOnTheDataset) {
  collect(numbers().transform([](const Dataset<int>& batch) {
    return batch.map([](int x) { return x == 5 ? throw std::runtime_error("five") : x; });
  }));
  EXPECT_THAT(error_of_run(), HasSubstr("five"));
}

TEST_F(Transform, FailsTheBatchByWhatMakesNoSense) {
  collect(numbers().transform([](const Dataset<int>& batch) { return batch.repartition(0); }));
  EXPECT_THAT(error_of_run(), HasSubstr("repartition(): 0 partitions make no sense"));
}

TEST_F(Transform, RefusesANumberOfPartitionsThatMakesNoSense) {
  collect(numbers().transform(as_it_is, 0));
  EXPECT_THAT(error_of_run(), HasSubstr("transform(): 0 partitions make no sense"));
}

TEST_F(Transform, TakesAResult) {
  const auto zipped = numbers().transform(
      [](const Dataset<int>& batch) { return batch.zip(batch.map([](int x) { return 10 * x; })); });
  EXPECT_THAT(run(zipped).front(), ElementsAre(Pair(1, 10), Pair(2, 20), Pair(3, 30), Pair(4, 40)));
}

TEST_F(Transform, AddsToAccumulatorsOnceForEachBatch) {
  auto seen = pipeline().accumulator("seen");
  auto calls = std::make_shared<int>(0);
  collect(numbers().transform([=](const Dataset<int>& batch) {
    const auto same = batch.filter([=](int) {
      seen += 1;
      return true;
    });
    if (++*calls == 1) throw std::runtime_error("not yet");
    return same;
  }));
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(seen.value(), 5);
}

TEST_F(Transform, OfTwoStreamsMayTakeTheTime) {
  const auto words = input<std::string>({{"a"}, {"b", "c"}});
  const auto sizes = numbers().transform_with(
      words, [](BatchTime time, const Dataset<int>& these, const Dataset<std::string>& those) {
        return std::vector{std::pair(these.size(), those.size() + (time == these.time() ? 0 : 9))};
      });
  expect_batches(run(sizes), {{{4, 1}}, {{0, 2}}, {{1, 0}}});
}

TEST_F(Transform, OfTwoStreamsTellsUnionsApart) {
  const auto all = numbers().union_with(input<int>({{6}}, 1));
  const auto sizes = all.transform_with(all.repartition(3), [](const auto& a, const auto& b) {
    return std::vector{a.partitions().size(), b.partitions().size(), a.size(), b.size()};
  });
  EXPECT_THAT(run(sizes).front(), ElementsAre(3, 3, 5, 5));
}

TEST_F(Transform, OfAStreamWithItselfHasItTwice) {
  const auto stream = numbers();
  const auto both =
      stream.transform_with(stream, [](const auto& a, const auto& b) { return a.union_with(b); });
  EXPECT_THAT(run(both).front(), ElementsAre(1, 2, 3, 4, 1, 2, 3, 4));
}

TEST_F(Transform, OfStreamsOfTwoContextsIsRefused) {
  Pipeline other;
  auto source = std::make_unique<plan::FakeSource>("elsewhere", 1);
  const auto foreign = plan::fake_strings(detail::append_source(other, std::move(source)));
  collect(numbers().transform_with(foreign, [](const auto& a, const auto&) { return a; }));
  EXPECT_THAT(error_of_run(), HasSubstr("belongs to another context"));
}

TEST_F(Transform, CanBeTransformedAgainAndJoined) {
  const auto twice = numbers()
                         .transform([](const Dataset<int>& batch) { return batch.sort(); })
                         .map([](int x) { return std::pair(x % 2, x); })
                         .transform([](const Dataset<std::pair<int, int>>& batch) {
                           return batch.reduce_by_key([](int a, int b) { return a + b; });
                         });
  expect_batches(sorted(run(twice)), {{{0, 6}, {1, 4}}, {}, {{1, 5}}});
}

}  // namespace
}  // namespace weir
