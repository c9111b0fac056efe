#include "wire/messages/offset_commit.h"
#include "wire/messages/offset_delete.h"
#include "wire/messages/offset_fetch.h"
#include "wire/messages/offset_for_leader_epoch.h"
#include "wire/visitors.h"

namespace weir::wire::detail {

template struct Coder<OffsetCommitRequest>;
template struct Coder<OffsetCommitResponse>;
template struct Coder<OffsetFetchRequest>;
template struct Coder<OffsetFetchResponse>;
template struct Coder<OffsetDeleteRequest>;
template struct Coder<OffsetDeleteResponse>;
template struct Coder<OffsetForLeaderEpochRequest>;
template struct Coder<OffsetForLeaderEpochResponse>;

}  // namespace weir::wire::detail
