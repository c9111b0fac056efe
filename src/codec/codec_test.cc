#include "weir/codec.h"

#include <gmock/gmock.h>

#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace weir {
namespace {

struct Plain {};
struct Marked {
  using is_view = void;
};

static_assert(kIsView<std::string_view> && kIsView<const std::string_view&>);
static_assert(kIsView<std::span<const char>> && kIsView<Marked>);
static_assert(kIsView<std::pair<const std::string_view, int>>);
static_assert(kIsView<std::vector<std::optional<Marked>>>);
static_assert(kIsView<std::array<std::string_view, 2>>);
static_assert(!kIsView<std::string> && !kIsView<Plain> && !kIsView<int>);
static_assert(!kIsView<std::map<std::string, std::vector<double>>>);

static_assert(HasCodec<std::string> && HasCodec<std::string_view>);
static_assert(HasCodec<std::int32_t> && HasCodec<std::int64_t> && HasCodec<double>);
static_assert(!HasCodec<Plain> && !HasCodec<long double>);

template <class T>
std::string bytes_of(const T& value) {
  std::string bytes(Codec<T>::size(value), '\0');
  EXPECT_EQ(Codec<T>::write(value, bytes.data()), bytes.data() + bytes.size());
  return bytes;
}

template <class T>
std::optional<T> value_of(std::string_view bytes) {
  T value{};
  if (!Codec<T>::read(bytes, value)) return std::nullopt;
  return value;
}

TEST(Codec, WritesNumbersAsKafkasJavaSerializersDo) {
  EXPECT_EQ(bytes_of<std::int16_t>(-2), "\xff\xfe");
  EXPECT_EQ(bytes_of<std::int32_t>(0x01020304), "\x01\x02\x03\x04");
  EXPECT_EQ(bytes_of<std::int64_t>(-1), "\xff\xff\xff\xff\xff\xff\xff\xff");
  EXPECT_EQ(bytes_of(1.5f), std::string("\x3f\xc0\0\0", 4));
  EXPECT_EQ(bytes_of(-2.0), std::string("\xc0\0\0\0\0\0\0\0", 8));
}

TEST(Codec, ReadsBackTheNumbersItWrote) {
  for (const std::int64_t value : {std::int64_t{0}, std::numeric_limits<std::int64_t>::min(),
                                   std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(value_of<std::int64_t>(bytes_of(value)), value);
  }
  EXPECT_EQ(value_of<double>(bytes_of(0.1)), 0.1);
}

TEST(Codec, RefusesANumberOfAnotherSize) {
  EXPECT_EQ(value_of<std::int32_t>("abc"), std::nullopt);
  EXPECT_EQ(value_of<std::int32_t>("abcde"), std::nullopt);
  EXPECT_EQ(Codec<std::int32_t>::explain("abcde"),
            "a number of 4 bytes was expected, but there are 5");
}

TEST(Codec, ExplainsThatNothingIsWrongWhereReadAccepts) {
  EXPECT_EQ(Codec<std::int32_t>::explain("abcd"), "these bytes are a number and can be read");
  EXPECT_EQ(Codec<std::string>::explain("abcd"), "any bytes are a string and can be read");
  EXPECT_EQ(Codec<std::string_view>::explain(""), "any bytes are a string and can be read");
}

TEST(Codec, KeepsTheBytesOfAStringAsTheyAre) {
  const std::string bytes("\0\xff text", 7);
  EXPECT_EQ(bytes_of(bytes), bytes);
  EXPECT_EQ(value_of<std::string>(bytes), bytes);
  EXPECT_EQ(bytes_of(std::string_view()), "");
}

TEST(Codec, ReadsAStringViewWithoutCopying) {
  const std::string bytes = "a text";
  EXPECT_EQ(value_of<std::string_view>(bytes)->data(), bytes.data());
}

}  // namespace
}  // namespace weir
