#include "broker/topic_catalog.h"

#include <gmock/gmock.h>

#include "wire/error_codes.h"

namespace weir::broker {
namespace {

namespace code = wire::kafka_code;
using testing::ElementsAre;

class TopicCatalogTest : public testing::Test {
 protected:
  std::int16_t create(std::string_view name, std::int32_t partitions) {
    const auto created = topics.create({name, partitions, {}}, {0, 1});
    return created.ok() ? std::int16_t{code::kNone} : created.error().kafka_code();
  }

  IdSource ids{1};
  TopicCatalog topics{ids};
};

TEST_F(TopicCatalogTest, FindsATopicByNameAndId) {
  EXPECT_EQ(create("t", 3), code::kNone);
  const Topic* topic = topics.find("t");
  ASSERT_NE(topic, nullptr);
  EXPECT_EQ(topics.find(topic->id), topic);
  EXPECT_THAT(topic->leaders, ElementsAre(Leader{0}, Leader{1}, Leader{0}));
  topics.remove(*topic);
  EXPECT_EQ(topics.find("t"), nullptr);
}

TEST_F(TopicCatalogTest, RefusesNamesThatKafkaRefuses) {
  for (std::string_view name : {"", ".", "..", "a b", "a/b", "a\xc3\xa4"}) {
    EXPECT_EQ(create(name, 1), code::kInvalidTopicException) << name;
  }
  EXPECT_EQ(create(std::string(250, 'x'), 1), code::kInvalidTopicException);
  EXPECT_EQ(create(std::string(249, 'x'), 1), code::kNone);
}

TEST_F(TopicCatalogTest, RefusesNamesThatAreOneInMetrics) {
  EXPECT_EQ(create("a.b_c", 1), code::kNone);
  for (std::string_view name : {"a_b_c", "a.b.c", "a_b.c"}) {
    EXPECT_EQ(create(name, 1), code::kInvalidTopicException) << name;
  }
  for (std::string_view name : {"a-b-c", "a.b_cd", "b.b_c", "abc"}) {
    EXPECT_EQ(create(name, 1), code::kNone) << name;
  }
  topics.remove(*topics.find("a.b_c"));
  EXPECT_EQ(create("a_b_c", 1), code::kNone);
}

TEST_F(TopicCatalogTest, RefusesATopicTwice) {
  EXPECT_EQ(create("t", 1), code::kNone);
  EXPECT_EQ(create("t", 1), code::kTopicAlreadyExists);
}

TEST_F(TopicCatalogTest, LimitsThePartitionsOfAllTopics) {
  EXPECT_EQ(create("t", 0), code::kInvalidPartitions);
  EXPECT_EQ(create("t", TopicCatalog::kMaxPartitions), code::kNone);
  EXPECT_EQ(create("u", 1), code::kInvalidPartitions);
  EXPECT_FALSE(topics.grow(*topics.find("t"), TopicCatalog::kMaxPartitions + 1, {0}).ok());
  topics.remove(*topics.find("t"));
  EXPECT_EQ(create("u", 1), code::kNone);
}

TEST_F(TopicCatalogTest, OnlyLetsTopicsGrow) {
  EXPECT_EQ(create("t", 2), code::kNone);
  EXPECT_EQ(topics.grow(*topics.find("t"), 2, {0}).error().kafka_code(), code::kInvalidPartitions);
  EXPECT_TRUE(topics.grow(*topics.find("t"), 4, {0}).ok());
  EXPECT_EQ(topics.find("t")->partition_count(), 4);
}

TEST_F(TopicCatalogTest, GivesATopicOtherSettings) {
  EXPECT_EQ(create("t", 1), code::kNone);
  TopicSettings settings;
  EXPECT_TRUE(settings.set("retention.bytes", "1000").ok());
  topics.set_settings(*topics.find("t"), settings);
  EXPECT_EQ(topics.find("t")->settings.retention_bytes(), 1000);
}

}  // namespace
}  // namespace weir::broker
