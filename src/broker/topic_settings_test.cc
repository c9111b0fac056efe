#include "broker/topic_settings.h"

#include <gmock/gmock.h>

#include "wire/error_codes.h"

namespace weir::broker {
namespace {

using testing::HasSubstr;

std::string problem(std::string_view name, std::string_view value) {
  TopicSettings settings;
  const auto outcome = settings.set(name, value);
  if (outcome.ok()) return "";
  EXPECT_EQ(outcome.error().kafka_code(), wire::kafka_code::kInvalidConfig);
  return outcome.error().message();
}

TEST(TopicSettings, AreKafkasDefaultsAtFirst) {
  for (const auto& entry : TopicSettings().entries()) EXPECT_TRUE(entry.is_default()) << entry.name;
}

TEST(TopicSettings, TakeEveryNameThatTheyList) {
  for (const auto& entry : TopicSettings().entries())
    EXPECT_EQ(problem(entry.name, entry.value), "");
}

TEST(TopicSettings, HoldWhatWasSet) {
  TopicSettings settings;
  EXPECT_TRUE(settings.set("retention.bytes", "1000").ok());
  EXPECT_TRUE(settings.set("max.message.bytes", "500").ok());
  EXPECT_TRUE(settings.set("message.timestamp.type", "LogAppendTime").ok());
  EXPECT_EQ(settings.retention_bytes(), 1000);
  EXPECT_EQ(settings.max_message_bytes(), 500);
  EXPECT_TRUE(settings.log_append_time());
}

TEST(TopicSettings, KnowWhatWasGiven) {
  TopicSettings settings;
  EXPECT_TRUE(settings.set("cleanup.policy", "delete").ok());
  EXPECT_FALSE(settings.set("retention.bytes", "many").ok());
  for (const auto& entry : settings.entries()) {
    EXPECT_EQ(entry.given, entry.name == "cleanup.policy") << entry.name;
    EXPECT_EQ(entry.is_default(), entry.name != "cleanup.policy") << entry.name;
  }
}

TEST(TopicSettings, GoBackToDefaults) {
  TopicSettings settings;
  for (const auto& entry : settings.entries()) {
    EXPECT_TRUE(settings.set(entry.name, entry.type == 3 ? "7" : entry.value).ok());
    settings.reset(entry.name);
  }
  settings.reset("no such");
  for (const auto& entry : settings.entries()) EXPECT_TRUE(entry.is_default()) << entry.name;
}

TEST(TopicSettings, RefuseWhatWouldHaveNoEffect) {
  EXPECT_THAT(problem("cleanup.policy", "compact"), HasSubstr("can only be 'delete'"));
  EXPECT_THAT(problem("retention.ms", "-2"), HasSubstr("not '-2'"));
  EXPECT_THAT(problem("compression.type", "gzip"), HasSubstr("can only be 'producer'"));
}

TEST(TopicSettings, SayWhatIsWrong) {
  EXPECT_THAT(problem("retention.byte", "1"), HasSubstr("retention.bytes"));
  EXPECT_THAT(problem("retention.bytes", "many"), HasSubstr("whole number from -1 on, not 'many'"));
  EXPECT_THAT(problem("retention.bytes", "-2"), HasSubstr("not '-2'"));
  EXPECT_THAT(problem("max.message.bytes", "99999999999"), HasSubstr("whole number"));
  EXPECT_THAT(problem("message.timestamp.type", "Never"),
              HasSubstr("'LogAppendTime', not 'Never'"));
}

}  // namespace
}  // namespace weir::broker
