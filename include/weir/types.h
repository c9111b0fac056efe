#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>

namespace weir {

/// A length of time. Everything in weir that is a time span is one of these, never a bare number.
using Duration = std::chrono::nanoseconds;

/// A moment on a clock that never goes back; only differences mean something.
struct MonotonicClockTag {
  using duration = Duration;
  using rep = Duration::rep;
  using period = Duration::period;
  static constexpr bool is_steady = true;
};
using TimePoint = std::chrono::time_point<MonotonicClockTag, Duration>;

/// A moment of the calendar, in milliseconds since 1970-01-01T00:00Z: what Kafka calls a timestamp.
struct WallTime {
  std::int64_t millis = 0;
  auto operator<=>(const WallTime&) const = default;
};

/// A size in memory or on the wire.
enum class ByteCount : std::uint64_t {};
constexpr std::uint64_t to_uint(ByteCount bytes) { return static_cast<std::uint64_t>(bytes); }
constexpr ByteCount operator""_KiB(unsigned long long n) { return ByteCount{n << 10}; }
constexpr ByteCount operator""_MiB(unsigned long long n) { return ByteCount{n << 20}; }

/// The number of a partition in its topic, from 0.
struct PartitionId {
  std::int32_t value = 0;
  auto operator<=>(const PartitionId&) const = default;
};

/// The place of a record in its partition.
struct Offset {
  std::int64_t value = 0;
  auto operator<=>(const Offset&) const = default;
  /// The place right behind this one.
  Offset next() const { return {value + 1}; }
};

/// Names a batch: microseconds since 1970-01-01T00:00Z, strictly increasing within one context.
struct BatchTime {
  std::int64_t micros = 0;
  auto operator<=>(const BatchTime&) const = default;
};

/// A part of one partition: from (inclusive) to until (exclusive).
struct OffsetRange {
  std::string topic;
  PartitionId partition;
  Offset from;
  Offset until;
  bool operator==(const OffsetRange&) const = default;
};

}  // namespace weir
