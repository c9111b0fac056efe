#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weir/codec.h"
#include "weir/dstream.h"
#include "weir/pipeline.h"
#include "weir/record_operators.h"
#include "weir/types.h"

/// Kafka as a source and as an output.
namespace weir::kafka {

/// Where reading begins.
struct Start {
  enum class At { kEarliest, kLatest, kTime };
  At at = At::kEarliest;
  WallTime time{};
  /// A committed offset of the group wins over `at`, unless this is set.
  bool ignore_committed = false;

  static Start earliest() { return {}; }
  /// The ends of the partitions that are there when this process starts; those that come into being
  /// while it runs are read whole.
  static Start latest() { return {At::kLatest, {}, false}; }
  /// The first record whose timestamp is `time` or later.
  static Start at_time(WallTime time) { return {At::kTime, time, false}; }
  Start ignoring_committed() const { return {at, time, true}; }
};

/// How the partitions of a group are divided among its members. A group divides by one assignor
/// that all its members know. Members with one of the first two know the third as well, so a group
/// that runs is changed to it by restarting its processes, one after the other.
enum class Assignor {
  kRange,       ///< each topic by itself, in runs
  kRoundRobin,  ///< all topics' partitions in turn
  /// All topics' partitions in equal shares, each where it was as far as that goes: Kafka's
  /// cooperative-sticky. When members come and go, the others go on reading what they keep;
  /// with the other assignors all give up everything first.
  kCooperativeSticky
};

/// Which records are read of those that were written in transactions. Records written without one
/// are always read.
enum class Isolation {
  kReadUncommitted,  ///< all, also of transactions that are open or were aborted
  /// Those of committed transactions; behind a record of an open one nothing is read until that
  /// ends.
  kReadCommitted
};

/// What members do about their group when the stream is stopped as it should be.
enum class AtStop {
  kDefault,  ///< static members remain, others leave
  kLeave,    ///< the other members get the partitions at once
  kRemain    ///< nobody gets the partitions until the session time-out has passed
};

/// One partition to read directly; offsets override `start`.
struct PartitionRange {
  std::string topic{};
  PartitionId partition{};
  std::optional<Offset> from{};
  std::optional<Offset> until{};
};

/// What to read. With a `group`, Kafka's group protocol divides the partitions among all members of
/// all processes, and offsets are committed after each batch; without one, all partitions (or those
/// named in `partitions`) are read directly and nothing is committed.
struct StreamOptions {
  std::string brokers{};              ///< "host:port" of one or more brokers, separated by commas
  std::vector<std::string> topics{};  ///< may be left out where `partitions` name them
  /// Instead of `topics`: all topics whose whole name this matches, a regular expression as in
  /// ECMAScript, but Kafka's own. With a `group`, topics that are created later are found within
  /// `metadata_max_age`; without one, those that are there at the start are read.
  std::string topic_pattern{};
  std::string group{};
  /// Makes static members (KIP-345), "<instance>-0" and so on, one for each input: who starts again
  /// under this name within the session time-out has its partitions back without a rebalance. Each
  /// process, and each stream of it that reads as the same group, needs a name of its own: of two
  /// with the same, the older one fails. Letters, digits, '.', '_' and '-'.
  std::string instance{};
  AtStop at_stop = AtStop::kDefault;
  /// Lets other processes read in the group, even where records are brought together by key or kept
  /// in windows or state: each process then has a part of every key's records. Without it such a
  /// stream waits until it is alone in its group, and stops where it is not any more.
  bool shares_keys = false;
  int inputs = 1;        ///< how many members this process has in the group
  int reader_tasks = 0;  ///< tasks that the partitions of an input form in a batch; 0: one for each
  std::vector<PartitionRange> partitions{};
  Start start{};
  BadRecords bad_records{};
  /// Where unset: with Delivery::kExactlyOnce read committed, else read uncommitted.
  std::optional<Isolation> isolation{};
  Assignor assignor = Assignor::kRange;
  Duration session_timeout = std::chrono::seconds(45);
  Duration rebalance_timeout = std::chrono::seconds(60);
  /// How often the cluster is asked about its topics and their partitions, at least.
  Duration metadata_max_age = std::chrono::minutes(5);
  std::string client_id = "weir";
};

/// How record batches are compressed when they are written.
enum class Compression { kNone, kGzip, kSnappy, kLz4, kZstd };

/// Where and how to write.
struct TopicOptions {
  std::string brokers{};
  std::string topic{};
  Compression compression = Compression::kNone;
  std::size_t batch_bytes = 512 * 1024;  ///< record batches are closed at this size
  std::string client_id = "weir";
};

}  // namespace weir::kafka

namespace weir::detail {
/// Compiled in src/kafka.
plan::Node* append_kafka_source(Pipeline& pipeline, kafka::StreamOptions options);
OutputIndex append_kafka_output(plan::Node* anywhere, kafka::TopicOptions options);
}  // namespace weir::detail

namespace weir::kafka {

/// Streams the records of topics whole: key, value, headers, timestamp, origin. A view type.
inline DStream<Record> records(Pipeline& pipeline, StreamOptions options) {
  return DStream<Record>(weir::detail::append_kafka_source(pipeline, std::move(options)));
}

/// Streams the values of topics, decoded with Codec<T>.
template <class T>
DStream<T> stream(Pipeline& pipeline, StreamOptions options) {
  static_assert(HasCodec<T>,
                "kafka::stream<T>: T needs a weir::Codec; avrogen makes one for an Avro schema, or "
                "specialise weir::Codec<T> yourself (see weir/codec.h)");
  const BadRecords policy = options.bad_records;
  TopicOptions letters{.brokers = options.brokers, .topic = policy.topic};
  plan::Node* source = weir::detail::append_kafka_source(pipeline, std::move(options));
  std::optional<OutputIndex> dead_letters;
  if (policy.action == BadRecords::Action::kDeadLetter) {
    dead_letters = weir::detail::append_kafka_output(source, std::move(letters));
  }
  return DStream<T>(
      weir::detail::append_narrow(source, {"decode", weir::detail::make_tee<T>, false},
                                  new weir::detail::DecodeOperator<T>(policy, dead_letters)));
}

/// An output of T, for DStream<T>::to(). Keyless records keep their partition (modulo the topic's
/// partition count), so that order is kept; with a key they go where Kafka's Java client puts them.
template <class T, class KeyFunction = weir::detail::NoKey>
class Topic {
 public:
  Topic(TopicOptions options, KeyFunction key)
      : options_(std::move(options)), key_(std::move(key)) {}

  /// Returns the same output with `key(const T&)` as the records' key.
  template <class F>
  Topic<T, F> with_key(F key) const {
    return Topic<T, F>(options_, std::move(key));
  }

  template <class Element>
  void attach(plan::Node* node) const {
    static_assert(std::is_same_v<Element, T>,
                  "to(): kafka::topic<T> must have the T of the stream it is written from");
    static_assert(HasCodec<T>, "kafka::topic<T>: T needs a weir::Codec (see weir/codec.h)");
    const OutputIndex output = weir::detail::append_kafka_output(node, options_);
    weir::detail::append_output(node, {"to", nullptr, false},
                                new weir::detail::EncodeOperator<T, KeyFunction>(output, key_));
  }

 private:
  TopicOptions options_;
  KeyFunction key_;
};

/// Names a topic to write T to.
template <class T>
Topic<T> topic(TopicOptions options) {
  return Topic<T>(std::move(options), {});
}

}  // namespace weir::kafka
