#include "wire/messages/delete_groups.h"
#include "wire/messages/describe_groups.h"
#include "wire/messages/list_groups.h"
#include "wire/visitors.h"

namespace weir::wire::detail {

template struct Coder<DescribeGroupsRequest>;
template struct Coder<DescribeGroupsResponse>;
template struct Coder<ListGroupsRequest>;
template struct Coder<ListGroupsResponse>;
template struct Coder<DeleteGroupsRequest>;
template struct Coder<DeleteGroupsResponse>;

}  // namespace weir::wire::detail
