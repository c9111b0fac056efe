// What the runner needs done to topics, on librdkafka so that it works on any broker.
//
//   topic_tool create BROKERS TOPIC PARTITIONS
//   topic_tool delete BROKERS TOPIC
//   topic_tool fill BROKERS TOPIC RECORDS      tweets of about 165 bytes, the same ones every time
//   topic_tool words BROKERS TOPIC RECORDS     tweets of 20 words, of 100,000 that are as frequent
//                                              as in text (1/rank), the same ones every time
//   topic_tool count BROKERS TOPIC             prints the sum of the partitions' end offsets
//   topic_tool digest BROKERS TOPIC            prints count and a hash of the multiset of payloads
//   topic_tool last BROKERS TOPIC              the same of each key with its last payload
//   topic_tool first BROKERS TOPIC             prints "ready" at the end of the log, then the time
//                                              (CLOCK_MONOTONIC, ns) when the next record arrives
#include <algorithm>
#include <ctime>
#include <random>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rdkafka_handles.h"
#include "tweet.avro.h"

namespace {

using com::miguno::avro::TweetView;
using TweetCodec = weir::Codec<TweetView>;
using weir::bench::check;
using weir::bench::fail;
using weir::bench::Rd;

constexpr std::size_t kTexts = 5000;
constexpr std::int64_t kFirstTimestamp = 1'400'000'000;

Rd<rd_kafka_t> make_consumer(const std::string& brokers) {
  return weir::bench::make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", brokers},
                                                      {"group.id", "topic-tool"},
                                                      {"enable.auto.commit", "false"},
                                                      {"enable.partition.eof", "true"},
                                                      {"fetch.wait.max.ms", "500"},
                                                      {"fetch.error.backoff.ms", "0"}});
}

Rd<rd_kafka_t> make_producer(const std::string& brokers) {
  return weir::bench::make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers},
                                                      {"enable.idempotence", "true"},
                                                      {"linger.ms", "20"},
                                                      {"batch.size", "500000"},
                                                      {"batch.num.messages", "100000"},
                                                      {"queue.buffering.max.messages", "500000"}});
}

/// Waits for the answer to an administrative request and fails on any error in it.
void finish_admin(rd_kafka_queue_t* queue, const std::string& what) {
  const Rd<rd_kafka_event_t> event(rd_kafka_queue_poll(queue, 30'000));
  if (!event) fail(what, "no answer within 30 s");
  check(rd_kafka_event_error(event.get()), what);
  std::size_t count = 0;
  const rd_kafka_topic_result_t** results = nullptr;
  if (const auto* created = rd_kafka_event_CreateTopics_result(event.get())) {
    results = rd_kafka_CreateTopics_result_topics(created, &count);
  } else if (const auto* deleted = rd_kafka_event_DeleteTopics_result(event.get())) {
    results = rd_kafka_DeleteTopics_result_topics(deleted, &count);
  }
  for (std::size_t index = 0; index < count; ++index) {
    check(rd_kafka_topic_result_error(results[index]), what);
  }
}

/// A broker acknowledges a new topic before it can tell others about its partitions.
bool is_known(rd_kafka_t* client, const std::string& name, int partitions) {
  const Rd<rd_kafka_topic_t> topic(rd_kafka_topic_new(client, name.c_str(), nullptr));
  const rd_kafka_metadata_t* metadata = nullptr;
  check(rd_kafka_metadata(client, 0, topic.get(), &metadata, 10'000), "metadata of " + name);
  const Rd<const rd_kafka_metadata_t> owner(metadata);
  if (metadata->topics[0].partition_cnt != partitions) return false;
  for (int partition = 0; partition < partitions; ++partition) {
    if (metadata->topics[0].partitions[partition].leader < 0) return false;
  }
  return true;
}

void create_topic(const std::string& brokers, const std::string& name, int partitions) {
  const Rd<rd_kafka_t> client = make_producer(brokers);
  const Rd<rd_kafka_queue_t> queue(rd_kafka_queue_new(client.get()));
  char reason[256];
  const Rd<rd_kafka_NewTopic_t> topic(
      rd_kafka_NewTopic_new(name.c_str(), partitions, 1, reason, sizeof reason));
  if (!topic) fail("create " + name, reason);
  rd_kafka_NewTopic_t* topics[] = {topic.get()};
  rd_kafka_CreateTopics(client.get(), topics, 1, nullptr, queue.get());
  finish_admin(queue.get(), "create " + name);
  while (!is_known(client.get(), name, partitions)) rd_kafka_poll(client.get(), 10);
}

void delete_topic(const std::string& brokers, const std::string& name) {
  const Rd<rd_kafka_t> client = make_producer(brokers);
  const Rd<rd_kafka_queue_t> queue(rd_kafka_queue_new(client.get()));
  const Rd<rd_kafka_DeleteTopic_t> topic(rd_kafka_DeleteTopic_new(name.c_str()));
  rd_kafka_DeleteTopic_t* topics[] = {topic.get()};
  rd_kafka_DeleteTopics(client.get(), topics, 1, nullptr, queue.get());
  finish_admin(queue.get(), "delete " + name);
}

/// Texts of 70 to 230 characters, the frequent letters more frequent: 165 bytes a record on
/// average.
std::vector<std::string> make_texts() {
  static constexpr std::string_view kLetters = "eeeetttaaaooiinnsshhrrddlu      cmwfgypbvk#@.,!?";
  std::mt19937 random(1);
  std::vector<std::string> texts(kTexts);
  for (std::string& text : texts) {
    text.resize(70 + random() % 161);
    for (char& letter : text) letter = kLetters[random() % kLetters.size()];
  }
  return texts;
}

/// Words with Zipf's distribution.
class Words {
 public:
  Words() {
    for (int rank = 1; rank <= kWords; ++rank) sums_.push_back(sum_ += 1.0 / rank);
  }
  void append_to(std::string& text) {
    const auto at = std::lower_bound(sums_.begin(), sums_.end(), anywhere_(random_) * sum_);
    text += "word" + std::to_string(at - sums_.begin());
  }

 private:
  static constexpr int kWords = 100'000;
  std::vector<double> sums_;
  double sum_ = 0;
  std::mt19937_64 random_{1};
  std::uniform_real_distribution<double> anywhere_;
};

/// `text(index)` is that of each tweet.
template <class Text>
void fill_topic(const std::string& brokers, const std::string& name, std::size_t records,
                Text text) {
  const Rd<rd_kafka_t> producer = make_producer(brokers);
  const int partitions = weir::bench::partition_count(producer.get(), name);
  const Rd<rd_kafka_topic_t> topic(rd_kafka_topic_new(producer.get(), name.c_str(), nullptr));
  std::string payload;
  for (std::size_t index = 0; index < records; ++index) {
    const std::string user = "user" + std::to_string(1000 + index * 7919 % 8999);
    const TweetView tweet{user, text(index), kFirstTimestamp + static_cast<std::int64_t>(index)};
    payload.resize(TweetCodec::size(tweet));
    TweetCodec::write(tweet, payload.data());
    const int partition = static_cast<int>(index) % partitions;
    while (rd_kafka_produce(topic.get(), partition, RD_KAFKA_MSG_F_COPY, payload.data(),
                            payload.size(), nullptr, 0, nullptr) != 0) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        check(rd_kafka_last_error(), "produce");
      }
      rd_kafka_poll(producer.get(), 10);
    }
  }
  check(rd_kafka_flush(producer.get(), 120'000), "flush");
}

void fill_with_letters(const std::string& brokers, const std::string& name, std::size_t records) {
  const std::vector<std::string> texts = make_texts();
  fill_topic(brokers, name, records,
             [&](std::size_t index) { return std::string_view(texts[index % kTexts]); });
}

void fill_with_words(const std::string& brokers, const std::string& name, std::size_t records) {
  Words words;
  std::string text;
  fill_topic(brokers, name, records, [&](std::size_t) {
    text.clear();
    for (int word = 0; word < 20; ++word) {
      if (word > 0) text += ' ';
      words.append_to(text);
    }
    return std::string_view(text);
  });
}

void print_count(const std::string& brokers, const std::string& name) {
  const Rd<rd_kafka_t> consumer = make_consumer(brokers);
  const int partitions = weir::bench::partition_count(consumer.get(), name);
  std::int64_t sum = 0;
  for (int partition = 0; partition < partitions; ++partition) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    check(rd_kafka_query_watermark_offsets(consumer.get(), name.c_str(), partition, &low, &high,
                                           10'000),
          "end of " + name);
    sum += high;
  }
  std::printf("%lld\n", static_cast<long long>(sum));
}

/// Returns the next message or end-of-partition of an assigned consumer.
Rd<rd_kafka_message_t> next(rd_kafka_t* consumer) {
  while (true) {
    Rd<rd_kafka_message_t> message(rd_kafka_consumer_poll(consumer, 1000));
    if (!message) continue;
    if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) check(message->err, "consume");
    return message;
  }
}

/// FNV-1a: slow and plain, and known to all.
std::uint64_t hash(std::string_view bytes) {
  std::uint64_t value = 14695981039346656037ULL;
  for (const char byte : bytes)
    value = (value ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
  return value;
}

/// Calls `f` with each message of a topic that is committed.
template <class F>
void for_each_message(const std::string& brokers, const std::string& name, F f) {
  const Rd<rd_kafka_t> consumer = make_consumer(brokers);
  int open = weir::bench::assign_all(consumer.get(), name, 0);
  while (open > 0) {
    const Rd<rd_kafka_message_t> message = next(consumer.get());
    message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF ? static_cast<void>(--open) : f(*message);
  }
}

void print_digest(std::size_t records, std::uint64_t sum) {
  std::printf("%zu %016llx\n", records, static_cast<unsigned long long>(sum));
}

void print_digest(const std::string& brokers, const std::string& name) {
  std::uint64_t sum = 0;
  std::size_t records = 0;
  for_each_message(brokers, name, [&](const rd_kafka_message_t& message) {
    sum += hash({static_cast<const char*>(message.payload), message.len});
    ++records;
  });
  print_digest(records, sum);
}

void print_last(const std::string& brokers, const std::string& name) {
  std::unordered_map<std::string, std::uint64_t> last;
  for_each_message(brokers, name, [&](const rd_kafka_message_t& message) {
    const std::string key(static_cast<const char*>(message.key), message.key_len);
    last[key] = hash(key + std::string(static_cast<const char*>(message.payload), message.len));
  });
  std::uint64_t sum = 0;
  for (const auto& [key, hash_of_both] : last) sum += hash_of_both;
  print_digest(last.size(), sum);
}

void print_first(const std::string& brokers, const std::string& name) {
  const Rd<rd_kafka_t> consumer = make_consumer(brokers);
  int open = weir::bench::assign_all(consumer.get(), name, RD_KAFKA_OFFSET_END);
  while (next(consumer.get())->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    if (--open == 0) std::puts("ready");
    std::fflush(stdout);
  }
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  std::printf("%lld\n", now.tv_sec * 1'000'000'000LL + now.tv_nsec);
}

int run(const std::vector<std::string>& words) {
  const std::string& verb = words[0];
  if (verb == "create" && words.size() == 4) {
    create_topic(words[1], words[2], std::stoi(words[3]));
  } else if (verb == "fill" && words.size() == 4) {
    fill_with_letters(words[1], words[2], std::stoull(words[3]));
  } else if (verb == "words" && words.size() == 4) {
    fill_with_words(words[1], words[2], std::stoull(words[3]));
  } else if (verb == "delete" && words.size() == 3) {
    delete_topic(words[1], words[2]);
  } else if (verb == "count" && words.size() == 3) {
    print_count(words[1], words[2]);
  } else if (verb == "digest" && words.size() == 3) {
    print_digest(words[1], words[2]);
  } else if (verb == "last" && words.size() == 3) {
    print_last(words[1], words[2]);
  } else if (verb == "first" && words.size() == 3) {
    print_first(words[1], words[2]);
  } else {
    std::fputs(
        "usage: topic_tool create|delete|fill|words|count|digest|last|first BROKERS TOPIC [N]\n",
        stderr);
    return 2;
  }
  return 0;
}

}  // namespace

int main(int argument_count, char** arguments) {
  std::vector<std::string> words(arguments + 1, arguments + argument_count);
  if (words.empty()) words.emplace_back();
  return run(words);
}
