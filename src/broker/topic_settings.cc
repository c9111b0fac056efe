#include "broker/topic_settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "base/check.h"
#include "base/log.h"
#include "base/nearest_name.h"
#include "wire/error_codes.h"

namespace weir::broker {

namespace {

constexpr std::string_view kCleanupPolicy = "cleanup.policy";
constexpr std::string_view kCompressionType = "compression.type";
constexpr std::string_view kDeleteRetentionMs = "delete.retention.ms";
constexpr std::string_view kMaxCompactionLagMs = "max.compaction.lag.ms";
constexpr std::string_view kMaxMessageBytes = "max.message.bytes";
constexpr std::string_view kMessageTimestampType = "message.timestamp.type";
constexpr std::string_view kMinCleanableDirtyRatio = "min.cleanable.dirty.ratio";
constexpr std::string_view kMinCompactionLagMs = "min.compaction.lag.ms";
constexpr std::string_view kRetentionBytes = "retention.bytes";
constexpr std::string_view kRetentionMs = "retention.ms";
constexpr std::string_view kSegmentBytes = "segment.bytes";
constexpr std::string_view kSegmentMs = "segment.ms";
constexpr std::array kNames = {kCleanupPolicy,      kCompressionType,        kDeleteRetentionMs,
                               kMaxCompactionLagMs, kMaxMessageBytes,        kMessageTimestampType,
                               kMinCompactionLagMs, kMinCleanableDirtyRatio, kRetentionBytes,
                               kRetentionMs,        kSegmentBytes,           kSegmentMs};

constexpr std::int8_t kString = 2;
constexpr std::int8_t kInt = 3;
constexpr std::int8_t kLong = 5;
constexpr std::int8_t kDouble = 6;
constexpr std::int8_t kList = 7;

constexpr std::int64_t kMostLong = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMostInt = std::numeric_limits<std::int32_t>::max();

Error invalid_config(std::string message) {
  return Error(ErrorCode::kInvalidArgument, std::move(message))
      .with_kafka_code(wire::kafka_code::kInvalidConfig);
}

template <class Value>
std::optional<Value> read_number(std::string_view text) {
  Value number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The parts of a list, each without the spaces around it.
std::vector<std::string_view> parts_of(std::string_view list) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t comma = list.find(',');
    std::string_view part = list.substr(0, comma);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    parts.push_back(part);
    if (comma == std::string_view::npos) return parts;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace

std::span<const TopicSettings::Number> TopicSettings::numbers() {
  static constexpr Number kNumbers[] = {
      {kDeleteRetentionMs, &TopicSettings::delete_retention_ms_, 0, kMostLong, "86400000", kLong,
       "Milliseconds that a tombstone stays once a compaction has seen it."},
      {kMaxCompactionLagMs, &TopicSettings::max_compaction_lag_ms_, 1, kMostLong,
       "9223372036854775807", kLong,
       "Milliseconds after which a record is compacted, however little is dirty."},
      {kMaxMessageBytes, &TopicSettings::max_message_bytes_, 0, kMostInt, "1048588", kInt,
       "The largest record batch that is taken."},
      {kMinCompactionLagMs, &TopicSettings::min_compaction_lag_ms_, 0, kMostLong, "0", kLong,
       "Milliseconds that a record is not compacted."},
      {kRetentionBytes, &TopicSettings::retention_bytes_, -1, kMostLong, "-1", kLong,
       "How many bytes a partition may take before its oldest records go; -1: the broker's limit."},
      {kRetentionMs, &TopicSettings::retention_ms_, -1, kMostLong, "-1", kLong,
       "Milliseconds after which a partition's oldest records go, some of them at a time; -1: "
       "never."},
      {kSegmentBytes, &TopicSettings::segment_bytes_, 1024 * 1024, kMostInt, "1073741824", kInt,
       "How many of a partition's newest bytes are not compacted at most, and how many go at a "
       "time; never more than 4 MiB here."},
      {kSegmentMs, &TopicSettings::segment_ms_, 1, kMostLong, "604800000", kLong,
       "How much of a partition's newest time, in milliseconds, is not compacted at most, and how "
       "much goes at a time."},
  };
  return kNumbers;
}

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

Result<void> TopicSettings::check() const {
  if (min_compaction_lag_ms_ <= max_compaction_lag_ms_) return {};
  return invalid_config(concat("topic setting ", kMinCompactionLagMs, ", ", min_compaction_lag_ms_,
                               ", is more than ", kMaxCompactionLagMs, ", ",
                               max_compaction_lag_ms_));
}

Result<void> TopicSettings::assign(std::string_view name, std::string_view value) {
  for (const Number& number : numbers()) {
    if (name != number.name) continue;
    const auto read = read_number<std::int64_t>(value);
    if (!read || *read < number.least || *read > number.most) {
      return invalid_config(concat("topic setting ", name, " is a whole number from ", number.least,
                                   number.most == kMostLong ? " on" : concat(" to ", number.most),
                                   ", not '", value, "'"));
    }
    this->*number.value = *read;
    return {};
  }
  if (name == kCleanupPolicy) return assign_policy(value);
  if (name == kMinCleanableDirtyRatio) return assign_ratio(value);
  if (name == kCompressionType) {
    if (value == "producer") return {};
    return invalid_config(concat("topic setting ", name,
                                 " can only be 'producer' on this broker, not '", value, "'"));
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

Result<void> TopicSettings::assign_policy(std::string_view value) {
  std::vector<std::string_view> parts = parts_of(value);
  if (value.empty()) parts.clear();  // nothing ever goes
  const auto deleting = std::count(parts.begin(), parts.end(), "delete");
  const auto compacting = std::count(parts.begin(), parts.end(), "compact");
  if (deleting + compacting != static_cast<std::ptrdiff_t>(parts.size()) || deleting > 1 ||
      compacting > 1) {
    return invalid_config(concat("topic setting ", kCleanupPolicy,
                                 " is 'delete', 'compact', 'compact,delete' or empty, not '", value,
                                 "'"));
  }
  deletes_ = deleting > 0;
  compacts_ = compacting > 0;
  cleanup_policy_ = value;
  return {};
}

Result<void> TopicSettings::assign_ratio(std::string_view value) {
  const auto read = read_number<double>(value);
  if (!read || !(*read >= 0 && *read <= 1)) {
    return invalid_config(concat("topic setting ", kMinCleanableDirtyRatio,
                                 " is a number from 0 to 1, not '", value, "'"));
  }
  min_cleanable_dirty_ratio_ = *read;
  ratio_text_ = value;
  return {};
}

std::vector<TopicSettings::Entry> TopicSettings::entries() const {
  std::vector<Entry> entries = {
      {kCleanupPolicy, cleanup_policy_, "delete", kList,
       "Whether old records are deleted, or of each key all but the newest (compact), or both."},
      {kCompressionType, "producer", "producer", kString,
       "Record batches are stored as they come."},
      {kMessageTimestampType, log_append_time_ ? "LogAppendTime" : "CreateTime", "CreateTime",
       kString, "Whose time a record carries: its producer's or that of its arrival."},
      {kMinCleanableDirtyRatio, ratio_text_, "0.5", kDouble,
       "How much of a partition must be new since it was compacted before it is again: more than "
       "this, from 0 to 1."},
  };
  for (const Number& number : numbers()) {
    entries.push_back({number.name, std::to_string(this->*number.value), number.default_value,
                       number.type, number.documentation});
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.name < b.name; });
  for (Entry& entry : entries) entry.given = given_.contains(entry.name);
  return entries;
}

}  // namespace weir::broker
