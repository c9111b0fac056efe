// Where records with a key go.

#include "operations_fixture.h"

namespace weir {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::SizeIs;
using testing::UnorderedElementsAre;

using Word = std::pair<std::string, int>;

/// Divides words by their length.
struct ByLength {
  std::int32_t partitions = 4;
  std::int32_t partition_of(const std::string& word) const {
    return static_cast<std::int32_t>(word.size());
  }
  bool operator==(const ByLength&) const = default;
};

/// A key that has no bytes and no hash of weir's.
struct Shop {
  int number = 0;
  bool operator==(const Shop&) const = default;
};
struct ByShop {
  static constexpr std::int32_t partitions = 2;
  std::int32_t partition_of(const Shop& shop) const { return shop.number % 2; }
  bool operator==(const ByShop&) const = default;
};

static_assert(PartitionerOf<HashPartitioner, std::string>);
static_assert(!PartitionerOf<HashPartitioner, Shop>);
static_assert(PartitionerOf<ByShop, Shop> && !PartitionerOf<ByShop, std::string>);

}  // namespace
}  // namespace weir

template <>
struct std::hash<weir::Shop> {
  std::size_t operator()(const weir::Shop& shop) const {
    return static_cast<std::size_t>(shop.number);
  }
};

namespace weir {
namespace {

class Partitions : public OperationsTest {
 protected:
  static int sum(int a, int b) { return a + b; }
  DStream<Word> words() { return input<Word>({{{"a", 1}, {"bb", 2}, {"cc", 3}, {"a", 4}}}); }
};

TEST_F(Partitions, AreTwoWhereNothingIsSaid) {
  EXPECT_THAT(run(words().reduce_by_key(sum).glom()), ElementsAre(SizeIs(2)));
}

TEST_F(Partitions, AreAsManyAsAskedForAlsoBeyondTheKeys) {
  const auto parts = run(words().group_by_key(20).glom());
  ASSERT_THAT(parts, ElementsAre(SizeIs(20)));
  std::size_t keys = 0;
  for (const auto& part : parts[0]) keys += part.size();
  EXPECT_EQ(keys, 3);
}

TEST_F(Partitions, AreThoseOfKafkaForTheKeysBytes) {
  const HashPartitioner by{.partitions = 20};
  const auto parts = run(words().reduce_by_key(sum, by).glom());
  ASSERT_THAT(parts, ElementsAre(SizeIs(20)));
  for (std::int32_t i = 0; i < 20; ++i) {
    for (const auto& [word, value] : parts[0][static_cast<std::size_t>(i)]) {
      EXPECT_EQ(by.partition_of(word), i);
      EXPECT_EQ(detail::key_partition(word, 20), i);
    }
  }
}

TEST_F(Partitions, AreThoseOfTheUsersPartitioner) {
  EXPECT_THAT(
      run(words().reduce_by_key(sum, ByLength{}).glom()),
      ElementsAre(ElementsAre(ElementsAre(), ElementsAre(Pair("a", 5)),
                              UnorderedElementsAre(Pair("bb", 2), Pair("cc", 3)), ElementsAre())));
}

TEST_F(Partitions, OfAJoinBringBothSidesTogether) {
  const auto other = input<Word>({{{"a", 10}, {"cc", 30}}});
  expect_batches(run(words().join(other, ByLength{}).glom()),
                 {{{}, {{"a", {1, 10}}, {"a", {4, 10}}}, {{"cc", {3, 30}}}, {}}});
}

TEST_F(Partitions, NeedNoCodecWithAPartitionerOfTheUsers) {
  const auto shops =
      input<int>({{1, 2, 3}}).map([](int number) { return std::pair(Shop{number}, number); });
  const auto numbers = shops.reduce_by_key(sum, ByShop{}).map([](const std::pair<Shop, int>& shop) {
    return shop.second;
  });
  EXPECT_THAT(run(numbers.glom()),
              ElementsAre(ElementsAre(ElementsAre(2), UnorderedElementsAre(1, 3))));
}

TEST_F(Partitions, ThatThereAreNotFailTheBatchWithASentence) {
  collect(words().reduce_by_key(sum, ByLength{.partitions = 2}));
  const Result<void> result = run();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), HasSubstr("a partitioner put a key into partition 2 of 2"));
}

TEST_F(Partitions, OfANumberThatMakesNoSenseAreRefusedWithTheOperationsName) {
  collect(words().join(words(), 0));
  collect(words().map([](Word&& word) { return word.first; }).count_by_value(-1));
  const Result<void> result = run();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message(), HasSubstr("join(): 0 partitions"));
  EXPECT_THAT(result.error().message(), HasSubstr("count_by_value(): -1 partitions"));
}

TEST_F(Partitions, OfEqualPartitionersAreAlike) {
  EXPECT_EQ(HashPartitioner{3}, HashPartitioner{3});
  EXPECT_NE(HashPartitioner{3}, HashPartitioner{4});
  EXPECT_EQ(ByLength{}, ByLength{});
}

}  // namespace
}  // namespace weir
