// The tweets job as a bare loop on librdkafka: consume a batch, decode each record into views,
// check, encode, produce the batch. What weir is compared with; configured as fast as it was found
// to go.
//
//   librdkafka_loop BROKERS IN OUT RECORDS PREFETCH_KIB [INTERVAL_MS]
//
// Reads all partitions of IN from their beginnings, writes RECORDS records to the same partitions
// of OUT, and ends when all are acknowledged. Offsets are not committed. With INTERVAL_MS output
// and offsets are committed in transactions, one as soon as so much time has passed since the last.
// RECORDS 0: goes on, from the end of IN, until SIGTERM.
#include <chrono>
#include <csignal>
#include <optional>
#include <string_view>
#include <vector>

#include "rdkafka_handles.h"
#include "tweet.avro.h"

namespace {

using com::miguno::avro::TweetView;
using TweetCodec = weir::Codec<TweetView>;
using weir::bench::Rd;

using Clock = std::chrono::steady_clock;
using Interval = std::optional<std::chrono::milliseconds>;

constexpr std::size_t kBatch = 2000;
constexpr int kPatienceMs = 60'000;

volatile std::sig_atomic_t stopped = 0;

/// `transactional_id` is empty where there are no transactions.
Rd<rd_kafka_t> make_producer(const std::string& brokers, const std::string& transactional_id) {
  return weir::bench::make_client(RD_KAFKA_PRODUCER,
                                  {{"bootstrap.servers", brokers},
                                   {"enable.idempotence", "true"},
                                   {"transactional.id", transactional_id},
                                   {"retry.backoff.ms", transactional_id.empty() ? "" : "1"},
                                   {"linger.ms", "20"},
                                   {"batch.size", "1000000"},
                                   {"batch.num.messages", "100000"},
                                   {"queue.buffering.max.messages", "500000"},
                                   {"queue.buffering.max.kbytes", "500000"}});
}

/// An error of a transaction ends the program.
void check(rd_kafka_error_t* error, const std::string& what) {
  if (error != nullptr) weir::bench::fail(what, rd_kafka_error_string(error));
}

/// Output and offsets of what was read since the last commit are committed together.
class Transactions {
 public:
  Transactions(rd_kafka_t* consumer, rd_kafka_t* producer, std::string in,
               std::chrono::milliseconds interval)
      : producer_(producer),
        group_(rd_kafka_consumer_group_metadata(consumer)),
        in_(std::move(in)),
        interval_(interval) {
    check(rd_kafka_init_transactions(producer_, kPatienceMs), "init_transactions");
  }

  /// Before a record is produced.
  void open() {
    if (std::exchange(is_open_, true)) return;
    check(rd_kafka_begin_transaction(producer_), "begin_transaction");
  }
  void note(const rd_kafka_message_t& message) {
    const auto partition = static_cast<std::size_t>(message.partition);
    if (next_.size() <= partition) next_.resize(partition + 1, RD_KAFKA_OFFSET_INVALID);
    next_[partition] = message.offset + 1;
  }
  void commit_if_due() {
    if (is_open_ && Clock::now() - ended_ >= interval_) commit();
  }
  void commit() {
    if (!std::exchange(is_open_, false)) return;
    const Rd<rd_kafka_topic_partition_list_t> offsets(
        rd_kafka_topic_partition_list_new(static_cast<int>(next_.size())));
    for (std::size_t partition = 0; partition < next_.size(); ++partition) {
      if (next_[partition] == RD_KAFKA_OFFSET_INVALID) continue;
      rd_kafka_topic_partition_list_add(offsets.get(), in_.c_str(), static_cast<int>(partition))
          ->offset = next_[partition];
    }
    next_.clear();
    check(rd_kafka_send_offsets_to_transaction(producer_, offsets.get(), group_.get(), kPatienceMs),
          "send_offsets_to_transaction");
    check(rd_kafka_commit_transaction(producer_, kPatienceMs), "commit_transaction");
    ended_ = Clock::now();
  }

 private:
  rd_kafka_t* producer_;
  Rd<rd_kafka_consumer_group_metadata_t> group_;
  const std::string in_;
  const std::chrono::milliseconds interval_;
  bool is_open_ = false;
  std::vector<std::int64_t> next_;  // the offset to commit, of each partition
  Clock::time_point ended_ = Clock::now();
};

/// One batch at a time from the consumer to the producer.
class Loop {
 public:
  /// `transactions` may be null.
  Loop(rd_kafka_t* consumer, rd_kafka_t* producer, const std::string& out,
       Transactions* transactions)
      : producer_(producer),
        transactions_(transactions),
        queue_(rd_kafka_queue_get_consumer(consumer)),
        out_(rd_kafka_topic_new(producer, out.c_str(), nullptr)),
        messages_(kBatch) {
    outgoing_.reserve(kBatch);
  }

  /// Returns how many records went from in to out.
  std::size_t step() {
    const ssize_t count = consume();
    if (count > 0 && transactions_ != nullptr) transactions_->open();
    outgoing_.clear();
    arena_.clear();
    for (ssize_t index = 0; index < count; ++index) add(*messages_[index]);
    set_payloads();
    produce();
    for (ssize_t index = 0; index < count; ++index) rd_kafka_message_destroy(messages_[index]);
    rd_kafka_poll(producer_, 0);
    if (transactions_ != nullptr) transactions_->commit_if_due();
    return outgoing_.size();
  }

 private:
  ssize_t consume() {
    if (transactions_ == nullptr) return take(20, kBatch);
    // A full batch is what the call waits for, so a transaction would wait for it too.
    const ssize_t first = take(kPollMs, 1);
    return first <= 0 ? first : 1 + take(0, kBatch - 1, 1);
  }

  ssize_t take(int wait_ms, std::size_t most, std::size_t at = 0) {
    const ssize_t count =
        rd_kafka_consume_batch_queue(queue_.get(), wait_ms, messages_.data() + at, most);
    if (count < 0) weir::bench::check(rd_kafka_last_error(), "consume");
    return count;
  }

  void add(const rd_kafka_message_t& message) {
    weir::bench::check(message.err, "consume");
    TweetView tweet;
    if (!TweetCodec::read({static_cast<const char*>(message.payload), message.len}, tweet)) {
      weir::bench::fail("decode", "the input holds something that is no tweet");
    }
    const std::size_t size = TweetCodec::size(tweet);
    const std::size_t begin = arena_.size();
    arena_.resize(begin + size);
    TweetCodec::write(tweet, arena_.data() + begin);
    rd_kafka_message_t out{};
    out.partition = message.partition;
    out.len = size;
    outgoing_.push_back(out);
    if (transactions_ != nullptr) transactions_->note(message);
  }

  /// The arena may move while it grows, so its addresses are taken at the end.
  void set_payloads() {
    char* at = arena_.data();
    for (rd_kafka_message_t& message : outgoing_) {
      message.payload = at;
      at += message.len;
    }
  }

  void produce() { transactions_ == nullptr ? produce_batch() : produce_each(); }

  /// In transactions, librdkafka 2.0.2 never sends what rd_kafka_produce_batch() is given for more
  /// than one partition.
  void produce_each() {
    for (const rd_kafka_message_t& message : outgoing_) {
      while (rd_kafka_produce(out_.get(), message.partition, RD_KAFKA_MSG_F_COPY, message.payload,
                              message.len, nullptr, 0, nullptr) != 0) {
        if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
          weir::bench::check(rd_kafka_last_error(), "produce");
        }
        rd_kafka_poll(producer_, 1);
      }
    }
  }

  void produce_batch() {
    std::size_t begin = 0;
    while (begin < outgoing_.size()) {
      const int wanted = static_cast<int>(outgoing_.size() - begin);
      const int flags = RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_PARTITION;
      const int done = rd_kafka_produce_batch(out_.get(), RD_KAFKA_PARTITION_UA, flags,
                                              outgoing_.data() + begin, wanted);
      if (done == wanted) return;
      begin = keep_refused(begin);
      rd_kafka_poll(producer_, 1);
    }
  }

  /// Moves the records that a full queue refused to the end; returns where they begin.
  std::size_t keep_refused(std::size_t begin) {
    std::size_t refused = outgoing_.size();
    for (std::size_t index = outgoing_.size(); index-- > begin;) {
      if (outgoing_[index].err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
      if (outgoing_[index].err != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        weir::bench::check(outgoing_[index].err, "produce");
      }
      outgoing_[--refused] = outgoing_[index];
      outgoing_[refused].err = RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    return refused;
  }

  static constexpr int kPollMs = 1;

  rd_kafka_t* producer_;
  Transactions* transactions_;
  Rd<rd_kafka_queue_t> queue_;
  Rd<rd_kafka_topic_t> out_;
  std::vector<rd_kafka_message_t*> messages_;
  std::vector<rd_kafka_message_t> outgoing_;
  std::string arena_;
};

Interval read_interval(int count, char** arguments) {
  if (count < 7) return std::nullopt;
  return std::chrono::milliseconds(std::stoll(arguments[6]));
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6 && count != 7) {
    std::fputs("usage: librdkafka_loop BROKERS IN OUT RECORDS PREFETCH_KIB [INTERVAL_MS]\n",
               stderr);
    return 2;
  }
  const std::string brokers = arguments[1];
  const std::string in = arguments[2];
  const std::string out = arguments[3];
  const std::size_t records = std::stoull(arguments[4]);
  const Interval interval = read_interval(count, arguments);
  std::signal(SIGTERM, [](int) { stopped = 1; });
  const std::string name = "librdkafka-loop-" + out;
  const Rd<rd_kafka_t> consumer = weir::bench::make_consumer(brokers, name, arguments[5]);
  const Rd<rd_kafka_t> producer = make_producer(brokers, interval ? name : "");
  weir::bench::assign_all(consumer.get(), in, records > 0 ? 0 : RD_KAFKA_OFFSET_END);
  std::size_t done = 0;
  {
    std::optional<Transactions> transactions;
    if (interval) transactions.emplace(consumer.get(), producer.get(), in, *interval);
    Loop loop(consumer.get(), producer.get(), out, transactions ? &*transactions : nullptr);
    while (stopped == 0 && (records == 0 || done < records)) done += loop.step();
    if (transactions) transactions->commit();
    weir::bench::check(rd_kafka_flush(producer.get(), kPatienceMs), "flush");
  }
  weir::bench::check(rd_kafka_consumer_close(consumer.get()), "close");
  std::printf("{\"records\": %zu}\n", done);
}
