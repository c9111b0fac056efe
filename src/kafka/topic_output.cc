#include "kafka/topic_output.h"

#include <utility>

#include "base/log.h"
#include "wire/error_codes.h"

namespace weir::kafka {

namespace {

// A topic that was created a moment ago may not be known to every broker yet.
constexpr Duration kTopicPatience = std::chrono::seconds(2);

ClientOptions client_options(const TopicOptions& options) {
  ClientOptions client;
  if (auto bootstrap = parse_bootstrap(options.brokers); bootstrap.ok()) {
    client.bootstrap = std::move(*bootstrap);
  }
  client.client_id = options.client_id;
  return client;
}

}  // namespace

TopicOutput::TopicOutput(TopicOptions options) : options_(std::move(options)) {}
TopicOutput::~TopicOutput() = default;

std::string TopicOutput::name() const {
  return concat("output topic ", options_.topic, " at ", options_.brokers);
}

Result<void> TopicOutput::validate() const {
  if (options_.topic.empty()) {
    return Error(ErrorCode::kInvalidArgument, "a Kafka output has no topic; set .topic");
  }
  if (auto bootstrap = parse_bootstrap(options_.brokers); !bootstrap.ok()) {
    return std::move(bootstrap).error().with_context(concat("output topic ", options_.topic));
  }
  if (options_.batch_bytes < 1024 || options_.batch_bytes > 1'000'000) {
    return Error(ErrorCode::kInvalidArgument,
                 concat("output topic ", options_.topic, ": batch_bytes is ", options_.batch_bytes,
                        "; it must lie between 1024 and 1000000"));
  }
  return {};
}

void TopicOutput::open(const plan::Site& site, plan::OutputHost& host, plan::Done opened) {
  site_ = &site;
  host_ = &host;
  opened_ = std::move(opened);
  context_.reset(new ClientContext{*site.driver, client_options(options_),
                                   BufferPool{std::size_t{1} << 20}, site.log});
  metadata_ = std::make_unique<Metadata>(*context_);
  subscription_ =
      metadata_->subscribe([this](const Result<void>& outcome) { on_metadata(outcome); });
  metadata_->add_topic(options_.topic);
}

void TopicOutput::on_metadata(const Result<void>& outcome) {
  if (!opened_) return;
  if (!outcome.ok()) {
    host_->on_trouble(outcome.error().message());
    return;
  }
  host_->on_trouble("");
  const TopicMetadata* topic = metadata_->topic(options_.topic);
  if (topic == nullptr) return;
  if (!topic->partitions.empty()) {
    make_writers(static_cast<std::int32_t>(topic->partitions.size()));
    return;
  }
  const TimePoint now = site_->driver->now();
  if (unknown_since_ == TimePoint{}) unknown_since_ = now;
  if (now - unknown_since_ >= kTopicPatience) {
    std::exchange(opened_, nullptr)(missing_topic(*topic));
  } else {
    metadata_->refresh();
  }
}

Error TopicOutput::missing_topic(const TopicMetadata& told) const {
  return wire::kafka_error(told.error_code,
                           concat("writing to topic ", options_.topic, " at ", options_.brokers));
}

void TopicOutput::make_writers(std::int32_t partitions) {
  plan::Done opened = std::exchange(opened_, nullptr);
  TopicWriterOptions writing{options_.topic, partitions,
                             static_cast<wire::Compression>(options_.compression),
                             options_.batch_bytes};
  const auto make = [this, writing](std::size_t worker) {
    auto tell = [driver = site_->driver, host = host_](const std::string& what) {
      driver->post([host, what] { host->on_trouble(what); });
    };
    return std::make_unique<TopicWriter>(*site_->workers[worker], client_options(options_), writing,
                                         site_->buffers, site_->log, std::move(tell));
  };
  writers_.make(*site_->driver, site_->workers, make, [opened] { opened({}); });
}

void TopicOutput::close(plan::Done closed) {
  opened_ = nullptr;
  subscription_ = {};
  writers_.destroy(*site_->driver, [this, closed] {
    metadata_.reset();
    context_.reset();
    closed({});
  });
}

}  // namespace weir::kafka
