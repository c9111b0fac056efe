#include "kafka/sticky_assignor.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <string>

namespace weir::kafka {

namespace {

/// Shares in the making. Members are their places in the list.
class StickyShares {
 public:
  StickyShares(const std::vector<MemberSubscription>& members, const PartitionCounts& partitions)
      : members_(members), partitions_(partitions), shares_(members.size()) {
    for (const auto& member : members) {
      wishes_.emplace_back(member.topics.begin(), member.topics.end());
    }
  }

  GroupAssignment run() {
    note_claims();
    keep_what_is_undisputed();
    deal_out_the_rest();
    while (even_out()) {
    }
    return without_what_others_still_have();
  }

 private:
  using Member = std::size_t;
  struct Claim {
    std::set<Member> all;
    std::int32_t generation = -1;  // the latest
    std::optional<Member> holder;  // who claims it in that one, if nobody else does
  };

  bool exists(const TopicPartition& partition) const {
    const auto topic = partitions_.find(partition.topic);
    return topic != partitions_.end() && partition.partition.value >= 0 &&
           partition.partition.value < topic->second;
  }
  std::size_t load(Member member) const { return shares_[member].size(); }

  void note_claims() {
    for (Member member = 0; member < members_.size(); ++member) {
      const std::int32_t generation = members_[member].generation;
      for (const TopicPartition& partition : members_[member].owned) {
        Claim& claim = claims_[partition];
        const bool is_first = claim.all.empty();
        if (!claim.all.insert(member).second) continue;
        if (is_first || generation > claim.generation) {
          claim.generation = generation;
          claim.holder = member;
        } else if (generation == claim.generation) {
          claim.holder.reset();
        }
      }
    }
  }

  void keep_what_is_undisputed() {
    for (const auto& [partition, claim] : claims_) {
      if (!claim.holder || !exists(partition)) continue;
      if (!wishes_[*claim.holder].contains(partition.topic)) continue;
      shares_[*claim.holder].insert(partition);
      taken_.insert(partition);
    }
  }

  std::optional<Member> least_loaded(const std::string& topic) const {
    std::optional<Member> least;
    for (Member member = 0; member < members_.size(); ++member) {
      if (!wishes_[member].contains(topic)) continue;
      if (!least || load(member) < load(*least)) least = member;
    }
    return least;
  }

  void deal_out_the_rest() {
    for (const auto& [topic, count] : partitions_) {
      for (std::int32_t number = 0; number < count; ++number) {
        const TopicPartition partition{topic, {number}};
        if (taken_.contains(partition)) continue;
        if (const auto member = least_loaded(topic)) shares_[*member].insert(partition);
      }
    }
  }

  /// Moves one partition of the member that has most; false where none can be moved to some avail.
  bool even_out() {
    std::vector<Member> richest(members_.size());
    std::iota(richest.begin(), richest.end(), Member{0});
    std::stable_sort(richest.begin(), richest.end(),
                     [this](Member a, Member b) { return load(a) > load(b); });
    return std::any_of(richest.begin(), richest.end(),
                       [this](Member member) { return give_one_away(member); });
  }

  bool give_one_away(Member from) {
    for (const TopicPartition& partition : shares_[from]) {
      const auto to = least_loaded(partition.topic);
      if (!to || load(*to) + 1 >= load(from)) continue;
      shares_[*to].insert(shares_[from].extract(partition));
      return true;
    }
    return false;
  }

  GroupAssignment without_what_others_still_have() const {
    GroupAssignment assignment;
    for (Member member = 0; member < members_.size(); ++member) {
      auto& mine = assignment[members_[member].member_id];
      std::copy_if(shares_[member].begin(), shares_[member].end(), std::back_inserter(mine),
                   [&](const auto& partition) { return is_free_for(member, partition); });
    }
    return assignment;
  }

  bool is_free_for(Member member, const TopicPartition& partition) const {
    const auto claim = claims_.find(partition);
    if (claim == claims_.end()) return true;
    return claim->second.all == std::set<Member>{member};
  }

  const std::vector<MemberSubscription>& members_;
  const PartitionCounts& partitions_;
  std::vector<std::set<std::string, std::less<>>> wishes_;
  std::map<TopicPartition, Claim> claims_;
  std::vector<std::set<TopicPartition>> shares_;
  std::set<TopicPartition> taken_;
};

}  // namespace

GroupAssignment assign_sticky(const std::vector<MemberSubscription>& members,
                              const PartitionCounts& partitions) {
  return StickyShares(members, partitions).run();
}

}  // namespace weir::kafka
