#include "kafka/assignor.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "kafka/sticky_assignor.h"

namespace weir::kafka {

namespace {

bool comes_first(const MemberSubscription& a, const MemberSubscription& b) {
  if (a.instance_id && b.instance_id) return *a.instance_id < *b.instance_id;
  if (a.instance_id || b.instance_id) return a.instance_id.has_value();
  return a.member_id < b.member_id;
}

bool wants(const MemberSubscription& member, const std::string& topic) {
  return std::find(member.topics.begin(), member.topics.end(), topic) != member.topics.end();
}

/// Each topic by itself: runs of equal length, the first members get one more.
void assign_ranges(const std::vector<MemberSubscription>& members, const std::string& topic,
                   std::int32_t count, GroupAssignment& assignment) {
  std::vector<const MemberSubscription*> takers;
  for (const auto& member : members) {
    if (wants(member, topic)) takers.push_back(&member);
  }
  if (takers.empty()) return;
  const auto share = count / static_cast<std::int32_t>(takers.size());
  auto longer_ones = count % static_cast<std::int32_t>(takers.size());
  std::int32_t next = 0;
  for (const MemberSubscription* taker : takers) {
    const std::int32_t end = next + share + (longer_ones-- > 0 ? 1 : 0);
    for (; next < end; ++next) assignment[taker->member_id].push_back({topic, {next}});
  }
}

/// All topics' partitions in a row, dealt out in turn to whoever wants them.
void deal_out(const std::vector<MemberSubscription>& members, const PartitionCounts& partitions,
              GroupAssignment& assignment) {
  std::size_t turn = 0;
  for (const auto& [topic, count] : partitions) {
    const auto wanted = [&topic = topic](const auto& member) { return wants(member, topic); };
    if (std::none_of(members.begin(), members.end(), wanted)) continue;
    for (std::int32_t partition = 0; partition < count; ++partition) {
      while (!wanted(members[turn])) turn = (turn + 1) % members.size();
      assignment[members[turn].member_id].push_back({topic, {partition}});
      turn = (turn + 1) % members.size();
    }
  }
}

}  // namespace

std::string_view protocol_name(Assignor assignor) {
  switch (assignor) {
    case Assignor::kRange:
      return "range";
    case Assignor::kRoundRobin:
      return "roundrobin";
    case Assignor::kCooperativeSticky:
      return "cooperative-sticky";
  }
  return "";
}

std::optional<Assignor> assignor_named(std::string_view name) {
  for (const Assignor assignor :
       {Assignor::kRange, Assignor::kRoundRobin, Assignor::kCooperativeSticky}) {
    if (protocol_name(assignor) == name) return assignor;
  }
  return std::nullopt;
}

std::vector<Assignor> offered_assignors(Assignor preferred) {
  if (preferred == Assignor::kCooperativeSticky) return {preferred};
  return {preferred, Assignor::kCooperativeSticky};
}

GroupAssignment assign_partitions(Assignor assignor, std::vector<MemberSubscription> members,
                                  const PartitionCounts& partitions) {
  std::sort(members.begin(), members.end(), comes_first);
  if (assignor == Assignor::kCooperativeSticky) return assign_sticky(members, partitions);
  GroupAssignment assignment;
  for (const auto& member : members) assignment[member.member_id];
  if (assignor == Assignor::kRoundRobin) {
    deal_out(members, partitions, assignment);
    return assignment;
  }
  for (const auto& [topic, count] : partitions) assign_ranges(members, topic, count, assignment);
  return assignment;
}

}  // namespace weir::kafka
