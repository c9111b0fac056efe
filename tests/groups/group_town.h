#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/broker.h"
#include "kafka/group_member.h"
#include "kafka/offset_store.h"
#include "net/sim_network.h"

namespace weir {

class Resident;

/// A group of members on a real embedded broker and a simulated network, which sees to it that no
/// partition has two owners at a time, nor two in one generation.
class GroupTown {
 public:
  GroupTown(std::uint64_t seed, kafka::MemberOptions options, std::int32_t partitions);
  ~GroupTown();

  /// A new member joins; returns its number.
  std::size_t join();
  /// A member leaves as it should.
  void leave(std::size_t member);
  /// A member's process dies.
  void crash(std::size_t member);
  void break_connections() { network_.break_connections("broker"); }

  /// Steps until each partition has an owner, and everyone who should be is a member of the same
  /// generation.
  bool settle(Duration limit);
  void run_for(Duration duration) { network_.run_for(duration); }

  /// The members that have not left or died.
  std::vector<std::size_t> residents() const;
  /// How many partitions each of them has, in ascending order.
  std::vector<std::size_t> shares() const;
  /// What members have been told that they should not, in plain words.
  const std::vector<std::string>& wrongs() const { return wrongs_; }
  /// The positions that were committed last, as the group has them now.
  kafka::OffsetStore::Committed committed();
  /// What members were told that was committed.
  const kafka::LogPositions& acknowledged() const { return acknowledged_; }

 private:
  friend class Resident;
  void take(const std::string& member, std::int32_t generation,
            const std::set<kafka::TopicPartition>& partitions);
  void give_up(const std::string& member, const kafka::TopicPartition& partition);

  net::SimNetwork network_;
  const kafka::MemberOptions options_;
  const std::int32_t partitions_;
  std::unique_ptr<broker::Broker> broker_;
  std::map<kafka::TopicPartition, std::string> owners_;
  std::map<std::int32_t, std::map<kafka::TopicPartition, std::string>> generations_;
  kafka::LogPositions acknowledged_;
  std::int64_t next_position_ = 0;
  std::vector<std::string> wrongs_;
  std::vector<std::unique_ptr<Resident>> residents_;  // ends first: it tells the town
};

}  // namespace weir
