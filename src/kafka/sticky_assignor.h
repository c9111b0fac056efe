#pragma once

#include <vector>

#include "kafka/assignor.h"

namespace weir::kafka {

/// Divides all partitions of all topics into shares as equal as the members' wishes allow, where no
/// partition moves that need not. What a member has and another shall get is nobody's at first: the
/// one gives it up when it sees its assignment, and the other gets it in the round that follows
/// (KIP-429). `members` are in the order in which equals are served.
GroupAssignment assign_sticky(const std::vector<MemberSubscription>& members,
                              const PartitionCounts& partitions);

}  // namespace weir::kafka
