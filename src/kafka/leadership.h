#pragma once

#include <set>
#include <string>
#include <vector>

#include "kafka/assignor.h"
#include "kafka/metadata.h"
#include "wire/messages/join_group.h"

namespace weir::kafka {

/// What the leader of a group knows in one generation: who the members are, what they want, and
/// what it has assigned for. Owned by a GroupMember, on the loop's thread.
class Leadership {
 public:
  explicit Leadership(Metadata& metadata) : metadata_(metadata) {}

  /// Begins to lead the members that the answer lists, and asks for what they want to read. Fails
  /// where one of them is no consumer.
  Result<void> begin(const wire::JoinGroupResponse& answer);
  void end();

  /// True once all topics are known, or known not to exist: assign() may be called.
  bool knows_topics() const;
  GroupAssignment assign(Assignor assignor);
  /// The coordinator has an assignment already, which stays: assign() is made, but not sent.
  bool keeps_assignment() const { return keeps_assignment_; }
  /// True where the assignment has become wrong because a topic has grown, come or gone. Asks again
  /// for topics that are missing.
  bool is_outdated();
  /// False where the assignment leaves partitions out, because members have to give them up first,
  /// or where it was made by another leader, who may have done so.
  bool gives_all() const { return gives_all_; }

 private:
  std::set<std::string> topics() const;
  PartitionCounts partition_counts() const;

  Metadata& metadata_;
  std::vector<MemberSubscription> members_;  // none where the member does not lead
  bool keeps_assignment_ = false;
  bool gives_all_ = true;
  PartitionCounts assigned_counts_;  // what the assignment was made for
};

}  // namespace weir::kafka
