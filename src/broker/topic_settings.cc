#include "broker/topic_settings.h"

#include <array>
#include <charconv>
#include <limits>

#include "base/check.h"
#include "base/log.h"
#include "base/nearest_name.h"
#include "wire/error_codes.h"

namespace weir::broker {

namespace {

constexpr std::string_view kCleanupPolicy = "cleanup.policy";
constexpr std::string_view kCompressionType = "compression.type";
constexpr std::string_view kMaxMessageBytes = "max.message.bytes";
constexpr std::string_view kMessageTimestampType = "message.timestamp.type";
constexpr std::string_view kRetentionBytes = "retention.bytes";
constexpr std::string_view kRetentionMs = "retention.ms";
constexpr std::array kNames = {kCleanupPolicy,        kCompressionType, kMaxMessageBytes,
                               kMessageTimestampType, kRetentionBytes,  kRetentionMs};

constexpr std::int8_t kString = 2;
constexpr std::int8_t kInt = 3;
constexpr std::int8_t kLong = 5;
constexpr std::int8_t kList = 7;

Error invalid_config(std::string message) {
  return Error(ErrorCode::kInvalidArgument, std::move(message))
      .with_kafka_code(wire::kafka_code::kInvalidConfig);
}

template <class Int>
Result<Int> parse(std::string_view name, std::string_view value, Int least) {
  Int number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || number < least) {
    return invalid_config(concat("topic setting ", name, " is a whole number from ", least,
                                 " on, not '", value, "'"));
  }
  return number;
}

Result<void> expect(std::string_view name, std::string_view value, std::string_view only) {
  if (value == only) return {};
  return invalid_config(concat("topic setting ", name, " can only be '", only,
                               "' on this broker, not '", value, "'"));
}

}  // namespace

Result<void> TopicSettings::set(std::string_view name, std::string_view value) {
  WEIR_RETURN_IF_ERROR(assign(name, value));
  given_.emplace(name);
  return {};
}

void TopicSettings::reset(std::string_view name) {
  for (const Entry& entry : entries()) {
    if (entry.name != name) continue;
    WEIR_CHECK(assign(name, entry.default_value).ok(), "every default is a value of its setting");
  }
  given_.erase(std::string(name));
}

Result<void> TopicSettings::assign(std::string_view name, std::string_view value) {
  if (name == kCleanupPolicy) return expect(name, value, "delete");
  if (name == kCompressionType) return expect(name, value, "producer");
  if (name == kMaxMessageBytes) {
    WEIR_ASSIGN_OR_RETURN(max_message_bytes_, parse<std::int32_t>(name, value, 0));
    return {};
  }
  if (name == kRetentionBytes) {
    WEIR_ASSIGN_OR_RETURN(retention_bytes_, parse<std::int64_t>(name, value, -1));
    return {};
  }
  if (name == kRetentionMs) {
    WEIR_ASSIGN_OR_RETURN(retention_ms_, parse<std::int64_t>(name, value, -1));
    return {};
  }
  if (name == kMessageTimestampType) {
    if (value != "CreateTime" && value != "LogAppendTime") {
      return invalid_config(
          concat("topic setting ", name, " is 'CreateTime' or 'LogAppendTime', not '", value, "'"));
    }
    log_append_time_ = value == "LogAppendTime";
    return {};
  }
  return invalid_config(
      concat("this broker has no topic setting '", name, "'", did_you_mean(name, kNames)));
}

std::vector<TopicSettings::Entry> TopicSettings::entries() const {
  std::vector<Entry> entries = {
      {kCleanupPolicy, "delete", "delete", kList, "Old records are deleted, never compacted."},
      {kCompressionType, "producer", "producer", kString,
       "Record batches are stored as they come."},
      {kMaxMessageBytes, std::to_string(max_message_bytes_), "1048588", kInt,
       "The largest record batch that is taken."},
      {kMessageTimestampType, log_append_time_ ? "LogAppendTime" : "CreateTime", "CreateTime",
       kString, "Whose time a record carries: its producer's or that of its arrival."},
      {kRetentionBytes, std::to_string(retention_bytes_), "-1", kLong,
       "How many bytes a partition may take before its oldest records go; -1: the broker's limit."},
      {kRetentionMs, std::to_string(retention_ms_), "-1", kLong,
       "Milliseconds after which a partition's oldest records go, some of them at a time; -1: "
       "never."},
  };
  for (Entry& entry : entries) entry.given = given_.contains(entry.name);
  return entries;
}

}  // namespace weir::broker
