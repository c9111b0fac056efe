#pragma once

#include <cstdint>
#include <functional>
#include <set>
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

  /// Bytes that one partition may take; -1: the broker's limit.
  std::int64_t retention_bytes() const { return retention_bytes_; }
  /// Milliseconds after which a record may go; -1: never.
  std::int64_t retention_ms() const { return retention_ms_; }
  /// The largest record batch that is taken.
  std::int32_t max_message_bytes() const { return max_message_bytes_; }
  /// Whether records get the time of their arrival in place of their producer's.
  bool log_append_time() const { return log_append_time_; }

  /// One setting, as DescribeConfigs shows it.
  struct Entry {
    std::string_view name;
    std::string value;
    std::string_view default_value;
    std::int8_t type;  ///< as in DescribeConfigs: 2 string, 3 int, 5 long, 7 list
    std::string_view documentation;
    bool given = false;  ///< set for this topic, be it to the default's value
    bool is_default() const { return !given && value == default_value; }
  };
  std::vector<Entry> entries() const;

 private:
  Result<void> assign(std::string_view name, std::string_view value);

  std::set<std::string, std::less<>> given_;
  std::int64_t retention_bytes_ = -1;
  std::int64_t retention_ms_ = -1;
  std::int32_t max_message_bytes_ = 1048588;
  bool log_append_time_ = false;
};

}  // namespace weir::broker
