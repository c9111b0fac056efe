#pragma once

#include <map>
#include <memory>
#include <vector>

#include "kafka/channel.h"
#include "kafka/metadata.h"

namespace weir::kafka {

/// One part of the client's channels to the brokers of a cluster, made when they are needed.
/// Owned by that part, on the loop's thread.
class Brokers {
 public:
  Brokers(ClientContext& context, const Metadata& metadata)
      : context_(context), metadata_(metadata) {}

  /// The channel to a broker at its present address; null when the cluster knows no such broker.
  /// A broker that has moved gets a new channel; calls on the old one end
  /// there, as if it had not.
  Channel* to(NodeId node);
  /// A channel to some broker, the same as long as it is connected; null when none is known.
  Channel* any();

 private:
  ClientContext& context_;
  const Metadata& metadata_;
  std::map<NodeId, std::unique_ptr<Channel>> channels_;
  std::vector<std::unique_ptr<Channel>> moved_;  // until their last calls have ended
  NodeId last_tried_ = -1;
};

}  // namespace weir::kafka
