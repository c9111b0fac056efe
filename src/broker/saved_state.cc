#include "broker/saved_state.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/log.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace weir::broker {

namespace {

constexpr std::string_view kFormatKey = "format";
constexpr std::string_view kClusterIdKey = "cluster id";
constexpr std::string_view kStartsKey = "starts";
constexpr std::string_view kProducerIdsKey = "producer ids";
constexpr std::string_view kTopicPrefix = "topic/";
constexpr std::string_view kLogStartPrefix = "start/";
constexpr std::string_view kOffsetPrefix = "offset/";
constexpr std::string_view kPendingOffsetPrefix = "pending offset/";
constexpr std::string_view kTransactionPrefix = "transaction/";
constexpr std::string_view kTransactionVersionKey = "transaction version";

constexpr std::string_view kFormat = "1";

void write_text(std::string_view text, wire::Writer& writer) {
  writer.integer(static_cast<std::uint32_t>(text.size()));
  writer.bytes(text);
}

std::string read_text(wire::Reader& reader) {
  return std::string(reader.bytes(reader.integer<std::uint32_t>()));
}

std::string_view view_of_id(const wire::Uuid& id) { return {id.bytes.data(), id.bytes.size()}; }

wire::Uuid read_id(wire::Reader& reader) {
  wire::Uuid id;
  const std::string_view bytes = reader.bytes(id.bytes.size());
  std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

template <class Int>
std::string number(Int value) {
  wire::Writer writer;
  writer.integer(value);
  return writer.joined();
}

std::string topic_key(std::string_view name) { return concat(kTopicPrefix, name); }

std::string log_start_key(const wire::Uuid& topic, std::int32_t partition) {
  return concat(kLogStartPrefix, view_of_id(topic), number(partition));
}

std::string offset_key(std::string_view group, std::string_view topic, std::int32_t partition) {
  wire::Writer writer;
  writer.bytes(kOffsetPrefix);
  write_text(group, writer);
  write_text(topic, writer);
  writer.integer(partition);
  return writer.joined();
}

std::string pending_offset_key(std::int64_t producer_id, std::string_view group,
                               std::string_view topic, std::int32_t partition) {
  return concat(kPendingOffsetPrefix, number(producer_id),
                offset_key(group, topic, partition).substr(kOffsetPrefix.size()));
}

std::string transaction_key(std::string_view id) { return concat(kTransactionPrefix, id); }

void write_entry(const CommittedOffsets::Entry& entry, wire::Writer& writer) {
  writer.integer(entry.offset.value);
  writer.integer(entry.leader_epoch);
  write_text(entry.metadata, writer);
}

Result<void> read_settings(wire::Reader& reader, TopicSettings& settings) {
  for (auto count = reader.integer<std::uint32_t>(); count > 0 && reader.ok(); --count) {
    const std::string name = read_text(reader);
    const std::string value = read_text(reader);
    if (reader.ok()) WEIR_RETURN_IF_ERROR(settings.set(name, value));
  }
  return {};
}

Result<Topic> read_topic(std::string_view name, wire::Reader& reader) {
  Topic topic{std::string(name), read_id(reader), {}, {}};
  for (auto count = reader.integer<std::uint32_t>(); count > 0 && reader.ok(); --count) {
    topic.leaders.push_back({0, reader.integer<std::int32_t>()});
  }
  WEIR_RETURN_IF_ERROR(read_settings(reader, topic.settings));
  return topic;
}

SavedOffset read_offset(std::string_view key, wire::Reader& value) {
  wire::Reader reader(key);
  SavedOffset saved{read_text(reader), read_text(reader), reader.integer<std::int32_t>(), {}};
  saved.entry.offset = {value.integer<std::int64_t>()};
  saved.entry.leader_epoch = value.integer<std::int32_t>();
  saved.entry.metadata = read_text(value);
  if (!reader.ok()) value.fail();
  return saved;
}

void write_producer(ProducerIdentity producer, wire::Writer& writer) {
  writer.integer(producer.id);
  writer.integer(producer.epoch);
}

ProducerIdentity read_producer(wire::Reader& reader) {
  const auto id = reader.integer<std::int64_t>();
  return {id, reader.integer<std::int16_t>()};
}

Transaction read_transaction(std::string_view id, wire::Reader& reader) {
  Transaction transaction;
  transaction.id = id;
  transaction.producer = read_producer(reader);
  const ProducerIdentity previous = read_producer(reader);
  transaction.previous_id = previous.id;
  transaction.previous_epoch = previous.epoch;
  transaction.next_id = reader.integer<std::int64_t>();
  transaction.timeout_ms = reader.integer<std::int32_t>();
  const auto state = reader.integer<std::uint8_t>();
  if (state > static_cast<std::uint8_t>(TransactionState::kCompleteAbort)) reader.fail();
  transaction.state = static_cast<TransactionState>(state);
  transaction.raised_epoch = reader.integer<std::uint8_t>() != 0;
  transaction.started = {reader.integer<std::int64_t>()};
  for (auto count = reader.integer<std::uint32_t>(); count > 0 && reader.ok(); --count) {
    std::string topic = read_text(reader);
    transaction.partitions.emplace(std::move(topic), reader.integer<std::int32_t>());
  }
  for (auto count = reader.integer<std::uint32_t>(); count > 0 && reader.ok(); --count) {
    transaction.groups.insert(read_text(reader));
  }
  return transaction;
}

/// Takes in the entries of one journal.
class StateReader {
 public:
  Result<SavedState> read(const Journal::Entries& entries) {
    for (const auto& [key, text] : entries) {
      wire::Reader value(text);
      WEIR_RETURN_IF_ERROR(take(key, value));
      if (!value.ok() || value.remaining() > 0) return not_ours(key);
    }
    return std::move(state_);
  }

 private:
  static Error not_ours(std::string_view key) {
    return Error(ErrorCode::kUnsupported, concat("what it says of '", key, "' is not known"));
  }

  Result<void> take(std::string_view key, wire::Reader& value) {
    if (key == kFormatKey) {
      if (value.bytes(value.remaining()) != kFormat) return not_ours(key);
    } else if (key == kClusterIdKey) {
      state_.cluster_id = value.bytes(value.remaining());
    } else if (key == kStartsKey) {
      state_.starts = value.integer<std::uint64_t>();
    } else if (key == kProducerIdsKey) {
      state_.producer_ids_end = value.integer<std::int64_t>();
    } else if (key == kTransactionVersionKey) {
      state_.transaction_version = value.integer<std::int16_t>();
    } else {
      return take_one_of_many(key, value);
    }
    return {};
  }

  Result<void> take_one_of_many(std::string_view key, wire::Reader& value) {
    if (key.starts_with(kTopicPrefix)) {
      WEIR_ASSIGN_OR_RETURN(Topic topic, read_topic(key.substr(kTopicPrefix.size()), value));
      state_.topics.push_back(std::move(topic));
    } else if (key.starts_with(kLogStartPrefix)) {
      wire::Reader reader(key.substr(kLogStartPrefix.size()));
      const wire::Uuid topic = read_id(reader);
      const auto partition = reader.integer<std::int32_t>();
      if (!reader.ok()) return not_ours(key);
      state_.log_starts[{topic, partition}] = {value.integer<std::int64_t>()};
    } else if (key.starts_with(kOffsetPrefix)) {
      state_.offsets.push_back(read_offset(key.substr(kOffsetPrefix.size()), value));
    } else if (key.starts_with(kPendingOffsetPrefix)) {
      wire::Reader reader(key.substr(kPendingOffsetPrefix.size()));
      const auto producer_id = reader.integer<std::int64_t>();
      if (!reader.ok()) return not_ours(key);
      state_.pending_offsets.emplace_back(producer_id,
                                          read_offset(reader.bytes(reader.remaining()), value));
    } else if (key.starts_with(kTransactionPrefix)) {
      state_.transactions.push_back(read_transaction(key.substr(kTransactionPrefix.size()), value));
    } else {
      return not_ours(key);
    }
    return {};
  }

  SavedState state_;
};

Journal::Change change(std::string key, std::string value) {
  return {std::move(key), std::move(value)};
}

}  // namespace

Result<SavedState> read_state(const Journal::Entries& entries, const std::string& path) {
  auto state = StateReader().read(entries);
  if (state.ok()) return state;
  return Error(state.error().code(), concat("cannot use '", path, "': ", state.error().message(),
                                            "; a newer weir has written it, use that one"));
}

Journal::Change saved_format() { return change(std::string(kFormatKey), std::string(kFormat)); }

Journal::Change saved_cluster_id(const std::string& id) {
  return change(std::string(kClusterIdKey), id);
}

Journal::Change saved_starts(std::uint64_t starts) {
  return change(std::string(kStartsKey), number(starts));
}

Journal::Change saved_producer_ids_end(std::int64_t end) {
  return change(std::string(kProducerIdsKey), number(end));
}

Journal::Change saved_topic(const Topic& topic) {
  wire::Writer writer;
  writer.bytes(view_of_id(topic.id));
  writer.integer(static_cast<std::uint32_t>(topic.leaders.size()));
  for (const Leader& leader : topic.leaders) writer.integer(leader.epoch);
  std::vector<TopicSettings::Entry> given = topic.settings.entries();
  std::erase_if(given, [](const auto& entry) { return !entry.given; });
  writer.integer(static_cast<std::uint32_t>(given.size()));
  for (const auto& entry : given) {
    write_text(entry.name, writer);
    write_text(entry.value, writer);
  }
  return change(topic_key(topic.name), writer.joined());
}

Journal::Change forgotten_topic(std::string_view name) { return {topic_key(name), std::nullopt}; }

Journal::Change saved_log_start(const wire::Uuid& topic, std::int32_t partition, Offset start) {
  return change(log_start_key(topic, partition), number(start.value));
}

Journal::Change forgotten_log_start(const wire::Uuid& topic, std::int32_t partition) {
  return {log_start_key(topic, partition), std::nullopt};
}

Journal::Change saved_offset(const SavedOffset& offset) {
  wire::Writer writer;
  write_entry(offset.entry, writer);
  return change(offset_key(offset.group, offset.topic, offset.partition), writer.joined());
}

Journal::Change forgotten_offset(std::string_view group, std::string_view topic,
                                 std::int32_t partition) {
  return {offset_key(group, topic, partition), std::nullopt};
}

Journal::Change saved_pending_offset(std::int64_t producer_id, const SavedOffset& offset) {
  wire::Writer writer;
  write_entry(offset.entry, writer);
  return change(pending_offset_key(producer_id, offset.group, offset.topic, offset.partition),
                writer.joined());
}

Journal::Change forgotten_pending_offset(std::int64_t producer_id, std::string_view group,
                                         std::string_view topic, std::int32_t partition) {
  return {pending_offset_key(producer_id, group, topic, partition), std::nullopt};
}

Journal::Change saved_transaction(const Transaction& transaction) {
  wire::Writer writer;
  write_producer(transaction.producer, writer);
  write_producer({transaction.previous_id, transaction.previous_epoch}, writer);
  writer.integer(transaction.next_id);
  writer.integer(transaction.timeout_ms);
  writer.integer(static_cast<std::uint8_t>(transaction.state));
  writer.integer(static_cast<std::uint8_t>(transaction.raised_epoch));
  writer.integer(transaction.started.millis);
  writer.integer(static_cast<std::uint32_t>(transaction.partitions.size()));
  for (const auto& [topic, partition] : transaction.partitions) {
    write_text(topic, writer);
    writer.integer(partition);
  }
  writer.integer(static_cast<std::uint32_t>(transaction.groups.size()));
  for (const std::string& group : transaction.groups) write_text(group, writer);
  return change(transaction_key(transaction.id), writer.joined());
}

Journal::Change forgotten_transaction(std::string_view id) {
  return {transaction_key(id), std::nullopt};
}

Journal::Change saved_transaction_version(std::int16_t version) {
  return change(std::string(kTransactionVersionKey), number(version));
}

}  // namespace weir::broker
