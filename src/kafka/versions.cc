#include "kafka/versions.h"

#include <algorithm>

#include "base/log.h"

namespace weir::kafka {

namespace {

/// From these versions on topics are given by id, which this client does not keep.
std::int16_t newest_used(const wire::Schema& request) {
  switch (request.api) {
    case wire::ApiKey::kProduce:
    case wire::ApiKey::kFetch:
      return 12;
    case wire::ApiKey::kOffsetCommit:
    case wire::ApiKey::kOffsetFetch:
      return 9;
    default:
      return request.versions.last;
  }
}

}  // namespace

std::string_view name_of(const wire::Schema& request) {
  constexpr std::string_view kSuffix = "Request";
  std::string_view name = request.name;
  if (name.ends_with(kSuffix)) name.remove_suffix(kSuffix.size());
  return name;
}

BrokerVersions::BrokerVersions(const wire::ApiVersionsResponse& answer) {
  for (const auto& range : answer.api_keys) {
    ranges_[static_cast<wire::ApiKey>(range.api_key)] = {range.min_version, range.max_version};
  }
}

Result<std::int16_t> BrokerVersions::highest(const wire::Schema& request) const {
  const wire::Versions ours{request.versions.first,
                            std::min(request.versions.last, newest_used(request))};
  const auto found = ranges_.find(request.api);
  if (found == ranges_.end()) {
    return Error(ErrorCode::kUnsupported, concat("the broker does not know ", name_of(request),
                                                 " requests; use a newer Kafka (4.x is tested)"));
  }
  const wire::Versions theirs = found->second;
  const std::int16_t version = std::min(ours.last, theirs.last);
  if (version >= std::max(ours.first, theirs.first)) return version;
  return Error(ErrorCode::kUnsupported,
               concat("the broker speaks versions ", theirs.first, " to ", theirs.last, " of ",
                      name_of(request), " and this client ", ours.first, " to ", ours.last,
                      "; use a Kafka version they share (4.x is tested)"));
}

}  // namespace weir::kafka
