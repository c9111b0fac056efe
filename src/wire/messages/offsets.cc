#include "wire/messages/offset_commit.h"
#include "wire/messages/offset_fetch.h"
#include "wire/visitors.h"

namespace weir::wire::detail {

template struct Coder<OffsetCommitRequest>;
template struct Coder<OffsetCommitResponse>;
template struct Coder<OffsetFetchRequest>;
template struct Coder<OffsetFetchResponse>;

}  // namespace weir::wire::detail
