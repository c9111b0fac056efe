// The bytes of all summaries: what they are, that they come back, and that damage is survived.

#include <gmock/gmock.h>

#include <string>

#include "summaries/sample_streams.h"
#include "weir/summaries.h"

namespace weir {
namespace {

using namespace std::string_literals;

template <class S>
std::string stored(const S& summary) {
  std::string bytes(Codec<S>::size(summary), '\0');
  EXPECT_EQ(Codec<S>::write(summary, bytes.data()), bytes.data() + bytes.size());
  return bytes;
}

template <class S>
class SummaryCodec : public testing::Test {
 protected:
  static S small();
  static S some() {
    S summary = small();
    for (const std::uint64_t value : samples::zipf(500, 9)) {
      if constexpr (std::is_same_v<S, TopK<std::string>>) {
        summary.add(std::to_string(value));
      } else if constexpr (std::is_same_v<S, Quantiles>) {
        summary.add(static_cast<double>(value));
      } else {
        summary.add(value);
      }
    }
    return summary;
  }
};
using StoredSketch = CountMinSketch<std::uint64_t>;
template <>
HyperLogLog SummaryCodec<HyperLogLog>::small() {
  return HyperLogLog({.precision = 5, .seed = 3});
}
template <>
BloomFilter SummaryCodec<BloomFilter>::small() {
  return BloomFilter({.expected = 50, .seed = 3});
}
template <>
TopK<std::string> SummaryCodec<TopK<std::string>>::small() {
  return TopK<std::string>({.capacity = 5, .seed = 3});
}
template <>
StoredSketch SummaryCodec<StoredSketch>::small() {
  return StoredSketch({.epsilon = 0.1, .delta = 0.1, .heavy_share = 0.2, .seed = 3});
}
template <>
Quantiles SummaryCodec<Quantiles>::small() {
  return Quantiles({.rank_error = 0.3, .seed = 3});
}
using Summaries =
    testing::Types<HyperLogLog, BloomFilter, TopK<std::string>, StoredSketch, Quantiles>;
TYPED_TEST_SUITE(SummaryCodec, Summaries);

TYPED_TEST(SummaryCodec, ReadsBackWhatItWrote) {
  for (const TypeParam& summary : {TypeParam(), this->small(), this->some()}) {
    TypeParam back = this->some();
    ASSERT_TRUE(Codec<TypeParam>::read(stored(summary), back));
    EXPECT_EQ(back, summary);
    EXPECT_EQ(stored(back), stored(summary));
  }
}

TYPED_TEST(SummaryCodec, GoesOnWhereItWas) {
  TypeParam back;
  TypeParam summary = this->some();
  ASSERT_TRUE(Codec<TypeParam>::read(stored(summary), back));
  EXPECT_TRUE(back.merge(this->some()).ok());
  EXPECT_TRUE(summary.merge(this->some()).ok());
  EXPECT_EQ(back, summary);
}

TYPED_TEST(SummaryCodec, RefusesAllThatIsCutOffOrGoesOn) {
  const std::string bytes = stored(this->some());
  TypeParam into;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::string cut = bytes.substr(0, size);
    ASSERT_FALSE(Codec<TypeParam>::read(cut, into)) << size;
    ASSERT_THAT(Codec<TypeParam>::explain(cut), testing::StartsWith("byte "));
  }
  EXPECT_FALSE(Codec<TypeParam>::read(bytes + "x", into));
}

TYPED_TEST(SummaryCodec, SurvivesDamage) {
  const std::string bytes = stored(this->some());
  samples::Random random(4);
  for (int i = 0; i < 500; ++i) {
    std::string damaged = bytes;
    const std::size_t first = i % 2 == 0 ? bytes.size() : std::min<std::size_t>(40, bytes.size());
    damaged[random() % first] = static_cast<char>(random());
    TypeParam into;
    if (!Codec<TypeParam>::read(damaged, into)) continue;
    ASSERT_EQ(stored(into), damaged);
    EXPECT_TRUE(into.merge(TypeParam(into)).ok());
    EXPECT_LE(into.memory_bytes(), 200'000);
  }
}

TYPED_TEST(SummaryCodec, NamesAVersionThatItDoesNotKnow) {
  std::string bytes = stored(this->small());
  bytes[0] = 2;
  EXPECT_EQ(Codec<TypeParam>::explain(bytes), "byte 0: a summary of a version not known here");
}

TEST(SummaryBytes, StayAsTheyAre) {
  HyperLogLog log({.precision = 4, .seed = 1});
  log.add("a");
  EXPECT_EQ(
      stored(log),
      "\001\004\000\000\000\000\000\000\000\001\000\000\000\000\000\000\000\000\000\000\000\000\002\000\000\000"s);
  BloomFilter filter({.expected = 1, .seed = 1});
  filter.add("a");
  EXPECT_EQ(stored(filter),
            "\001\007\000\000\000\000\000\000\000\001\001\100\040\010\020\000\200\000\100"s);
  TopK<std::string> top({.capacity = 3, .seed = 1});
  top.add("a", 200);
  EXPECT_EQ(stored(top), "\1\3\0\0\0\0\0\0\0\1\xc8\1\0\1\1a\xc8\1\0"s);
  CountMinSketch<std::string> sketch({.epsilon = 0.9, .delta = 0.2, .heavy_share = 1, .seed = 1});
  sketch.add("a", 2);
  EXPECT_EQ(
      stored(sketch),
      "\001\004\002\000\000\000\000\000\000\000\001\002\000\000\000\002\000\000\000\002\077\360\000\000\000\000\000\000\001\001a"s);
  Quantiles quantiles({.rank_error = 1, .seed = 1});
  quantiles.add(1);
  EXPECT_EQ(
      stored(quantiles),
      "\001\010\000\000\000\000\000\000\000\001\306\303\132\372\257\353\277\235\001\000\000\000\000\000\000\000\000\077\360\000\000\000\000\000\000\077\360\000\000\000\000\000\000\001\001\077\360\000\000\000\000\000\000"s);
}

TEST(MergeSummaries, FailsWithWhatMergeSays) {
  const MergeSummaries merge;
  EXPECT_THROW(merge(HyperLogLog({.precision = 4}), HyperLogLog()), std::invalid_argument);
  EXPECT_EQ(merge(HyperLogLog(), HyperLogLog()), HyperLogLog());
}

}  // namespace
}  // namespace weir
