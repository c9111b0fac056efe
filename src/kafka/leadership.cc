#include "kafka/leadership.h"

#include <algorithm>
#include <utility>

#include "kafka/group_messages.h"

namespace weir::kafka {

Result<void> Leadership::begin(const wire::JoinGroupResponse& answer) {
  WEIR_ASSIGN_OR_RETURN(members_, read_members(answer));
  keeps_assignment_ = answer.skip_assignment;
  for (const std::string& topic : topics()) metadata_.add_topic(topic);
  return {};
}

void Leadership::end() {
  members_.clear();
  keeps_assignment_ = false;
  gives_all_ = true;
}

bool Leadership::knows_topics() const {
  const auto wanted = topics();
  return std::all_of(wanted.begin(), wanted.end(), [this](const std::string& topic) {
    return metadata_.topic(topic) != nullptr;
  });
}

GroupAssignment Leadership::assign(Assignor assignor) {
  assigned_counts_ = partition_counts();
  GroupAssignment assignment = assign_partitions(assignor, members_, assigned_counts_);
  std::size_t left = 0;
  for (const auto& [topic, count] : assigned_counts_) left += static_cast<std::size_t>(count);
  for (const auto& [member, partitions] : assignment) left -= partitions.size();
  gives_all_ = left == 0 && !keeps_assignment_;
  return assignment;
}

bool Leadership::is_outdated() {
  if (members_.empty()) return false;
  const PartitionCounts counts = partition_counts();
  if (counts.size() < topics().size()) metadata_.refresh();
  return counts != assigned_counts_;
}

std::set<std::string> Leadership::topics() const {
  std::set<std::string> topics;
  for (const auto& member : members_) topics.insert(member.topics.begin(), member.topics.end());
  return topics;
}

PartitionCounts Leadership::partition_counts() const {
  PartitionCounts counts;
  for (const std::string& name : topics()) {
    const TopicMetadata* topic = metadata_.topic(name);
    if (topic == nullptr || topic->partitions.empty()) continue;
    counts[name] = static_cast<std::int32_t>(topic->partitions.size());
  }
  return counts;
}

}  // namespace weir::kafka
