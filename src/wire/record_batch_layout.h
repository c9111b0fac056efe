#pragma once

#include <cstddef>

/// Where the fields of a record batch's header stand, for whoever changes one in place. Base offset
/// and leader epoch may be set at any time; all from the attributes on is covered by the checksum.
namespace weir::wire::batch_layout {

inline constexpr std::size_t kBaseOffset = 0;
inline constexpr std::size_t kLength = 8;
inline constexpr std::size_t kLeaderEpoch = 12;  // the length counts from here
inline constexpr std::size_t kMagic = 16;        // here in every format that Kafka has had
inline constexpr std::size_t kCrc = 17;
inline constexpr std::size_t kAttributes = 21;  // the checksum covers from here
inline constexpr std::size_t kLastOffsetDelta = 23;
inline constexpr std::size_t kBaseTimestamp = 27;
inline constexpr std::size_t kMaxTimestamp = 35;
inline constexpr std::size_t kProducerId = 43;
inline constexpr std::size_t kProducerEpoch = 51;
inline constexpr std::size_t kBaseSequence = 53;
inline constexpr std::size_t kRecordCount = 57;
inline constexpr std::size_t kRecords = 61;

}  // namespace weir::wire::batch_layout
