#pragma once

#include <functional>
#include <utility>

#include "kafka/alarm.h"
#include "kafka/brokers.h"
#include "kafka/metadata.h"

namespace weir::kafka {

/// What the parts of the client that call the leaders of partitions have in common: they hear what
/// becomes known of the cluster, wake themselves, and have channels of their own. The base of such
/// a part, on the loop's thread.
class ClusterPart {
 public:
  ClusterPart(const ClusterPart&) = delete;
  ClusterPart& operator=(const ClusterPart&) = delete;

 protected:
  /// `on_metadata` and `on_alarm` are called later, never from here.
  ClusterPart(ClientContext& context, Metadata& metadata, Metadata::Listener on_metadata,
              std::function<void()> on_alarm)
      : context_(context),
        metadata_(metadata),
        subscription_(metadata.subscribe(std::move(on_metadata))),
        alarm_(context.loop, std::move(on_alarm)),
        brokers_(context, metadata) {}
  ~ClusterPart() = default;

  ClientContext& context_;
  Metadata& metadata_;
  Metadata::Subscription subscription_;
  Alarm alarm_;
  Brokers brokers_;
};

}  // namespace weir::kafka
