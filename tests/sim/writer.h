#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>

#include "kafka/metadata.h"
#include "kafka/producer.h"
#include "net/sim_network.h"

namespace weir::sim {

/// A value that a writer wrote: "<writer>.<partition>:<number>", numbers counting up in each
/// partition. A writer's next process has another number: what the last one had sent may arrive
/// after what the next one sends.
struct Value {
  std::int64_t writer = -1;
  std::int32_t partition = -1;
  std::int64_t number = -1;
  auto operator<=>(const Value&) const = default;
};
std::string to_text(const Value& value);
/// A value that is none has number -1.
Value value_of(std::string_view text);

/// A process that writes numbered values to "in" with our producer, a few at a time, until it has
/// written as many as it is to. Owned by the World; on the simulation's thread.
class Writer final : private kafka::Producer::Listener {
 public:
  struct Setup {
    std::int64_t number = 0;
    std::string brokers;
    std::int64_t partitions = 1;
    std::int64_t records = 0;
    std::uint64_t seed = 0;
  };
  /// `acknowledged` is told of each value and the offset it got.
  Writer(net::SimNetwork& network, Setup setup,
         std::function<void(const Value&, Offset)> acknowledged);
  ~Writer() override;

  /// The process dies and another one goes on with the numbers that follow.
  void restart();
  /// Everything is written and acknowledged.
  bool done() const { return written_ == setup_.records && unacknowledged_ == 0; }

 private:
  struct Client;
  std::string loop_name() const { return "writer-" + std::to_string(setup_.number); }
  void begin();
  void write_later();
  void write_some();
  void on_written(const Value& first, std::int64_t count, const Result<Offset>& outcome);
  void on_trouble(const Error&) override {}
  void on_recovery() override {}

  net::SimNetwork& network_;
  const Setup setup_;
  const std::function<void(const Value&, Offset)> acknowledged_;
  std::minstd_rand random_;
  std::int64_t written_ = 0;
  std::int64_t unacknowledged_ = 0;
  std::vector<std::int64_t> next_number_;  // by partition
  int life_ = 0;
  std::unique_ptr<Client> client_;
  net::Timer timer_;
};

}  // namespace weir::sim
