#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "kafka/aborted_filter.h"
#include "kafka/cluster_part.h"
#include "kafka/log_position.h"
#include "wire/messages/fetch.h"

namespace weir::kafka {

struct FetchOptions {
  /// How much one request asks for, and how much of it of one partition at most.
  std::size_t max_bytes = std::size_t{8} << 20;
  std::size_t max_partition_bytes = std::size_t{2} << 20;
  /// How long a broker that has nothing new may wait for it.
  Duration max_wait = std::chrono::milliseconds(500);
  /// How many bytes of answers may be held before no more is asked for. One request's worth is
  /// always asked for when nothing is held; and, now and then, a record batch or a little more of
  /// partitions of which nothing is held, so that none waits for what is held back of another.
  std::size_t read_ahead_bytes = std::size_t{32} << 20;
  /// Reads up to the last stable offset only: what open transactions wrote is not read, and what
  /// aborted ones wrote is told with the chunk.
  bool read_committed = false;
};

/// The bytes of an answer, which count against the read-ahead of its Fetcher until they are gone.
/// Shared by the answer's chunks, on the Fetcher's thread; may outlive it.
class HeldAnswer;

/// Tells by its owners whether chunks of a partition are held: the partition is one, each chunk
/// another.
struct HeldPartition {};

/// Whole record batches of one partition, as they came; their checksums have been verified.
struct FetchedChunk {
  TopicPartition source;
  std::shared_ptr<const HeldAnswer> pin;  ///< keeps the bytes
  std::shared_ptr<const HeldPartition> mark;
  std::string_view batches;  ///< walk over them with wire::RecordBatchCursor
  Offset from;               ///< the first batch may hold records before it, which are not wanted
  Offset until;              ///< where the next chunk begins; gaps and control batches count
  Offset high_watermark;     ///< the end of what may be read, as told with this chunk
  std::int32_t from_epoch = -1;   ///< of the leader that wrote the record before `from`
  std::int32_t until_epoch = -1;  ///< and the one before `until`
  /// What is not to be read of it, if committed records are asked for; by first offset.
  std::vector<AbortedTransaction> aborted = {};
};

/// Reads the partitions it is given from their leaders, ahead of whoever consumes them: while what
/// came is worked on, the next request is under way. Follows leaders, tries again, says what is
/// wrong. Owned by a worker; on its loop's thread.
class Fetcher final : private ClusterPart {
 public:
  /// Is told what a Fetcher got. May do anything in a call, also destroy the Fetcher.
  class Listener {
   public:
    virtual ~Listener() = default;
    /// The next records of a partition. The answer they came in is held while any of its chunks is.
    virtual void on_chunk(FetchedChunk chunk) = 0;
    /// There is nothing at the position, nor will there be: it lies before the log's start or after
    /// its end. The partition rests until it is assigned anew.
    virtual void on_out_of_range(const TopicPartition& partition, Offset position) = 0;
    /// The log was cut off and written on by another leader: what lies between `common` and the
    /// position is not what was read. The partition rests until it is assigned anew.
    virtual void on_cut_off(const TopicPartition& partition, Offset position,
                            LogPosition common) = 0;
    /// The partition cannot be read, and trying again is no use. It rests.
    virtual void on_failure(const TopicPartition& partition, const Error& error) = 0;
    /// Something is wrong for now; the Fetcher goes on trying.
    virtual void on_trouble(const Error& error) = 0;
    /// A broker has answered well after trouble.
    virtual void on_recovery() = 0;
  };

  Fetcher(ClientContext& context, Metadata& metadata, FetchOptions options, Listener& listener);

  /// Reads a partition from `position` on; one that is read already moves there, and what is under
  /// way of it is dropped.
  void assign(const TopicPartition& partition, LogPosition position);
  /// Reads a partition no more. What was handed out of it stays.
  void remove(const TopicPartition& partition);

  /// Where the next chunk of a partition begins; nothing where it is not assigned.
  std::optional<Offset> position(const TopicPartition& partition) const;
  /// The end of what may be read, as last told by the leader; nothing before that.
  std::optional<Offset> high_watermark(const TopicPartition& partition) const;
  /// The memory of all answers of which a chunk is held.
  std::size_t held_bytes() const { return held_bytes_; }

 private:
  struct Partition {
    TopicPartition name;
    LogPosition position;
    /// Grows when the position is moved from outside: answers to earlier questions are dropped.
    std::uint64_t generation = 0;
    /// The generation that a request under way asks for; 0 for none.
    std::uint64_t asked = 0;
    bool resting = false;
    TimePoint not_before{};
    /// When it last gave data: who waits longest is asked for first.
    std::uint64_t last_served = 0;
    std::optional<Offset> high_watermark;
    std::shared_ptr<const HeldPartition> mark = std::make_shared<const HeldPartition>();

    bool holds_nothing() const { return mark.use_count() == 1; }
  };
  /// What one request asks for.
  struct Question {
    std::vector<std::pair<TopicPartition, std::uint64_t>> partitions;  // with their generations
    std::size_t room = 0;                                              // that the answer may take
    Duration max_wait{0};

    /// How many bytes of records: with them, a Buffer takes up to an eighth more.
    std::size_t max_bytes() const { return room - room / 8; }
  };
  struct Leader {
    bool asked = false;
    TimePoint not_before{};
    TimePoint next_extra{};  // when it may be asked for more than the read-ahead again
  };
  /// What came of one partition and is to be told.
  struct Arrival {
    TopicPartition name;
    std::uint64_t generation = 0;
    std::optional<FetchedChunk> chunk;
    std::optional<Error> error;
    std::optional<LogPosition> common;
    bool out_of_range = false;
    bool final = false;
  };
  using FetchAnswer = Result<Answer<wire::FetchResponse>>;

  void on_metadata(const Result<void>& outcome);
  void pump();
  std::vector<Partition*> due_partitions();
  void ask(NodeId node, const std::vector<Partition*>& partitions);
  void ask_for_extra(NodeId node, std::vector<Partition*> partitions);
  void send(NodeId node, Question question, const std::vector<Partition*>& partitions);
  std::size_t room() const;
  std::size_t partition_bytes(const Question& question) const;
  wire::FetchRequest request(const Question& question) const;

  void on_answer(NodeId node, const Question& question, const FetchAnswer& answer);
  void on_lost(NodeId node, const Error& error);
  std::vector<Arrival> arrivals(const Channel& channel, const Question& question,
                                const Answer<wire::FetchResponse>& answer);
  Partition* asked_partition(const Question& question, std::string_view topic,
                             std::int32_t partition);
  std::optional<Arrival> arrival(const Channel& channel, Partition& partition,
                                 const wire::FetchResponse::PartitionData& data,
                                 const std::shared_ptr<const HeldAnswer>& pin);
  std::shared_ptr<const HeldAnswer> hold(const Buffer& answer);
  static Arrival cut_off(Partition& partition, const wire::FetchResponse::EpochEndOffset& common);
  Arrival refusal(const Channel& channel, Partition& partition, std::int16_t code);
  void deliver(NodeId node, std::vector<Arrival> arrivals);
  void deliver_chunk(NodeId node, Partition& partition, FetchedChunk chunk);
  void tell_trouble(const Error& error);
  Partition* find(const TopicPartition& name, std::uint64_t generation);

  const FetchOptions options_;
  Listener& listener_;
  std::uint64_t last_generation_ = 0;
  std::uint64_t answers_ = 0;
  std::map<TopicPartition, Partition> partitions_;
  std::map<NodeId, Leader> leaders_;
  std::size_t held_bytes_ = 0;
  std::size_t asked_bytes_ = 0;
  bool has_leaderless_ = false;
  std::string trouble_;  // what was last told and is not over
  // Expires with this object: tells after a callback whether it is still there.
  std::shared_ptr<Fetcher*> self_ = std::make_shared<Fetcher*>(this);
};

}  // namespace weir::kafka
