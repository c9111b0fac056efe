#include "wire/messages/heartbeat.h"
#include "wire/messages/join_group.h"
#include "wire/messages/leave_group.h"
#include "wire/messages/sync_group.h"
#include "wire/visitors.h"

namespace weir::wire::detail {

template struct Coder<JoinGroupRequest>;
template struct Coder<JoinGroupResponse>;
template struct Coder<HeartbeatRequest>;
template struct Coder<HeartbeatResponse>;
template struct Coder<LeaveGroupRequest>;
template struct Coder<LeaveGroupResponse>;
template struct Coder<SyncGroupRequest>;
template struct Coder<SyncGroupResponse>;

}  // namespace weir::wire::detail
