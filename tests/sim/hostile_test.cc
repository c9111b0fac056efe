// A broker that answers with damaged bytes: the client may give up with a reason, or go on once the
// answers are sound again. It may not crash, hang, or take more memory than it may.

#include <gmock/gmock.h>

#include "base/log.h"
#include "broker/faults.h"
#include "cluster.h"
#include "job.h"
#include "writer.h"

namespace weir::sim {
namespace {

using namespace std::chrono_literals;

class HostileBroker : public testing::TestWithParam<std::uint64_t> {
 protected:
  void garble(std::string_view request, int times) {
    broker::Fault fault = broker::parse_fault(concat(request, " garble")).value();
    fault.times = times;
    cluster_.cluster().faults().add(std::move(fault));
  }
  bool stops(Job& job) {
    if (!job.stopped()) job.stop();
    return network_.run_until([&] { return job.stopped().has_value(); }, 5min);
  }

  net::SimNetwork network_{GetParam()};
  SimCluster cluster_{network_, {.seed = GetParam(), .nodes = 2, .partitions = 2}};
};

TEST_P(HostileBroker, NeitherCrashesNorHangsNorFloodsItsClients) {
  Writer writer(
      network_,
      {.brokers = cluster_.addresses(), .partitions = 2, .records = 60, .seed = GetParam()},
      [](const Value&, Offset) {});
  constexpr const char* kRequests[] = {
      "*",         "Fetch",        "Metadata",        "Produce",
      "JoinGroup", "SyncGroup",    "FindCoordinator", "OffsetFetch",
      "Heartbeat", "OffsetCommit", "ApiVersions",     "ListOffsets"};
  Job job(network_, {.brokers = cluster_.addresses()});
  garble(kRequests[GetParam() % std::size(kRequests)], 1 + static_cast<int>(GetParam() % 40));
  network_.run_until([&] { return job.stopped().has_value(); }, 60s);
  cluster_.cluster().faults().clear();
  network_.run_for(60s);
  EXPECT_LE(job.memory_bytes(), Job::kMemoryBytes);
  EXPECT_TRUE(stops(job));
  if (!job.stopped()->ok()) {
    EXPECT_FALSE(job.stopped()->error().message().empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, HostileBroker, testing::Range(std::uint64_t{1}, std::uint64_t{61}));

}  // namespace
}  // namespace weir::sim
