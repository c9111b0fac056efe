#include "town.h"

#include <chrono>
#include <utility>

#include "weir/dstream.h"
#include "weir/kafka.h"

namespace weir {

using namespace std::chrono_literals;

namespace {

constexpr int kPartitions = 4;
constexpr ByteCount kRetention = 64_KiB;
// Small, so that the chunks of the logs become full: what is left of them is memory all the same,
// which would be touched bit by bit later, and look like growth.
constexpr int kRecordsToFill = 640;
constexpr std::size_t kFillerBytes = 1024;
// Short, so that a member soon hears of a rebalance; a heartbeat comes three times as often.
constexpr Duration kSession = 900ms;
constexpr Duration kPatience = 60s;
constexpr Duration kBetweenWrites = 20ms;

StreamingOptions quiet_options(std::string app) {
  return {.app = std::move(app), .log = [](std::string_view, std::string_view) {}};
}

}  // namespace

Result<std::unique_ptr<EnduranceTown>> EnduranceTown::start() {
  auto broker = start_broker(0);
  if (!broker.ok()) return std::move(broker).error();
  auto pool = kafka::ProducerPool::open({.brokers = (*broker)->address()});
  if (!pool.ok()) return std::move(pool).error();
  std::unique_ptr<EnduranceTown> town(new EnduranceTown(std::move(*broker), std::move(*pool)));
  if (auto outcome = town->start_copying(town->resident_); !outcome.ok()) return outcome.error();
  if (auto outcome = town->start_reading(); !outcome.ok()) return outcome.error();
  if (auto outcome = town->fill(); !outcome.ok()) return outcome.error();
  return town;
}

EnduranceTown::EnduranceTown(std::unique_ptr<broker::EmbeddedBroker> broker,
                             kafka::ProducerPool pool)
    : broker_(std::move(broker)),
      address_(broker_->address()),
      port_(broker_->port()),
      pool_(std::move(pool)) {}

Result<std::unique_ptr<broker::EmbeddedBroker>> EnduranceTown::start_broker(std::uint16_t port) {
  return broker::EmbeddedBroker::start({.port = port,
                                        .topics = {{"in", kPartitions}, {"out", kPartitions}},
                                        .auto_create_topics = false,
                                        .retention_bytes = kRetention,
                                        .group_min_session_timeout = kSession});
}

Result<void> EnduranceTown::start_copying(Job& job) const {
  job.context = std::make_unique<StreamingContext>(quiet_options("copier"));
  const auto lines = kafka::stream<std::string>(
      *job.context,
      {.brokers = address_, .topics = {"in"}, .group = "copiers", .session_timeout = kSession});
  lines.for_each([&seen = job.seen](const std::string& line) { seen.note(line); });
  lines.to(kafka::topic<std::string>({.brokers = address_, .topic = "out"}));
  return job.context->start();
}

Result<void> EnduranceTown::start_reading() {
  reader_.context = std::make_unique<StreamingContext>(quiet_options("reader"));
  kafka::stream<std::string>(*reader_.context, {.brokers = address_, .topics = {"out"}})
      .for_each([&seen = reader_.seen](const std::string& line) { seen.note(line); });
  return reader_.context->start();
}

Result<void> EnduranceTown::fill() {
  for (int i = 0; i < kRecordsToFill; ++i) {
    auto written = write([](int) { return std::string(kFillerBytes, ' '); });
    if (!written.ok()) return written;
  }
  return write_until(reader_.seen, kPartitions, "the job copies");
}

Result<void> EnduranceTown::restart_broker() {
  broker_.reset();
  auto broker = start_broker(port_);
  if (!broker.ok()) return std::move(broker).error();
  broker_ = std::move(*broker);
  return write_until(reader_.seen, kPartitions, "the job copies after the broker's restart");
}

Result<void> EnduranceTown::rebalance_twice() {
  {
    Job comer;
    if (auto started = start_copying(comer); !started.ok()) return started;
    auto shared = write_until(comer.seen, 1, "the job that came has partitions");
    if (!shared.ok()) return shared;
    comer.context->stop();
  }
  return write_until(resident_.seen, kPartitions, "the first job has all partitions again");
}

Result<void> EnduranceTown::write_until(Seen& seen, std::size_t partitions,
                                        const std::string& what) {
  seen.expect(++round_);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < end) {
    const auto written = write([this](int partition) { return Seen::text(round_, partition); });
    if (seen.await(partitions, kBetweenWrites) && written.ok()) return {};
  }
  return Error(ErrorCode::kTimedOut, "not after 60 s: " + what + "; the job's trouble: '" +
                                         resident_.context->status().trouble + "'");
}

Result<void> EnduranceTown::write(const std::function<std::string(int partition)>& value) const {
  auto lease = pool_.borrow();
  if (!lease.ok()) return std::move(lease).error();
  for (int partition = 0; partition < kPartitions; ++partition) {
    const std::string text = value(partition);
    auto sent = lease->send("in", {.value = text, .partition = PartitionId(partition)});
    if (!sent.ok()) return sent;
  }
  return lease->flush();
}

}  // namespace weir
