// The codecs that avrogen wrote for tweet.avsc and everything.avsc, against golden bytes and
// against the codec over the parsed schema.
#include <gmock/gmock.h>

#include <algorithm>

#include "avro/generic_codec.h"
#include "avro/random_avro.h"
#include "everything.avro.h"
#include "tweet.avro.h"

namespace weir::avro {
namespace {

using com::miguno::avro::Tweet;
using com::miguno::avro::TweetView;
using test::Everything;
using test::EverythingView;

template <class T>
std::string bytes_of(const T& value) {
  std::string bytes(Codec<T>::size(value), '\0');
  EXPECT_EQ(Codec<T>::write(value, bytes.data()), bytes.data() + bytes.size());
  return bytes;
}

const Tweet kTweet = {"ANY_USER_1", "ANY_TEXT_1", 1234};
constexpr std::string_view kTweetBytes =
    "\x14"
    "ANY_USER_1"
    "\x14"
    "ANY_TEXT_1"
    "\xa4\x13";

TEST(GeneratedTweet, IsWrittenAsTheOriginalDoes) {
  EXPECT_EQ(bytes_of(kTweet), kTweetBytes);
  EXPECT_EQ(bytes_of(TweetView{"ANY_USER_1", "ANY_TEXT_1", 1234}), kTweetBytes);
  EXPECT_EQ(bytes_of(Tweet{"ANY_USER_1", "ANY_TEXT_1", 0}),
            std::string(kTweetBytes.substr(0, 22)) + '\0');
}

TEST(GeneratedTweet, IsReadBack) {
  Tweet tweet;
  ASSERT_TRUE(Codec<Tweet>::read(kTweetBytes, tweet));
  EXPECT_EQ(tweet, kTweet);
}

TEST(GeneratedTweet, RefersToTheBytesAsAView) {
  static_assert(kIsView<TweetView> && !kIsView<Tweet>);
  static_assert(HasCodec<TweetView> && HasCodec<Tweet>);
  TweetView tweet;
  ASSERT_TRUE(Codec<TweetView>::read(kTweetBytes, tweet));
  EXPECT_EQ(tweet, (TweetView{"ANY_USER_1", "ANY_TEXT_1", 1234}));
  EXPECT_EQ(tweet.text.data(), kTweetBytes.data() + 12);
}

TEST(GeneratedTweet, IsRefusedWithAReason) {
  constexpr std::string_view kGarbage = "\x01\x02\x03\x04";
  TweetView tweet;
  EXPECT_FALSE(Codec<TweetView>::read(kGarbage, tweet));
  EXPECT_EQ(Codec<TweetView>::explain(kGarbage),
            "no Avro record com.miguno.avro.Tweet: field \"username\" of com.miguno.avro.Tweet, "
            "string: a length below 0, at byte 1 of 4");
  EXPECT_EQ(Codec<TweetView>::explain(kTweetBytes),
            "the bytes are an Avro record com.miguno.avro.Tweet and can be read");
}

TEST(GeneratedTweet, IsSuspectedBehindASchemaRegistrysHeader) {
  const std::string bytes = std::string("\0\0\0\0\x07", 5) + std::string(kTweetBytes);
  EXPECT_THAT(Codec<Tweet>::explain(bytes), testing::HasSubstr("a schema registry's header"));
}

TEST(GeneratedTweet, IsRefusedWhereItIsCutShortOrTooLong) {
  TweetView tweet;
  for (std::size_t size = 0; size < kTweetBytes.size(); ++size) {
    EXPECT_FALSE(Codec<TweetView>::read(kTweetBytes.substr(0, size), tweet)) << size;
  }
  EXPECT_FALSE(Codec<TweetView>::read(std::string(kTweetBytes) + '\0', tweet));
}

// Maps are unordered to Avro, and std::map orders them.
void sort_maps(Value& value) {
  if (auto* record = std::get_if<Value::Record>(&value.held)) {
    for (Value& field : record->fields) sort_maps(field);
  } else if (auto* array = std::get_if<Value::Array>(&value.held)) {
    for (Value& item : array->items) sort_maps(item);
  } else if (auto* inner = std::get_if<Value::Union>(&value.held)) {
    sort_maps(*inner->value);
  } else if (auto* map = std::get_if<Value::Map>(&value.held)) {
    for (Value::Entry& entry : map->entries) sort_maps(entry.value);
    std::sort(map->entries.begin(), map->entries.end(),
              [](const auto& left, const auto& right) { return left.key < right.key; });
  }
}

class GeneratedEverything : public testing::Test {
 protected:
  std::string random_bytes() {
    return encode(random_.value(schema_.root(), 6), schema_.root()).value();
  }
  std::string with_sorted_maps(const std::string& bytes) {
    Value value = decode(bytes, schema_.root()).value();
    sort_maps(value);
    return encode(value, schema_.root()).value();
  }

  RandomAvro random_{1234};
  const Schema schema_ = Schema::parse(Everything::kSchema).value();
};

TEST_F(GeneratedEverything, IsReadAndWrittenAsByTheGenericCodec) {
  Everything owning;  // reused, as the engine does
  for (int i = 0; i < 200; ++i) {
    const std::string bytes = random_bytes();
    EverythingView view;
    ASSERT_TRUE(Codec<EverythingView>::read(bytes, view)) << Codec<Everything>::explain(bytes);
    ASSERT_EQ(bytes_of(view), bytes);
    ASSERT_TRUE(Codec<Everything>::read(bytes, owning));
    ASSERT_EQ(with_sorted_maps(bytes_of(owning)), with_sorted_maps(bytes));
  }
}

TEST_F(GeneratedEverything, IsCopiedAndComparedAsAValue) {
  Everything owning;
  ASSERT_TRUE(Codec<Everything>::read(random_bytes(), owning));
  owning.rough = 0;
  owning.fine = 0;
  owning.self = Everything();
  Everything copy = owning;
  EXPECT_EQ(copy, owning);
  (*copy.self)->small = 7;
  EXPECT_NE(copy, owning);
}

TEST_F(GeneratedEverything, IsAValueByDefaultThatCanBeWrittenAndRead) {
  Everything value, again;
  EXPECT_EQ(value.expression.value.index(), 2u);
  ASSERT_TRUE(Codec<Everything>::read(bytes_of(value), again));
  EXPECT_EQ(again, value);
}

TEST_F(GeneratedEverything, IsReadIntoAValueThatWasMovedFrom) {
  Everything value, again;
  value.self = Everything();
  const std::string bytes = bytes_of(value);
  const Everything taken = std::move(value);
  ASSERT_TRUE(Codec<Everything>::read(bytes, value));
  EXPECT_EQ(value, taken);
}

TEST_F(GeneratedEverything, IsRefusedWhereTheGenericCodecRefusesIt) {
  EverythingView view;
  for (int i = 0; i < 1000; ++i) {
    std::string bytes = random_bytes();
    for (std::size_t damage = random_.below(4); damage > 0; --damage) {
      bytes[random_.below(bytes.size())] = static_cast<char>(random_.below(256));
    }
    bytes.resize(bytes.size() - random_.below(2) * random_.below(bytes.size()));
    ASSERT_EQ(Codec<EverythingView>::read(bytes, view), decode(bytes, schema_.root()).ok());
  }
}

TEST(GeneratedList, IsRefusedWhereItIsNestedTooDeeply) {
  std::string bytes;
  for (int i = 0; i < kMaxDepth - 1; ++i) bytes += std::string("\0\x02", 2);
  test::List list;
  EXPECT_TRUE(Codec<test::List>::read(bytes + std::string(2, '\0'), list));
  bytes += std::string("\0\x02", 2);
  EXPECT_FALSE(Codec<test::List>::read(bytes + std::string(2, '\0'), list));
  EXPECT_THAT(Codec<test::List>::explain(bytes + std::string(2, '\0')),
              testing::HasSubstr("nested too deeply"));
}

TEST(GeneratedMap, KeepsTheLastOfEqualKeysOrAllAsAView) {
  const std::string bytes = "\x04\x02k\x02\x02k\x04" + std::string(1, '\0');
  std::map<std::string, std::int64_t> owning;
  std::vector<std::pair<std::string_view, std::int64_t>> view;
  Reader owning_reader(bytes), view_reader(bytes);
  Map<Long>::read(owning_reader, owning);
  Map<Long>::read(view_reader, view);
  EXPECT_THAT(owning, testing::ElementsAre(testing::Pair("k", 2)));
  EXPECT_THAT(view, testing::ElementsAre(testing::Pair("k", 1), testing::Pair("k", 2)));
}

TEST(GeneratedEnum, KnowsItsSymbolsNames) {
  EXPECT_EQ(to_string(test::Suit::SPADES), "SPADES");
  EXPECT_EQ(to_string(test::Suit::NULL_), "NULL");
}

}  // namespace
}  // namespace weir::avro
