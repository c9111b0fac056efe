#include "weir/codecs.h"

#include <gmock/gmock.h>

#include <limits>
#include <optional>
#include <string>

#include "codec/random_parts.h"

namespace weir {
namespace {

using namespace std::string_literals;
using parts::Level;

struct Unknown {
  auto operator<=>(const Unknown&) const = default;
};
/// A type of a user's own: an even number as one byte.
struct Even {
  std::uint8_t value = 0;
  bool operator==(const Even&) const = default;
};

}  // namespace

template <>
struct Codec<Even> {
  static std::size_t size(const Even&) { return 1; }
  static char* write(const Even& even, char* at) {
    *at = static_cast<char>(even.value);
    return at + 1;
  }
  static bool read(std::string_view bytes, Even& into) {
    if (bytes.size() != 1 || bytes[0] % 2 != 0) return false;
    into.value = static_cast<std::uint8_t>(bytes[0]);
    return true;
  }
  static std::string explain(std::string_view) { return "this is not even"; }
};

namespace {

template <class T>
std::string written(const T& value) {
  std::string bytes(Codec<T>::size(value), '\0');
  EXPECT_EQ(Codec<T>::write(value, bytes.data()), bytes.data() + bytes.size());
  return bytes;
}

template <class T>
std::optional<T> read_as(std::string_view bytes) {
  T value{};
  if (!Codec<T>::read(bytes, value)) return std::nullopt;
  return value;
}

/// Returns why `bytes` are no T, after seeing that they are none.
template <class T>
std::string refusal(std::string_view bytes) {
  EXPECT_EQ(read_as<T>(bytes), std::nullopt);
  return Codec<T>::explain(bytes);
}

static_assert(!HasCodec<Unknown> && !HasCodec<std::vector<Unknown>>);
static_assert(!HasCodec<std::map<Unknown, int>> && !HasCodec<std::variant<int, Unknown>>);
static_assert(!HasCodec<std::vector<std::monostate>> && !HasCodec<std::set<std::tuple<>>>);
static_assert(!HasCodec<long double> && !HasCodec<int*>);
static_assert(HasCodec<std::vector<Even>> && HasCodec<std::optional<std::string_view>>);

static_assert(kIsUnordered<std::unordered_set<int>> && kIsUnordered<const parts::Unsorted&>);
static_assert(kIsUnordered<std::array<std::optional<std::unordered_map<int, int>>, 3>>);
static_assert(!kIsUnordered<parts::Sorted> && !kIsUnordered<int> && !kIsUnordered<Unknown>);

TEST(Codecs, WriteScalarsInAllTheirBytes) {
  EXPECT_EQ(written(true), "\1");
  EXPECT_EQ(written('a'), "a");
  EXPECT_EQ(written<std::int8_t>(-2), "\xfe");
  EXPECT_EQ(written<std::uint16_t>(0x0102), "\1\2");
  EXPECT_EQ(written(0x01020304u), "\1\2\3\4");
  EXPECT_EQ(written(std::numeric_limits<std::uint64_t>::max()), std::string(8, '\xff'));
  EXPECT_EQ(written(Level::kHigh), "\2\3");
}

TEST(Codecs, WriteProductsAsTheirPartsInTurn) {
  EXPECT_EQ(written(std::pair(std::uint8_t{7}, "ab"s)), "\7\2ab");
  EXPECT_EQ(written(std::tuple(std::int16_t{-1}, true, "a"s)), "\xff\xff\1\1a");
  EXPECT_EQ(written(std::array<std::uint8_t, 3>{1, 2, 3}), "\1\2\3");
  EXPECT_EQ(written(std::optional<std::uint8_t>()), "\0"s);
  EXPECT_EQ(written(std::optional<std::uint8_t>(5)), "\1\5");
  EXPECT_EQ(written(std::variant<std::monostate, std::string>()), "\0"s);
  EXPECT_EQ(written(std::variant<std::monostate, std::string>("a")), "\1\1a");
}

TEST(Codecs, WriteContainersAsACountAndTheItems) {
  EXPECT_EQ(written(std::vector<std::string>{"a", "", "bc"}), "\3\1a\0\2bc"s);
  EXPECT_EQ(written(std::vector<bool>{true, false}), "\2\1\0"s);
  EXPECT_EQ(written(std::vector<std::vector<std::uint16_t>>{{}, {1}}), "\2\0\1\0\1"s);
  EXPECT_EQ(written(std::map<std::string, std::uint8_t>{{"b", 2}, {"a", 1}}), "\2\1a\1\1b\2");
  EXPECT_EQ(written(std::set<char>{'c', 'a'}), "\2ac");
  EXPECT_EQ(written(std::unordered_map<char, bool>{{'a', true}}), "\1a\1");
  EXPECT_EQ(written(std::vector<Even>{{2}, {4}}), "\2\1\2\1\4");
}

TEST(Codecs, WriteCountsInSevenBitsAByte) {
  EXPECT_EQ(written(std::vector<std::string>{std::string(300, 'x')}),
            "\1\xac\2"s + std::string(300, 'x'));
  EXPECT_EQ(written(std::vector<std::uint8_t>(127)).substr(0, 2), "\x7f\0"s);
  EXPECT_EQ(written(std::vector<std::uint8_t>(128)).substr(0, 3), "\x80\1\0"s);
}

TEST(Codecs, ReadBackWhatTheyWrote) {
  RandomParts random(1);
  parts::Sorted sorted;
  parts::Unsorted unsorted;
  for (int i = 0; i < 300; ++i) {
    const auto value = random.make<parts::Sorted>();
    ASSERT_TRUE(Codec<parts::Sorted>::read(written(value), sorted));  // over the one before
    ASSERT_EQ(sorted, value);
    const auto other = random.make<parts::Unsorted>();
    ASSERT_TRUE(Codec<parts::Unsorted>::read(written(other), unsorted));
    ASSERT_EQ(unsorted, other);
  }
}

TEST(Codecs, ReadBackFloatingPoint) {
  using Values = std::vector<std::pair<float, double>>;
  const Values values = {{0.1f, -0.0}, {-1.5f, 1e300}};
  EXPECT_EQ(read_as<Values>(written(values)), values);
}

TEST(Codecs, RefuseAllThatIsCutOffOrGoesOn) {
  RandomParts random(2);
  for (int i = 0; i < 20; ++i) {
    const std::string bytes = written(random.make<parts::Sorted>());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      ASSERT_THAT(refusal<parts::Sorted>(bytes.substr(0, size)), testing::StartsWith("byte "));
    }
    ASSERT_EQ(refusal<parts::Sorted>(bytes + "x"),
              "byte " + std::to_string(bytes.size()) + ": the value ends, but bytes follow");
  }
}

TEST(Codecs, ReadOrRefuseWhatIsDamaged) {
  RandomParts random(3);
  int values = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string bytes = written(random.make<parts::Sorted>());
    for (std::size_t j = random.below(3); j < 3; ++j) {
      bytes[random.below(bytes.size())] = random.make<char>();
    }
    const auto value = read_as<parts::Sorted>(bytes);
    if (value) {
      ++values;
      ASSERT_EQ(written(*value), bytes);  // a value has one form
    } else {
      ASSERT_THAT(Codec<parts::Sorted>::explain(bytes), testing::StartsWith("byte "));
    }
  }
  EXPECT_THAT(values, testing::AllOf(testing::Gt(100), testing::Lt(1900)));
}

TEST(Codecs, SayWhatIsWrongAndWhere) {
  EXPECT_EQ(refusal<bool>("\2"), "byte 0: a bool is a byte 0 or 1");
  EXPECT_EQ(refusal<std::uint32_t>("abc"), "byte 0: the value goes on, but the bytes end");
  EXPECT_EQ((refusal<std::pair<char, std::optional<int>>>("a\3")),
            "byte 1: a bool is a byte 0 or 1");
  EXPECT_EQ((refusal<std::pair<char, std::variant<int, char>>>("a\2")),
            "byte 1: the variant has no such alternative");
  EXPECT_EQ(refusal<std::vector<std::string>>("\3\1a"),
            "byte 0: more is announced than there are bytes");
  EXPECT_EQ(refusal<std::vector<std::string>>("\2\1a\3b"),
            "byte 3: more is announced than there are bytes");
  EXPECT_EQ(refusal<std::vector<Even>>("\2\1\2\1\3"), "byte 4: this is not even");
  EXPECT_EQ(refusal<std::set<char>>("\2ba"),
            "byte 2: the keys of a map or set are not in its order");
  EXPECT_EQ((refusal<std::map<char, char>>("\2axay")),
            "byte 3: a key of a map or set occurs twice");
  EXPECT_EQ(refusal<std::unordered_set<char>>("\3aba"),
            "byte 3: a key of a map or set occurs twice");
  EXPECT_EQ(Codec<bool>::explain("\1"), "these bytes are a value and can be read");
}

TEST(Codecs, ReadACountInItsShortestFormOnly) {
  using Bytes = std::vector<char>;
  EXPECT_EQ(refusal<Bytes>("\x81\0a"s), "byte 0: a count is written in more bytes than it needs");
  EXPECT_EQ(refusal<Bytes>("\x80"), "byte 0: the bytes end within a count");
  EXPECT_EQ(refusal<Bytes>(std::string(9, '\xff') + "\2"),
            "byte 0: a count is larger than 64 bits");
  EXPECT_EQ(refusal<Bytes>(std::string(9, '\xff') + "\1"),
            "byte 0: more is announced than there are bytes");
}

TEST(Codecs, MakeNoRoomForWhatIsOnlyAnnounced) {
  std::vector<std::array<double, 4>> many;
  EXPECT_FALSE(Codec<decltype(many)>::read("\5" + std::string(159, 'x'), many));
  EXPECT_EQ(many.capacity(), 0);
  std::vector<std::optional<std::array<double, 64>>> large;
  EXPECT_FALSE(Codec<decltype(large)>::read("\x40" + std::string(64, '\2'), large));
  EXPECT_LE(large.capacity(), 1);
}

TEST(Codecs, ReadViewsWithoutCopying) {
  const std::string bytes = "\2\1a\2bc";
  const auto views = read_as<std::vector<std::string_view>>(bytes);
  ASSERT_THAT(views, testing::Optional(testing::ElementsAre("a", "bc")));
  EXPECT_EQ(views->at(1).data(), bytes.data() + 4);
}

}  // namespace
}  // namespace weir
