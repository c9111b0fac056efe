#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

/// Owners for librdkafka's C handles, and the few calls that every program of this folder makes. A
/// failure ends the program with a sentence: these are benchmark programs, not a library.
namespace weir::bench {

struct RdDelete {
  void operator()(rd_kafka_t* handle) const { rd_kafka_destroy(handle); }
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
  void operator()(rd_kafka_DeleteTopic_t* topic) const { rd_kafka_DeleteTopic_destroy(topic); }
  void operator()(rd_kafka_consumer_group_metadata_t* group) const {
    rd_kafka_consumer_group_metadata_destroy(group);
  }
  void operator()(const rd_kafka_metadata_t* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};

template <class T>
using Rd = std::unique_ptr<T, RdDelete>;

[[noreturn]] inline void fail(const std::string& what, const std::string& why) {
  std::fprintf(stderr, "%s: %s\n", what.c_str(), why.c_str());
  std::exit(1);
}

inline void check(rd_kafka_resp_err_t error, const std::string& what) {
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail(what, rd_kafka_err2str(error));
}

using Settings = std::initializer_list<std::pair<const char*, std::string>>;

/// Makes a client; the settings are librdkafka's own names.
inline Rd<rd_kafka_t> make_client(rd_kafka_type_t type, Settings settings) {
  char reason[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : settings) {
    if (value.empty()) continue;  // librdkafka takes what is empty for a wish
    if (rd_kafka_conf_set(conf, name, value.c_str(), reason, sizeof reason) != RD_KAFKA_CONF_OK) {
      fail(name, reason);
    }
  }
  rd_kafka_t* handle = rd_kafka_new(type, conf, reason, sizeof reason);
  if (handle == nullptr) fail("librdkafka", reason);
  return Rd<rd_kafka_t>(handle);
}

/// Makes a consumer that reads ahead up to so many KiB and never waits long.
inline Rd<rd_kafka_t> make_consumer(const std::string& brokers, const std::string& group,
                                    const std::string& prefetch_kib) {
  return make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", brokers},
                                         {"group.id", group},
                                         {"enable.auto.commit", "false"},
                                         {"check.crcs", "true"},
                                         {"queued.min.messages", "10000000"},
                                         {"queued.max.messages.kbytes", prefetch_kib},
                                         {"fetch.message.max.bytes", "4194304"},
                                         {"fetch.wait.max.ms", "10"},
                                         {"fetch.error.backoff.ms", "0"}});
}

/// Returns the number of partitions of a topic that must exist.
inline int partition_count(rd_kafka_t* client, const std::string& name) {
  const Rd<rd_kafka_topic_t> topic(rd_kafka_topic_new(client, name.c_str(), nullptr));
  const rd_kafka_metadata_t* metadata = nullptr;
  check(rd_kafka_metadata(client, 0, topic.get(), &metadata, 10'000), "metadata of " + name);
  const Rd<const rd_kafka_metadata_t> owner(metadata);
  check(metadata->topics[0].err, "topic " + name);
  return metadata->topics[0].partition_cnt;
}

/// Assigns all partitions of a topic to a consumer, from `offset` on.
inline int assign_all(rd_kafka_t* consumer, const std::string& name, std::int64_t offset) {
  const int count = partition_count(consumer, name);
  const Rd<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(count));
  for (int partition = 0; partition < count; ++partition) {
    rd_kafka_topic_partition_list_add(list.get(), name.c_str(), partition)->offset = offset;
  }
  check(rd_kafka_assign(consumer, list.get()), "assign " + name);
  return count;
}

}  // namespace weir::bench
