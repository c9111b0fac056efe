#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "broker/group.h"

namespace weir::broker {

/// All groups of a cluster, by name. Owned by the Cluster; one thread.
class GroupCoordinator {
 public:
  /// A limit on what peers can make us keep.
  static constexpr std::size_t kMaxGroups = 10'000;

  GroupCoordinator(net::Loop& loop, IdSource& ids, const GroupSettings& settings)
      : loop_(loop), ids_(ids), settings_(settings) {}

  /// Null where there is none.
  Group* find(std::string_view name);
  /// Null where there are too many groups already; those that nobody would miss make room first.
  Group* find_or_create(std::string_view name);
  void remove(std::string_view name);
  /// Forgets what groups have committed for a topic that is gone.
  void forget_topic(std::string_view topic);
  /// Other nodes look after the groups from now on: who waits for an answer is told to look for
  /// them. Members and offsets stay, as a new coordinator would read them from the log.
  void unload();

  using Groups = std::map<std::string, std::unique_ptr<Group>, std::less<>>;
  const Groups& by_name() const { return groups_; }

 private:
  net::Loop& loop_;
  IdSource& ids_;
  const GroupSettings settings_;
  Groups groups_;
};

}  // namespace weir::broker
