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
    case wire::ApiKey::kTxnOffsetCommit:
      return 5;
    case wire::ApiKey::kAddPartitionsToTxn:
      return 3;  // later ones are between brokers
    default:
      return request.versions.last;
  }
}

/// The first version in whose answer a client is told to wait and is trusted to. All that is not
/// named has told so from its beginning, or since its version 2.
std::int16_t first_that_waits(const wire::Schema& request) {
  switch (request.api) {
    case wire::ApiKey::kFetch:
      return 8;
    case wire::ApiKey::kProduce:
    case wire::ApiKey::kMetadata:
      return 6;
    case wire::ApiKey::kOffsetCommit:
    case wire::ApiKey::kOffsetFetch:
      return 4;
    case wire::ApiKey::kListOffsets:
    case wire::ApiKey::kJoinGroup:
    case wire::ApiKey::kCreateTopics:
      return 3;
    case wire::ApiKey::kInitProducerId:
    case wire::ApiKey::kDeleteRecords:
    case wire::ApiKey::kAlterConfigs:
    case wire::ApiKey::kCreatePartitions:
    case wire::ApiKey::kDeleteGroups:
      return 1;
    case wire::ApiKey::kIncrementalAlterConfigs:
    case wire::ApiKey::kDescribeCluster:
      return 0;
    default:
      return 2;
  }
}

}  // namespace

bool client_waits(const wire::Schema& request, std::int16_t version) {
  return version >= first_that_waits(request);
}

wire::ApiVersionsRequest versions_request() {
  wire::ApiVersionsRequest request;
  request.client_software_name = "weir";
  request.client_software_version = "0.1.0";
  return request;
}

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

Result<std::int16_t> BrokerVersions::highest(const wire::Schema& request,
                                             std::int16_t newest) const {
  const wire::Versions ours{request.versions.first,
                            std::min({request.versions.last, newest_used(request), newest})};
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
