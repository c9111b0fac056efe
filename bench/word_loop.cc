// The least a word count can cost: one thread that reads all tweets with librdkafka, a hash map,
// and each word's count once, at the end. Without commits, state on disk, or a way to go on.
//
//   word_loop BROKERS IN OUT RECORDS
#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rdkafka_handles.h"
#include "tweet.avro.h"

namespace {

using com::miguno::avro::TweetView;
using weir::bench::check;
using weir::bench::Rd;

constexpr std::size_t kBatch = 2000;

struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view word) const {
    return std::hash<std::string_view>()(word);
  }
};
using Counts = std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>>;

void count_words(std::string_view text, Counts& counts) {
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (word.empty()) continue;
    const auto at = counts.find(word);
    at == counts.end() ? ++counts[std::string(word)] : ++at->second;
  }
}

Counts count(const std::string& brokers, const std::string& topic, std::int64_t records) {
  const Rd<rd_kafka_t> consumer = weir::bench::make_consumer(brokers, "word-loop", "65536");
  weir::bench::assign_all(consumer.get(), topic, 0);
  const Rd<rd_kafka_queue_t> queue(rd_kafka_queue_get_consumer(consumer.get()));
  std::vector<rd_kafka_message_t*> messages(kBatch);
  Counts counts;
  TweetView tweet;
  while (records > 0) {
    const ssize_t taken =
        rd_kafka_consume_batch_queue(queue.get(), 20, messages.data(), messages.size());
    if (taken < 0) check(rd_kafka_last_error(), "consume");
    for (ssize_t index = 0; index < taken; ++index) {
      const Rd<rd_kafka_message_t> message(messages[static_cast<std::size_t>(index)]);
      check(message->err, "consume");
      const std::string_view payload(static_cast<const char*>(message->payload), message->len);
      if (!weir::Codec<TweetView>::read(payload, tweet)) {
        weir::bench::fail("decode", "the input holds something that is no tweet");
      }
      count_words(tweet.text, counts);
    }
    records -= taken;
  }
  return counts;
}

void write(const std::string& brokers, const std::string& topic, const Counts& counts) {
  const Rd<rd_kafka_t> producer =
      weir::bench::make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers},
                                                   {"enable.idempotence", "true"},
                                                   {"linger.ms", "20"},
                                                   {"partitioner", "murmur2_random"},
                                                   {"queue.buffering.max.messages", "500000"}});
  const Rd<rd_kafka_topic_t> out(rd_kafka_topic_new(producer.get(), topic.c_str(), nullptr));
  for (const auto& [word, sum] : counts) {
    char bytes[sizeof sum];
    weir::Codec<std::int64_t>::write(sum, bytes);
    if (rd_kafka_produce(out.get(), RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, bytes, sizeof bytes,
                         word.data(), word.size(), nullptr) != 0) {
      check(rd_kafka_last_error(), "produce");
    }
  }
  check(rd_kafka_flush(producer.get(), 60'000), "flush");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: word_loop BROKERS IN OUT RECORDS\n", stderr);
    return 2;
  }
  write(argv[1], argv[3], count(argv[1], argv[2], std::stoll(argv[4])));
  return 0;
}
