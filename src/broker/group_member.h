#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/loop.h"
#include "weir/types.h"
#include "wire/messages/join_group.h"
#include "wire/messages/sync_group.h"

namespace weir::broker {

/// Answers a member's request; called once, now or later.
using JoinReply = std::function<void(const wire::JoinGroupResponse&)>;
using SyncReply = std::function<void(const wire::SyncGroupResponse&)>;

/// Who a member is outside of its group, and what it understands.
struct Client {
  std::string_view id;
  std::string_view host;
  bool takes_id_first = false;      ///< it is told its id, and joins again with it (KIP-394)
  bool may_skip_assigning = false;  ///< as a leader it can be told to assign nothing (KIP-814)
};

/// Who a request says it comes from.
struct MemberIdentity {
  std::string_view member_id;
  std::optional<std::string_view> instance_id;
};

/// One member of a Group. Owned by the group; no logic of its own.
struct GroupMember {
  /// A way of assigning partitions that the member knows, and what it wants to say to the leader.
  struct Protocol {
    std::string name;
    std::string metadata;
    bool operator==(const Protocol&) const = default;
  };

  std::string id;
  /// A name that outlives the process: who joins by it again takes this member's place (KIP-345).
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  Duration session_timeout{};
  Duration rebalance_timeout{};
  std::vector<Protocol> protocols;  ///< the preferred one first
  std::string assignment;

  JoinReply join_reply;  ///< set while it waits for the others to join
  SyncReply sync_reply;  ///< set while it waits for the leader's assignment
  bool is_new = true;    ///< it has not been through a rebalance
  bool has_synced = false;

  TimePoint alive_until;
  net::Timer session_timer;

  std::string_view metadata_for(std::string_view protocol) const {
    for (const Protocol& known : protocols) {
      if (known.name == protocol) return known.metadata;
    }
    return {};
  }
};

}  // namespace weir::broker
