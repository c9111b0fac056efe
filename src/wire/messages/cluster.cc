#include "wire/messages/api_versions.h"
#include "wire/messages/describe_cluster.h"
#include "wire/messages/find_coordinator.h"
#include "wire/messages/metadata.h"
#include "wire/visitors.h"

namespace weir::wire::detail {

template struct Coder<MetadataRequest>;
template struct Coder<MetadataResponse>;
template struct Coder<FindCoordinatorRequest>;
template struct Coder<FindCoordinatorResponse>;
template struct Coder<ApiVersionsRequest>;
template struct Coder<ApiVersionsResponse>;
template struct Coder<DescribeClusterRequest>;
template struct Coder<DescribeClusterResponse>;

}  // namespace weir::wire::detail
