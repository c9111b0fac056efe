#include "job.h"

#include <set>
#include <stdexcept>
#include <utility>

#include "base/log.h"
#include "counts.h"
#include "weir/kafka.h"

namespace weir::sim {

namespace {

std::string process_name(std::int64_t number) { return concat("job-", number); }

StreamingOptions options_of(const JobSetup& setup) {
  StreamingOptions options;
  options.app = "sim";
  options.instance = process_name(setup.number);
  if (setup.exactly_once) options.delivery = Delivery::kExactlyOnce;
  options.transaction_timeout = std::chrono::seconds(10);
  options.batch_interval = std::chrono::milliseconds(setup.interval_ms);
  options.workers = static_cast<int>(setup.workers);
  options.memory_bytes = Job::kMemoryBytes;
  options.start_timeout = std::chrono::minutes(2);
  if (setup.disk != nullptr) options.checkpoint = kCheckpoint;
  return options;
}

/// Throws at the first records of a kind, once at each. Attempts at a task share what has been
/// thrown at.
class Trip {
 public:
  explicit Trip(std::int64_t every) : every_(every) {}
  void over(const std::string& value) {
    if (every_ == 0 || thrown_->size() == kMost || value_of(value).number % every_ != 0) return;
    if (thrown_->insert(value).second) throw std::runtime_error("the first time it fails");
  }

 private:
  static constexpr std::size_t kMost = 3;  // a task is tried four times

  std::int64_t every_;
  std::shared_ptr<std::set<std::string>> thrown_ = std::make_shared<std::set<std::string>>();
};

/// "3=17" for the 17th record of key 3, and "window=4" for each window that had 4 records.
void count(const DStream<std::string>& values, const JobSetup& setup) {
  const auto counts = kafka::topic<std::string>({.brokers = setup.brokers, .topic = kCounts});
  const auto count_one = [](const std::int64_t& key, std::optional<int>,
                            State<std::int64_t>& count) {
    count.update(count.get_option().value_or(0) + 1);
    return concat(key, "=", count.get());
  };
  values.map([](const std::string& value) { return std::pair(key_of(value_of(value)), 1); })
      .map_with_state(StateSpec(count_one))
      .to(counts);
  // A multiple of the interval, where there is one.
  const std::chrono::milliseconds length(setup.interval_ms > 0 ? 3 * setup.interval_ms : 1000);
  values.window(length, length)
      .count()
      .filter([](std::int64_t records) { return records > 0; })
      .map([](std::int64_t records) { return concat("window=", records); })
      .to(counts);
}

void describe(Pipeline& pipeline, const JobSetup& setup) {
  const std::string process = process_name(setup.number);
  const auto copied = pipeline.accumulator(kCopied);
  const auto values =
      kafka::stream<std::string>(
          pipeline,
          {.brokers = setup.brokers,
           .topics = {"in"},
           .group = "g",
           .instance = setup.instances > 0 ? process : "",
           .at_stop = setup.instances == 2 ? kafka::AtStop::kLeave : kafka::AtStop::kDefault,
           .inputs = static_cast<int>(setup.inputs),
           .assignor =
               setup.cooperates ? kafka::Assignor::kCooperativeSticky : kafka::Assignor::kRange,
           .session_timeout = std::chrono::seconds(10),
           .rebalance_timeout = std::chrono::seconds(10)})
          .map([copied, trip = Trip(setup.throws)](std::string value) mutable {
            copied += 1;
            trip.over(value);
            return value;
          });
  values.to(kafka::topic<std::string>({.brokers = setup.brokers, .topic = "out"}));
  if (setup.disk != nullptr) count(values, setup);
}

}  // namespace

std::vector<std::string> Job::loop_names(std::int64_t number, std::int64_t workers) {
  std::vector<std::string> names = {concat(process_name(number), "-driver"),
                                    concat(process_name(number), "-disk")};
  for (std::int64_t i = 0; i < workers; ++i) {
    names.push_back(concat(process_name(number), "-worker-", i));
  }
  return names;
}

Job::Job(net::SimNetwork& network, const JobSetup& setup)
    : network_(network),
      setup_(setup),
      runtime_(network, process_name(setup.number), static_cast<std::size_t>(setup.workers)) {
  describe(pipeline_, setup);
  stream::Driver::Setup driver;
  driver.graph = &pipeline_.graph();
  driver.accumulators = pipeline_.accumulators();
  driver.options = options_of(setup);
  driver.runtime = &runtime_;
  driver.open_directory = [disk = setup.disk](const std::string& path) {
    return state::open_memory_directory(*disk, path);
  };
  driver.log = setup.log;
  driver.listeners = &listeners_;
  driver.started = [this](const Result<void>& outcome) { started_ = outcome.ok(); };
  driver.stopped = [this](Result<void> outcome) { stopped_ = std::move(outcome); };
  driver.on_batch = [](const BatchReport&) {};
  driver_ = std::make_unique<stream::Driver>(std::move(driver));
  runtime_.driver().post([this] { driver_->start(); });
}

// Whatever the process had planned must not happen to what is destroyed here.
Job::~Job() { die(); }

void Job::stop() {
  stopping_ = true;
  runtime_.driver().post([this] { driver_->stop(/*gracefully=*/true); });
}

void Job::die() {
  for (const std::string& loop : loop_names(setup_.number, setup_.workers)) network_.kill(loop);
  driver_.reset();
}

}  // namespace weir::sim
