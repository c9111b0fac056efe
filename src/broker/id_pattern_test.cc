#include "broker/id_pattern.h"

#include <gmock/gmock.h>

#include <random>
#include <regex>
#include <string>

namespace weir::broker {
namespace {

using testing::HasSubstr;

bool match(std::string_view pattern, std::string_view name) {
  const auto compiled = IdPattern::compile(pattern);
  EXPECT_TRUE(compiled.ok()) << pattern;
  return compiled.ok() && compiled->matches(name);
}
std::string why_not(std::string_view pattern) {
  const auto compiled = IdPattern::compile(pattern);
  return compiled.ok() ? "it is one" : compiled.error().message();
}

TEST(IdPattern, MatchesWholeNames) {
  EXPECT_TRUE(match("my-app.*", "my-app-1"));
  EXPECT_FALSE(match("app", "my-app-1"));
  EXPECT_TRUE(match("^my-(app|job)-\\d{1,2}$", "my-job-42"));
  EXPECT_FALSE(match("^my-(app|job)-\\d{1,2}$", "my-job-423"));
  EXPECT_TRUE(match("(?:a|)+?b{0}c", "aac"));
  EXPECT_TRUE(match("[^a-c\\]]\\.[]x-]", "d.]"));
  EXPECT_FALSE(match("[^a-c\\]]\\.[]x-]", "a.-"));
  EXPECT_TRUE(match("\\W\\w\\s\\S\\D\\t", "-_ xx\t"));
  EXPECT_FALSE(match("a^b", "ab"));
}

TEST(IdPattern, SaysWhatIsNone) {
  EXPECT_THAT(why_not("(a"), HasSubstr("( without a )"));
  EXPECT_THAT(why_not("a)"), HasSubstr(") without a ("));
  EXPECT_THAT(why_not("[a"), HasSubstr("[ without a ]"));
  EXPECT_THAT(why_not("[b-a]"), HasSubstr("range"));
  EXPECT_THAT(why_not("[[:alpha:]]"), HasSubstr("by name"));
  EXPECT_THAT(why_not("*"), HasSubstr("nothing stands before"));
  EXPECT_THAT(why_not("({2})"), HasSubstr("nothing stands before"));
  EXPECT_THAT(why_not("a**"), HasSubstr("again"));
  EXPECT_THAT(why_not("a{5,2}"), HasSubstr("{2,5}"));
  EXPECT_THAT(why_not("a{1001}"), HasSubstr("up to 1000"));
  EXPECT_THAT(why_not("(?i)a"), HasSubstr("(?:"));
  EXPECT_THAT(why_not("a\\"), HasSubstr("at its end"));
  EXPECT_THAT(why_not("\\pL"), HasSubstr("\\p"));
  EXPECT_THAT(why_not(std::string(1000, '(')), HasSubstr("too deeply"));
  EXPECT_THAT(why_not("((a{100}){100}){100}"), HasSubstr("too long"));
}

TEST(IdPattern, TakesNoTimeForWhatTakesOthersForEver) {
  EXPECT_FALSE(match("(a*)*(a|a)*(a+)+b", std::string(2000, 'a')));
}

// Of random patterns and names: the same as the standard library says.
TEST(IdPattern, AgreesWithAnother) {
  std::mt19937 random(11);
  const std::vector<std::string> pieces = {"a", "b",     ".",      "[ab]", "[^a]",    "(", ")",
                                           "|", "{1,2}", "(?:ba)", "\\w",  "(a|bb)+", "*", "?"};
  int matching = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text, name;
    for (auto n = random() % 6 + 1; n > 0; --n) text += pieces[random() % pieces.size()];
    for (auto n = random() % 6; n > 0; --n) name += "abc"[random() % 3];
    const auto compiled = IdPattern::compile(text);
    if (!compiled.ok()) continue;
    const bool expected = std::regex_match(name, std::regex(text));
    EXPECT_EQ(compiled->matches(name), expected) << text << " on " << name;
    if (expected) ++matching;
  }
  EXPECT_GT(matching, 50);
}

}  // namespace
}  // namespace weir::broker
