#include "broker/broker.h"

#include "broker/cluster.h"
#include "broker/node.h"

namespace weir::broker {

class Broker::Impl {
 public:
  Impl(net::Loop& loop, const BrokerOptions& options, Log log)
      : cluster(loop, options), node(loop, cluster, options, std::move(log)) {}

  Cluster cluster;
  Node node;
};

Broker::Broker(net::Loop& loop, BrokerOptions options, Log log)
    : impl_(std::make_unique<Impl>(loop, options, std::move(log))) {}

Broker::~Broker() = default;

Result<void> Broker::start() {
  const BrokerOptions& options = impl_->node.options();
  if (options.default_partitions < 1) {
    return Error(
        ErrorCode::kInvalidArgument,
        concat("default_partitions is ", options.default_partitions, "; it must be 1 or more"));
  }
  WEIR_RETURN_IF_ERROR(impl_->node.listen());
  for (const TopicOptions& topic : options.topics) {
    WEIR_RETURN_IF_ERROR(impl_->cluster.create_topic(
        {.name = topic.name, .partitions = topic.partitions, .settings = {}}));
  }
  return {};
}

Faults& Broker::faults() { return impl_->cluster.faults(); }

std::uint16_t Broker::port() const { return impl_->node.port(); }

}  // namespace weir::broker
