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
  EXPECT_TRUE(settings.set("delete.retention.ms", "11").ok());
  EXPECT_TRUE(settings.set("min.compaction.lag.ms", "12").ok());
  EXPECT_TRUE(settings.set("max.compaction.lag.ms", "13").ok());
  EXPECT_TRUE(settings.set("min.cleanable.dirty.ratio", "0.01").ok());
  EXPECT_TRUE(settings.set("segment.bytes", "2000000").ok());
  EXPECT_TRUE(settings.set("segment.ms", "14").ok());
  EXPECT_EQ(settings.delete_retention_ms(), 11);
  EXPECT_EQ(settings.min_compaction_lag_ms(), 12);
  EXPECT_EQ(settings.max_compaction_lag_ms(), 13);
  EXPECT_EQ(settings.min_cleanable_dirty_ratio(), 0.01);
  EXPECT_EQ(settings.segment_bytes(), 2000000);
  EXPECT_EQ(settings.segment_ms(), 14);
  EXPECT_EQ(settings.retention_bytes(), 1000);
  EXPECT_EQ(settings.max_message_bytes(), 500);
  EXPECT_TRUE(settings.log_append_time());
}

TEST(TopicSettings, DeleteOrCompactOrBoth) {
  TopicSettings settings;
  const auto policy = [&](std::string_view value) {
    EXPECT_TRUE(settings.set("cleanup.policy", value).ok()) << value;
    return std::pair(settings.deletes(), settings.compacts());
  };
  EXPECT_EQ(std::pair(settings.deletes(), settings.compacts()), std::pair(true, false));
  EXPECT_EQ(policy("compact"), std::pair(false, true));
  EXPECT_EQ(policy("compact,delete"), std::pair(true, true));
  EXPECT_EQ(policy("delete, compact"), std::pair(true, true));
  EXPECT_EQ(policy(""), std::pair(false, false));
  EXPECT_EQ(policy("delete"), std::pair(true, false));
}

TEST(TopicSettings, AreCheckedTogether) {
  TopicSettings settings;
  EXPECT_TRUE(settings.check().ok());
  ASSERT_TRUE(settings.set("max.compaction.lag.ms", "100").ok());
  ASSERT_TRUE(settings.set("min.compaction.lag.ms", "100").ok());
  EXPECT_TRUE(settings.check().ok());
  ASSERT_TRUE(settings.set("min.compaction.lag.ms", "101").ok());
  EXPECT_EQ(settings.check().error().message(),
            "topic setting min.compaction.lag.ms, 101, is more than max.compaction.lag.ms, 100");
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
    EXPECT_TRUE(settings.set(entry.name, entry.type == 3 ? "7777777" : entry.value).ok());
    settings.reset(entry.name);
  }
  settings.reset("no such");
  for (const auto& entry : settings.entries()) EXPECT_TRUE(entry.is_default()) << entry.name;
}

TEST(TopicSettings, RefuseWhatWouldHaveNoEffect) {
  EXPECT_THAT(problem("retention.ms", "-2"), HasSubstr("not '-2'"));
  EXPECT_THAT(problem("compression.type", "gzip"), HasSubstr("can only be 'producer'"));
}

TEST(TopicSettings, SayWhatIsWrong) {
  EXPECT_THAT(problem("retention.byte", "1"), HasSubstr("retention.bytes"));
  EXPECT_THAT(problem("retention.bytes", "many"), HasSubstr("whole number from -1 on, not 'many'"));
  EXPECT_THAT(problem("retention.bytes", "-2"), HasSubstr("not '-2'"));
  EXPECT_THAT(problem("max.message.bytes", "99999999999"),
              HasSubstr("whole number from 0 to 2147483647, not"));
  for (const char* policy : {" ", "shred", "compact,", "delete,delete", "compact,shred"}) {
    EXPECT_THAT(problem("cleanup.policy", policy),
                HasSubstr("is 'delete', 'compact', 'compact,delete' or empty, not '" +
                          std::string(policy) + "'"));
  }
  for (const char* ratio : {"", "half", "-0.1", "1.1", "nan", "0.5x"}) {
    EXPECT_THAT(problem("min.cleanable.dirty.ratio", ratio), HasSubstr("a number from 0 to 1"));
  }
  EXPECT_THAT(problem("max.compaction.lag.ms", "0"), HasSubstr("from 1 on"));
  EXPECT_THAT(problem("segment.bytes", "1000"), HasSubstr("from 1048576 to 2147483647"));
  EXPECT_THAT(problem("message.timestamp.type", "Never"),
              HasSubstr("'LogAppendTime', not 'Never'"));
}

}  // namespace
}  // namespace weir::broker
