#include "writer.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/log.h"
#include "wire/record_batch_builder.h"

namespace weir::sim {

namespace {

constexpr std::int64_t kMostAtOnce = 3;
constexpr std::int64_t kLives = 100;  // what tells the processes of one writer apart
constexpr std::uint64_t kLongestPauseMs = 60;

/// Reads a number and the character behind it.
template <class Int>
bool take_number(std::string_view& text, char behind, Int& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (behind == '\0') return text.empty();
  if (!text.starts_with(behind)) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string to_text(const Value& value) {
  return concat(value.writer, ".", value.partition, ":", value.number);
}

Value value_of(std::string_view text) {
  Value value;
  const bool is_value = take_number(text, '.', value.writer) &&
                        take_number(text, ':', value.partition) &&
                        take_number(text, '\0', value.number);
  return is_value ? value : Value{};
}

/// What dies with the process.
struct Writer::Client {
  Client(net::Loop& loop, kafka::ClientOptions options, kafka::Producer::Listener& listener)
      : context{loop, std::move(options), BufferPool(1 << 16),
                Log(LogLevel::kError, [](auto...) {})},
        metadata(context),
        producer(context, metadata, {}, listener) {}

  kafka::ClientContext context;
  kafka::Metadata metadata;
  kafka::Producer producer;
};

Writer::Writer(net::SimNetwork& network, Setup setup,
               std::function<void(const Value&, Offset)> acknowledged)
    : network_(network),
      setup_(std::move(setup)),
      acknowledged_(std::move(acknowledged)),
      random_(static_cast<std::minstd_rand::result_type>(setup_.seed + 1)),
      next_number_(static_cast<std::size_t>(setup_.partitions)) {
  begin();
}

Writer::~Writer() = default;

void Writer::begin() {
  kafka::ClientOptions options;
  auto bootstrap = kafka::parse_bootstrap(setup_.brokers);
  WEIR_CHECK(bootstrap.ok(), "the cluster has addresses");
  options.bootstrap = std::move(*bootstrap);
  options.seed = setup_.seed + static_cast<std::uint64_t>(++life_);
  kafka::Producer::Listener& listener = *this;
  client_ = std::make_unique<Client>(network_.loop(loop_name()), std::move(options), listener);
  write_later();
}

void Writer::restart() {
  network_.kill(loop_name());
  timer_ = {};
  client_.reset();
  unacknowledged_ = 0;  // nobody will know
  begin();
}

void Writer::write_later() {
  const std::chrono::milliseconds pause(random_() % kLongestPauseMs);
  timer_ = network_.loop(loop_name()).call_after(pause, [this] {
    write_some();
    if (written_ < setup_.records) write_later();
  });
}

void Writer::write_some() {
  const std::int64_t count = std::min<std::int64_t>(
      1 + static_cast<std::int64_t>(random_() % kMostAtOnce), setup_.records - written_);
  if (count <= 0) return;
  const auto partition = static_cast<std::int32_t>(random_() % next_number_.size());
  std::int64_t& next = next_number_[static_cast<std::size_t>(partition)];
  const Value first{setup_.number + kLives * life_, partition, next};
  wire::RecordBatchBuilder builder(client_->context.buffers.take(1024));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string text = to_text(Value{first.writer, partition, next++});
    text.copy(builder.append(network_.clock().wall().millis, std::nullopt, text.size()),
              text.size());
  }
  auto batch = std::move(builder).seal(wire::Compression::kNone, client_->context.buffers);
  WEIR_CHECK(batch.ok(), "nothing is compressed");
  written_ += count;
  unacknowledged_ += count;
  client_->producer.send(
      {"in", PartitionId{partition}}, std::move(*batch),
      [this, first, count](const Result<Offset>& outcome) { on_written(first, count, outcome); });
}

void Writer::on_written(const Value& first, std::int64_t count, const Result<Offset>& outcome) {
  unacknowledged_ -= count;
  if (!outcome.ok()) return;
  for (std::int64_t i = 0; i < count; ++i) {
    acknowledged_({first.writer, first.partition, first.number + i}, Offset{outcome->value + i});
  }
}

}  // namespace weir::sim
