#include "kafka/topic_output.h"

#include <utility>

#include "base/log.h"
#include "kafka/own_producer.h"

namespace weir::kafka {

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
  transactions_ = Transactions::of(site);
  open_ = std::make_shared<TopicOutput*>(this);
  auto client = client_options(options_.brokers, options_.client_id, site.driver->clock());
  context_.reset(new ClientContext{*site.driver, std::move(client).value(),
                                   BufferPool{std::size_t{1} << 20}, site.log});
  metadata_ = std::make_unique<Metadata>(*context_);
  subscription_ = metadata_->subscribe([this](const Result<void>& outcome) {
    host_->on_trouble(outcome.ok() ? "" : outcome.error().message());
  });
  questions_ = std::make_unique<TopicQuestions>(*context_, *metadata_);
  questions_->ask(this, options_.topic, [this](const auto& answer) { on_partitions(answer); });
}

void TopicOutput::on_partitions(const Result<std::int32_t>& partitions) {
  subscription_ = {};
  Result<void> fine = partitions.ok() ? check_cluster() : Result<void>(partitions.error());
  if (fine.ok()) return make_writers(*partitions);
  std::exchange(opened_, nullptr)(std::move(fine).error().with_context(name()));
}

Result<void> TopicOutput::check_cluster() const {
  if (transactions_ == nullptr) return {};
  return transactions_->check_cluster(metadata_->cluster_id());
}

void TopicOutput::make_writers(std::int32_t partitions) {
  TopicWriterOptions writing{options_.topic, partitions,
                             static_cast<wire::Compression>(options_.compression),
                             options_.batch_bytes};
  const auto make = [this, writing, client = context_->options](std::size_t worker) {
    net::Loop& loop = *site_->workers[worker];
    if (transactions_ != nullptr) {
      return std::make_unique<TopicWriter>(loop, writing, site_->buffers,
                                           &transactions_->writer(worker), nullptr);
    }
    auto tell = [driver = site_->driver, host = host_](const std::string& what) {
      driver->post([host, what] { host->on_trouble(what); });
    };
    return std::make_unique<TopicWriter>(
        loop, writing, site_->buffers, nullptr,
        std::make_unique<OwnProducer>(loop, for_part(client, worker), site_->log, std::move(tell)));
  };
  writers_.make(*site_->driver, site_->workers, make, [this, open = std::weak_ptr(open_)] {
    if (!open.expired()) std::exchange(opened_, nullptr)({});
  });
}

void TopicOutput::close(plan::Done closed) {
  open_.reset();
  opened_ = nullptr;
  questions_.reset();
  subscription_ = {};
  writers_.destroy(*site_->driver, [this, closed] {
    metadata_.reset();
    context_.reset();
    closed({});
  });
}

}  // namespace weir::kafka
