#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "seen.h"
#include "weir/embedded_broker.h"
#include "weir/producer_pool.h"
#include "weir/streaming_context.h"

namespace weir {

/// A broker, a writer to the topic "in", a job that copies "in" to "out" as a member of a group,
/// and a reader of "out", all in this process. Used from one thread.
class EnduranceTown {
 public:
  /// Fails when anything cannot be started.
  static Result<std::unique_ptr<EnduranceTown>> start();

  /// Ends the broker with all that it holds, and starts another in its place. Returns once the job
  /// copies what is written to all partitions.
  Result<void> restart_broker();
  /// A second job joins the group and gets partitions; then it leaves, and the first has all of
  /// them: two rebalances.
  Result<void> rebalance_twice();

 private:
  struct Job {
    Seen seen;
    std::unique_ptr<StreamingContext> context;  // ends first
  };

  EnduranceTown(std::unique_ptr<broker::EmbeddedBroker> broker, kafka::ProducerPool pool);
  static Result<std::unique_ptr<broker::EmbeddedBroker>> start_broker(std::uint16_t port);
  Result<void> start_copying(Job& job) const;
  Result<void> start_reading();
  /// Writes until the logs are as large as they become.
  Result<void> fill();
  /// Writes records of a new round, again and again, until `seen` has those of so many partitions.
  Result<void> write_until(Seen& seen, std::size_t partitions, const std::string& what);
  /// What was lost with a broker is written again, so a failure may be ignored.
  Result<void> write(const std::function<std::string(int partition)>& value) const;

  std::unique_ptr<broker::EmbeddedBroker> broker_;
  std::string address_;
  std::uint16_t port_;
  kafka::ProducerPool pool_;
  int round_ = 0;
  Job resident_;
  Job reader_;
};

}  // namespace weir
