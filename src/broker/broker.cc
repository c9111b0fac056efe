#include "broker/broker.h"

#include "broker/cluster.h"
#include "broker/file_storage.h"
#include "broker/node.h"

namespace weir::broker {

class Broker::Impl {
 public:
  Impl(net::Loop& loop, const BrokerOptions& options, Log log, Storage& used)
      : storage(used), cluster(loop, options), node(loop, cluster, options, std::move(log)) {}

  Storage& storage;
  Cluster cluster;
  Node node;
};

Broker::Broker(net::Loop& loop, BrokerOptions options, Log log)
    : files_(std::make_unique<FileStorage>()),
      impl_(std::make_unique<Impl>(loop, options, std::move(log), *files_)) {}

Broker::Broker(net::Loop& loop, BrokerOptions options, Log log, Storage& storage)
    : impl_(std::make_unique<Impl>(loop, options, std::move(log), storage)) {}

Broker::~Broker() = default;

Result<void> Broker::start() {
  const BrokerOptions& options = impl_->node.options();
  if (options.default_partitions < 1) {
    return Error(
        ErrorCode::kInvalidArgument,
        concat("default_partitions is ", options.default_partitions, "; it must be 1 or more"));
  }
  if (!options.data.empty()) WEIR_RETURN_IF_ERROR(impl_->cluster.open(impl_->storage, options));
  WEIR_RETURN_IF_ERROR(impl_->node.listen());
  WEIR_RETURN_IF_ERROR(impl_->node.recover());
  return create_topics();
}

Result<void> Broker::create_topics() {
  Cluster& cluster = impl_->cluster;
  for (const TopicOptions& topic : impl_->node.options().topics) {
    const bool was_there = cluster.data() != nullptr && cluster.topics().find(topic.name);
    if (was_there) continue;
    WEIR_RETURN_IF_ERROR(
        cluster.create_topic({.name = topic.name, .partitions = topic.partitions, .settings = {}}));
  }
  return {};
}

Faults& Broker::faults() { return impl_->cluster.faults(); }

std::uint16_t Broker::port() const { return impl_->node.port(); }

}  // namespace weir::broker
