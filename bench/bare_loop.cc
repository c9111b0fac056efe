// The least a Kafka-to-Kafka job can cost on our own client: fetch, decode, encode, produce, in one
// thread without the engine. The yardstick that the tweets job is held against.
//
//   bare_loop BROKERS SOURCE OUT RECORDS     takes so many records, then ends
//   bare_loop BROKERS SOURCE OUT 0           goes on, from the end of SOURCE, until it is stopped

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "kafka/producer.h"
#include "net/epoll_loop.h"
#include "tweet_reader.h"

namespace {

using namespace weir;
using bench::die;

constexpr std::size_t kPendingBytes = 10 << 20;

/// Produces what the reader makes of its input to the same partitions.
class BareLoop final : kafka::Producer::Listener {
 public:
  BareLoop(net::Loop& loop, kafka::ClientOptions client, const std::string& source, std::string out,
           std::int64_t records)
      : context_{loop, std::move(client), BufferPool{std::size_t{32} << 20}, Log()},
        out_(std::move(out)),
        records_(records),
        metadata_(context_),
        reader_(context_, metadata_, {.topic = source, .from_start = records > 0},
                [this] { work(); }),
        producer_(context_, metadata_, {}, *this) {
    metadata_.add_topic(out_);
  }

  bool done() const { return records_ > 0 && acknowledged_ >= records_; }

 private:
  // A topic that was just created is not known to all brokers at once: the client goes on by
  // itself.
  void on_trouble(const Error& error) override {
    std::fprintf(stderr, "bare_loop: %s\n", error.message().c_str());
  }
  void on_recovery() override {}

  void work() {
    while (reader_.has_input() && producer_.pending_bytes() < kPendingBytes) {
      reader_.take([this](PartitionId partition, std::int32_t count, Buffer batch) {
        send(partition, count, std::move(batch));
      });
    }
  }

  void send(PartitionId partition, std::int32_t count, Buffer batch) {
    producer_.send({out_, partition}, std::move(batch),
                   [this, count](const Result<Offset>& written) {
                     if (!written.ok()) die(written.error());
                     acknowledged_ += count;
                     work();
                   });
  }

  kafka::ClientContext context_;
  const std::string out_;
  const std::int64_t records_;
  kafka::Metadata metadata_;
  bench::TweetReader reader_;
  kafka::Producer producer_;
  std::int64_t acknowledged_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: bare_loop BROKERS SOURCE OUT RECORDS\n");
    return 2;
  }
  kafka::ClientOptions client;
  auto bootstrap = kafka::parse_bootstrap(argv[1]);
  if (!bootstrap.ok()) die(bootstrap.error());
  client.bootstrap = std::move(*bootstrap);
  auto loop = net::EpollLoop::create();
  if (!loop.ok()) die(loop.error());
  BareLoop bare(**loop, std::move(client), argv[2], argv[3], std::atoll(argv[4]));
  while (!bare.done()) (*loop)->run_once(std::chrono::seconds(1));
  return 0;
}
