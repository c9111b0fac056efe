#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weir/result.h"

namespace weir::broker {

/// What can be set for a topic, under Kafka's names: only what has an effect here. A value.
class TopicSettings {
 public:
  /// Sets a value from its text. Fails with INVALID_CONFIG on a name or value that we do not know.
  Result<void> set(std::string_view name, std::string_view value);
  /// Goes back to a setting's default. A name that we do not know has nothing to go back from.
  void reset(std::string_view name);

  /// Says what is wrong with settings that do not go together, if so.
  Result<void> check() const;

  /// Whether a partition's oldest records may go, by size or time.
  bool deletes() const { return deletes_; }
  /// Whether of each key the newest record stays, and others go.
  bool compacts() const { return compacts_; }
  /// Bytes that one partition may take, where it deletes(); -1: the broker's limit.
  std::int64_t retention_bytes() const { return retention_bytes_; }
  /// Milliseconds after which a record may go, where it deletes(); -1: never.
  std::int64_t retention_ms() const { return retention_ms_; }
  /// Milliseconds that a tombstone stays once a compaction has seen it.
  std::int64_t delete_retention_ms() const { return delete_retention_ms_; }
  /// Milliseconds that a record is not compacted.
  std::int64_t min_compaction_lag_ms() const { return min_compaction_lag_ms_; }
  /// Milliseconds after which a record is compacted, however little else there is to do.
  std::int64_t max_compaction_lag_ms() const { return max_compaction_lag_ms_; }
  /// How much of a log must be dirty to be compacted: more than this, from 0 to 1.
  double min_cleanable_dirty_ratio() const { return min_cleanable_dirty_ratio_; }
  /// Bytes, and milliseconds by the records' time, that a chunk of a log may hold.
  std::int64_t segment_bytes() const { return segment_bytes_; }
  std::int64_t segment_ms() const { return segment_ms_; }
  /// The largest record batch that is taken.
  std::int32_t max_message_bytes() const { return static_cast<std::int32_t>(max_message_bytes_); }
  /// Whether records get the time of their arrival in place of their producer's.
  bool log_append_time() const { return log_append_time_; }

  /// One setting, as DescribeConfigs shows it.
  struct Entry {
    std::string_view name;
    std::string value;
    std::string_view default_value;
    std::int8_t type;  ///< as in DescribeConfigs: 2 string, 3 int, 5 long, 6 double, 7 list
    std::string_view documentation;
    bool given = false;  ///< set for this topic, be it to the default's value
    bool is_default() const { return !given && value == default_value; }
  };
  std::vector<Entry> entries() const;

 private:
  /// A setting that is a whole number.
  struct Number {
    std::string_view name;
    std::int64_t TopicSettings::*value;
    std::int64_t least;
    std::int64_t most;
    std::string_view default_value;
    std::int8_t type;
    std::string_view documentation;
  };
  static std::span<const Number> numbers();

  Result<void> assign(std::string_view name, std::string_view value);
  Result<void> assign_policy(std::string_view value);
  Result<void> assign_ratio(std::string_view value);

  std::set<std::string, std::less<>> given_;
  bool deletes_ = true;
  bool compacts_ = false;
  std::string cleanup_policy_ = "delete";
  double min_cleanable_dirty_ratio_ = 0.5;
  std::string ratio_text_ = "0.5";
  std::int64_t delete_retention_ms_ = 24LL * 60 * 60 * 1000;
  std::int64_t max_compaction_lag_ms_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t max_message_bytes_ = 1048588;
  std::int64_t min_compaction_lag_ms_ = 0;
  std::int64_t retention_bytes_ = -1;
  std::int64_t retention_ms_ = -1;
  std::int64_t segment_bytes_ = 1 << 30;
  std::int64_t segment_ms_ = 7LL * 24 * 60 * 60 * 1000;
  bool log_append_time_ = false;
};

}  // namespace weir::broker
