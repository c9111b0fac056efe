// Summaries in the operations that make one record of many: what a job asks of a stream of tweets.

#include <cmath>

#include "../operations/operations_fixture.h"
#include "base/log.h"
#include "weir/summaries.h"

namespace weir {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

/// Who tweeted, and in which language.
using Tweet = std::pair<std::string, std::string>;

class SummariesOnStreams : public OperationsTest {
 protected:
  /// Two batches over four partitions: "eve" has every other tweet of the first one, and two
  /// hundred more users one or two each; the second one is three tweets of "bob".
  DStream<Tweet> tweets() {
    std::vector<Tweet> first;
    for (int i = 0; i < 300; ++i) {
      first.emplace_back("eve", "en");
      first.emplace_back(concat("user", i % 200), i % 2 == 0 ? "en" : "fr");
    }
    return input<Tweet>({first, std::vector<Tweet>(3, {"bob", "de"})}, 4);
  }
  DStream<std::string> users() {
    return tweets().map([](const Tweet& tweet) { return tweet.first; });
  }
  /// Makes one summary of all records of each batch.
  template <class S, class T>
  static DStream<S> summarize(const DStream<T>& stream, const S& empty) {
    return stream
        .map_partitions([empty](const std::vector<T>& records) {
          S summary = empty;
          for (const T& record : records) summary.add(record);
          return std::vector<S>{std::move(summary)};
        })
        .reduce(MergeSummaries());
  }
};

TEST_F(SummariesOnStreams, FindHeavyHitters) {
  using Sketch = CountMinSketch<std::string>;
  const auto heavy = summarize(users(), Sketch({.epsilon = 0.01, .heavy_share = 0.1}))
                         .flat_map([](const Sketch& sketch) { return sketch.heavy_hitters(); })
                         .map([](const CountedItem<std::string>& counted) {
                           return std::pair(counted.item, counted.count);
                         });
  EXPECT_THAT(
      run(heavy),
      ElementsAre(ElementsAre(Pair("eve", testing::AllOf(testing::Ge(300), testing::Le(306)))),
                  ElementsAre(Pair("bob", 3))));
}

TEST_F(SummariesOnStreams, FindTheMostFrequent) {
  using Top = TopK<std::string>;
  const auto top = summarize(users(), Top({.capacity = 30}))
                       .flat_map([](const Top& counted) { return counted.top(1); })
                       .map([](const CountedItem<std::string>& counted) { return counted.item; });
  EXPECT_THAT(run(top), ElementsAre(ElementsAre("eve"), ElementsAre("bob")));
}

TEST_F(SummariesOnStreams, CountDistinctUsersOfEachLanguage) {
  const auto distinct =
      tweets()
          .map([](const Tweet& tweet) { return std::pair(tweet.second, tweet.first); })
          .combine_by_key(
              [](const std::string& user) {
                HyperLogLog users({.precision = 14});
                users.add(user);
                return users;
              },
              [](HyperLogLog users, const std::string& user) {
                users.add(user);
                return users;
              },
              MergeSummaries())
          .map_values([](const HyperLogLog& users) { return std::lround(users.estimate()); });
  EXPECT_THAT(sorted(run(distinct)), ElementsAre(ElementsAre(Pair("en", 101), Pair("fr", 100)),
                                                 ElementsAre(Pair("de", 1))));
}

TEST_F(SummariesOnStreams, RememberWhoWasThere) {
  const auto seen = tweets()
                        .map([](const Tweet& tweet) {
                          BloomFilter users({.expected = 300});
                          users.add(tweet.first);
                          return std::pair(tweet.second, std::move(users));
                        })
                        .reduce_by_key(MergeSummaries())
                        .map_values([](const BloomFilter& users) {
                          return users.may_contain("eve") && !users.may_contain("mallory");
                        });
  EXPECT_THAT(sorted(run(seen)), ElementsAre(ElementsAre(Pair("en", true), Pair("fr", false)),
                                             ElementsAre(Pair("de", false))));
}

TEST_F(SummariesOnStreams, FindTheMedian) {
  std::vector<double> numbers(999);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<double>(i * 7 % 999);
  const auto median =
      summarize(input<double>({numbers}, 3), Quantiles()).map([](const Quantiles& q) {
        return q.quantile(0.5).value();
      });
  EXPECT_THAT(run(median), ElementsAre(ElementsAre(testing::DoubleNear(499, 10))));
}

TEST_F(SummariesOnStreams, FailTheBatchWhereTheyCannotBeMerged) {
  const auto all =
      collect(input<int>({{4, 5, 6, 7}})
                  .map([](int precision) { return HyperLogLog({.precision = precision}); })
                  .reduce(MergeSummaries()));
  const Result<void> result = run();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), ErrorCode::kUserFunction);
  EXPECT_THAT(result.error().message(),
              HasSubstr("two HyperLogLogs with a different precision cannot be merged"));
  EXPECT_THAT(all.batches(), ElementsAre());
}

}  // namespace
}  // namespace weir
