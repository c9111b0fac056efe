// The tweets job as a bare loop on librdkafka: consume a batch, decode each record into views,
// check, encode, produce the batch. What weir is compared with; configured as fast as it was found
// to go.
//
//   librdkafka_loop BROKERS IN OUT RECORDS PREFETCH_KIB
//
// Reads all partitions of IN from their beginnings, writes RECORDS records to the same partitions
// of OUT, and ends when all are acknowledged. Offsets are not committed.
#include <string_view>
#include <vector>

#include "rdkafka_handles.h"
#include "tweet.avro.h"

namespace {

using com::miguno::avro::TweetView;
using TweetCodec = weir::Codec<TweetView>;
using weir::bench::Rd;

constexpr std::size_t kBatch = 2000;

Rd<rd_kafka_t> make_consumer(const std::string& brokers, const std::string& prefetch_kib) {
  return weir::bench::make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", brokers},
                                                      {"group.id", "librdkafka-loop"},
                                                      {"enable.auto.commit", "false"},
                                                      {"check.crcs", "true"},
                                                      {"queued.min.messages", "10000000"},
                                                      {"queued.max.messages.kbytes", prefetch_kib},
                                                      {"fetch.message.max.bytes", "4194304"},
                                                      {"fetch.wait.max.ms", "10"},
                                                      {"fetch.error.backoff.ms", "0"}});
}

Rd<rd_kafka_t> make_producer(const std::string& brokers) {
  return weir::bench::make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers},
                                                      {"enable.idempotence", "true"},
                                                      {"linger.ms", "20"},
                                                      {"batch.size", "1000000"},
                                                      {"batch.num.messages", "100000"},
                                                      {"queue.buffering.max.messages", "500000"},
                                                      {"queue.buffering.max.kbytes", "500000"}});
}

/// One batch at a time from the consumer to the producer.
class Loop {
 public:
  Loop(rd_kafka_t* consumer, rd_kafka_t* producer, const std::string& out)
      : producer_(producer),
        queue_(rd_kafka_queue_get_consumer(consumer)),
        out_(rd_kafka_topic_new(producer, out.c_str(), nullptr)),
        messages_(kBatch) {
    outgoing_.reserve(kBatch);
  }

  /// Returns how many records went from in to out.
  std::size_t step() {
    const ssize_t count = rd_kafka_consume_batch_queue(queue_.get(), 20, messages_.data(), kBatch);
    if (count < 0) weir::bench::check(rd_kafka_last_error(), "consume");
    outgoing_.clear();
    arena_.clear();
    for (ssize_t index = 0; index < count; ++index) add(*messages_[index]);
    set_payloads();
    produce();
    for (ssize_t index = 0; index < count; ++index) rd_kafka_message_destroy(messages_[index]);
    rd_kafka_poll(producer_, 0);
    return outgoing_.size();
  }

 private:
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
  }

  /// The arena may move while it grows, so its addresses are taken at the end.
  void set_payloads() {
    char* at = arena_.data();
    for (rd_kafka_message_t& message : outgoing_) {
      message.payload = at;
      at += message.len;
    }
  }

  void produce() {
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

  rd_kafka_t* producer_;
  Rd<rd_kafka_queue_t> queue_;
  Rd<rd_kafka_topic_t> out_;
  std::vector<rd_kafka_message_t*> messages_;
  std::vector<rd_kafka_message_t> outgoing_;
  std::string arena_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) {
    std::fputs("usage: librdkafka_loop BROKERS IN OUT RECORDS PREFETCH_KIB\n", stderr);
    return 2;
  }
  const std::string brokers = arguments[1];
  const std::size_t records = std::stoull(arguments[4]);
  const Rd<rd_kafka_t> consumer = make_consumer(brokers, arguments[5]);
  const Rd<rd_kafka_t> producer = make_producer(brokers);
  weir::bench::assign_all(consumer.get(), arguments[2], 0);
  std::size_t done = 0;
  {
    Loop loop(consumer.get(), producer.get(), arguments[3]);
    while (done < records) done += loop.step();
    weir::bench::check(rd_kafka_flush(producer.get(), 60'000), "flush");
  }
  weir::bench::check(rd_kafka_consumer_close(consumer.get()), "close");
  std::printf("{\"records\": %zu}\n", done);
}
