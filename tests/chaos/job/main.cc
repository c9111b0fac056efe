// The job that is tormented: copies numbered records from topics to one, into the partition of the
// same number, naming each one's batch, and marks each batch in another topic.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "numbered.h"
#include "stamps.h"
#include "weir/dstream.h"
#include "weir/kafka.h"
#include "weir/streaming_context.h"

namespace chaos {
namespace {

struct Options {
  std::string brokers;
  std::vector<std::string> in = {"in-a", "in-b"};
  std::string out = "out";
  std::string marks = "marks";
  std::string dead_letters = "dead";
  std::string group = "chaos";
  std::string instance;
  std::int64_t interval_ms = 0;
  std::int64_t session_timeout_ms = 10'000;
  std::int64_t transaction_timeout_ms = 60'000;
  weir::Delivery delivery = weir::Delivery::kAtLeastOnce;
  int workers = 1;
  std::int32_t mark_partitions = 3;
};

const std::map<std::string, weir::Delivery> kDeliveries = {
    {"at_least_once", weir::Delivery::kAtLeastOnce},
    {"exactly_once", weir::Delivery::kExactlyOnce}};

void add_options(CLI::App& app, Options& options) {
  app.add_option("--brokers", options.brokers, "Kafka brokers, host:port[,host:port]")->required();
  app.add_option("--in", options.in, "Topics with numbered records")->delimiter(',');
  app.add_option("--out", options.out, "Topic for their copies");
  app.add_option("--marks", options.marks, "Topic for each batch's marks");
  app.add_option("--mark-partitions", options.mark_partitions, "How many marks a batch has");
  app.add_option("--dead-letters", options.dead_letters, "Topic for what is no numbered record");
  app.add_option("--group", options.group, "Consumer group");
  app.add_option("--instance", options.instance, "Name of this process among all")->required();
  app.add_option("--interval-ms", options.interval_ms, "Time between batches; 0: asap");
  app.add_option("--session-timeout-ms", options.session_timeout_ms,
                 "After which the group gives a dead member's partitions away");
  app.add_option("--transaction-timeout-ms", options.transaction_timeout_ms,
                 "With exactly_once: after which Kafka gives a batch up");
  app.add_option("--delivery", options.delivery, "at_least_once or exactly_once")
      ->transform(CLI::CheckedTransformer(kDeliveries));
  app.add_option("--workers", options.workers, "Worker threads");
}

weir::DStream<Numbered> read(weir::StreamingContext& ctx, const Options& options) {
  const auto records = ctx.accumulator("records");
  const auto sum = ctx.accumulator("sum");
  return weir::kafka::stream<Numbered>(
             ctx, {.brokers = options.brokers,
                   .topics = options.in,
                   .group = options.group,
                   .instance = options.instance,
                   .at_stop = weir::kafka::AtStop::kLeave,
                   .shares_keys = true,  // a batch's marks are of its own records
                   .bad_records = weir::BadRecords::dead_letter(options.dead_letters),
                   .session_timeout = std::chrono::milliseconds(options.session_timeout_ms)})
      .map([=](Numbered&& record) {
        records += 1;
        sum += record.number;
        return std::move(record);
      });
}

int run(const Options& options) {
  weir::StreamingContext ctx(
      {.app = "chaos",
       .batch_interval = std::chrono::milliseconds(options.interval_ms),
       .workers = options.workers,
       .delivery = options.delivery,
       .instance = options.instance,
       .transaction_timeout = std::chrono::milliseconds(options.transaction_timeout_ms),
       .start_timeout = std::chrono::minutes(5)});  // a broker may be starting, on a busy machine
  const std::string process = options.instance + "." + std::to_string(getpid());
  const auto records = read(ctx, options);
  with_batch(records, process)
      .to(weir::kafka::topic<std::string>({.brokers = options.brokers, .topic = options.out}));
  marks_of(records, process, options.mark_partitions)
      .to(weir::kafka::topic<std::string>({.brokers = options.brokers, .topic = options.marks}));
  const int status = ctx.run();
  const weir::StreamStatus at_end = ctx.status();
  std::printf("batches: %lld\nrecords in: %lld\nrecords out: %lld\n",
              static_cast<long long>(at_end.batches), static_cast<long long>(at_end.records_in),
              static_cast<long long>(at_end.records_out));
  return status;
}

}  // namespace
}  // namespace chaos

int main(int argc, char** argv) {
  CLI::App app("Copies numbered records, so that a reader can tell whether each was copied once");
  chaos::Options options;
  chaos::add_options(app, options);
  CLI11_PARSE(app, argc, argv);
  return chaos::run(options);
}
