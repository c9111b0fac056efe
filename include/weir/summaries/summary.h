#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "weir/codecs/part.h"
#include "weir/result.h"

namespace weir {

namespace detail {

/// What every summary has for its Codec. read_part() leaves it as it was where it fails.
template <class S>
concept IsSummary = requires(const S& summary, S& into, char* at, PartReader& in) {
  typename S::Options;
  { summary.part_size() } -> std::same_as<std::size_t>;
  { summary.write_part(at) } -> std::same_as<char*>;
  { into.read_part(in) } -> std::same_as<bool>;
};

/// A byte for the version of the form, and the summary.
template <class S>
struct SummaryPart {
  static constexpr char kVersion = 1;
  static constexpr std::size_t kLeast = 2;
  static std::size_t size(const S& summary) { return 1 + summary.part_size(); }
  static char* write(const S& summary, char* at) {
    *at++ = kVersion;
    return summary.write_part(at);
  }
  static bool read(PartReader& in, S& into) {
    const auto version = in.take(1);
    if (!version) return false;
    if (version->front() != kVersion) return in.fail("a summary of a version not known here", 1);
    return into.read_part(in);
  }
};

/// The most that a stored summary may have been given, so that no sum overflows.
inline constexpr std::uint64_t kMostStored = std::uint64_t{1} << 56;

/// Throws std::invalid_argument with `message`: in a function given to a stream it fails the batch.
[[noreturn]] void refuse(const std::string& message);
/// Says that two summaries of the kind `what` differ in `option`.
Error cannot_merge(const char* what, const char* option, const std::string& ours,
                   const std::string& theirs);

}  // namespace detail

template <detail::IsSummary S>
struct Codec<S> : detail::CodecOfPart<S, detail::SummaryPart<S>> {};

/// Merges summaries, in `reduce(MergeSummaries())` and the like. Where they cannot be merged, it
/// throws what merge() says, and the batch fails.
struct MergeSummaries {
  template <detail::IsSummary S>
  S operator()(S into, const S& other) const {
    const Result<void> merged = into.merge(other);
    if (!merged.ok()) detail::refuse(merged.error().message());
    return into;
  }
};

}  // namespace weir
