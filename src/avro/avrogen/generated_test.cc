#include <gmock/gmock.h>

#include "tweet.avro.h"

namespace weir::avro {
namespace {

using com::miguno::avro::Tweet;
using com::miguno::avro::TweetView;

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
  EXPECT_EQ(bytes_of(Tweet{"ANY_USER_2", "ANY_TEXT_2", 0}), std::string("\x14"
                                                                        "ANY_USER_2"
                                                                        "\x14"
                                                                        "ANY_TEXT_2"
                                                                        "\0",
                                                                        23));
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
  EXPECT_EQ(tweet.text, "ANY_TEXT_1");
  EXPECT_EQ(tweet.text.data(), kTweetBytes.data() + 12);
}

TEST(GeneratedTweet, IsRefusedWithAReason) {
  constexpr std::string_view kGarbage = "\x01\x02\x03\x04";
  TweetView tweet;
  EXPECT_FALSE(Codec<TweetView>::read(kGarbage, tweet));
  EXPECT_EQ(Codec<TweetView>::explain(kGarbage),
            "no Avro record com.miguno.avro.Tweet: field \"username\" of com.miguno.avro.Tweet, "
            "string: a length below 0, at byte 1 of 4");
}

}  // namespace
}  // namespace weir::avro
