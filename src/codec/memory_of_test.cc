#include "weir/memory_of.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "weir/codecs.h"

namespace weir::detail {
namespace {

struct Measured {
  std::size_t memory_bytes() const { return 1000; }
};
struct WithCodec {
  std::string text;
};
struct WithoutCodec {
  std::string text;
};

}  // namespace
}  // namespace weir::detail

template <>
struct weir::Codec<weir::detail::WithCodec> : weir::Codec<std::string> {
  static std::size_t size(const weir::detail::WithCodec& value) { return value.text.size(); }
  static char* write(const weir::detail::WithCodec& value, char* at) {
    return Codec<std::string>::write(value.text, at);
  }
  static bool read(std::string_view bytes, weir::detail::WithCodec& into) {
    return Codec<std::string>::read(bytes, into.text);
  }
};

namespace weir::detail {
namespace {

using Text = std::string;
constexpr std::size_t kText = sizeof(Text);

TEST(MemoryOf, IsTheSizeOfWhatOwnsNothing) {
  EXPECT_EQ(memory_of(5L), 8);
  EXPECT_EQ(memory_of(std::pair(1, 2)), 8);
  EXPECT_EQ(memory_of(WithoutCodec{"abc"}), sizeof(WithoutCodec));  // as much as is known
}

TEST(MemoryOf, CountsTextAndWhatHasACodecByItsBytes) {
  EXPECT_EQ(memory_of(Text("abc")), kText + 3);
  EXPECT_EQ(memory_of(WithCodec{"abc"}), sizeof(WithCodec) + 3);
}

TEST(MemoryOf, BelievesWhatSaysItself) {
  EXPECT_EQ(memory_of(Measured()), 1000);
  EXPECT_EQ(memory_of(std::vector<std::optional<WithCodec>>{}), sizeof(std::vector<int>));
  EXPECT_EQ(memory_of(std::variant<Measured, Text>()),
            1000 - 1 + sizeof(std::variant<Measured, Text>));
}

TEST(MemoryOf, CountsThePartsOfComposites) {
  using Choice = std::variant<int, Text>;
  EXPECT_EQ(memory_of(std::pair(Text("a"), Text("bc"))), 2 * kText + 3);
  EXPECT_EQ(memory_of(std::tuple(Text("a"), 5L)), sizeof(std::tuple<Text, long>) + 1);
  EXPECT_EQ(memory_of(std::array<Text, 2>{"a", "b"}), 2 * kText + 2);
  EXPECT_EQ(memory_of(std::optional<Text>("abc")), sizeof(std::optional<Text>) + 3);
  EXPECT_EQ(memory_of(std::optional<Text>()), sizeof(std::optional<Text>));
  EXPECT_EQ(memory_of(Choice("abc")), sizeof(Choice) + 3);
}

TEST(MemoryOf, CountsTheItemsOfContainersAsTheyLieInMemory) {
  const std::size_t vector = sizeof(std::vector<int>);
  EXPECT_EQ(memory_of(std::vector<long>(10)), vector + 80);
  EXPECT_EQ(memory_of(std::vector<Text>{"a", "bc"}), vector + 2 * kText + 3);
  EXPECT_EQ(memory_of(std::vector<std::vector<std::vector<int>>>{{{}, {1}}, {}}),
            vector + 2 * vector + 2 * vector + 4);
  EXPECT_EQ(memory_of(std::unordered_set<int>{1, 2}), sizeof(std::unordered_set<int>) + 2 * 36);
  EXPECT_EQ((memory_of(std::map<Text, Text>{{"a", "bc"}})),
            (sizeof(std::map<Text, Text>) + 32 + 2 * kText + 3));
}

}  // namespace
}  // namespace weir::detail
