#include "kafka/brokers.h"

#include "base/log.h"

namespace weir::kafka {

Channel* Brokers::to(NodeId node) {
  const BrokerAddress* broker = metadata_.broker(node);
  if (broker == nullptr) return nullptr;
  auto& channel = channels_[node];
  if (channel && channel->endpoint() != broker->endpoint) {
    std::erase_if(moved_, [](const auto& old) { return old->in_flight() == 0; });
    moved_.push_back(std::move(channel));
  }
  if (!channel) {
    channel = std::make_unique<Channel>(context_, broker->endpoint,
                                        concat("broker ", node, " at ", broker->endpoint));
  }
  return channel.get();
}

Channel* Brokers::any() {
  for (auto& [node, channel] : channels_) {
    if (channel && channel->connected() && metadata_.broker(node) != nullptr) return to(node);
  }
  const auto& brokers = metadata_.brokers();
  if (brokers.empty()) return nullptr;
  auto next = brokers.upper_bound(last_tried_);
  if (next == brokers.end()) next = brokers.begin();
  last_tried_ = next->first;
  return to(last_tried_);
}

}  // namespace weir::kafka
