// The Kafka source as members of a group that a broker has forgotten: it starts again, the members
// learn of it one after the other, and each joins a new group.

#include <gmock/gmock.h>

#include "base/log.h"
#include "source_town.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

constexpr std::int32_t kPartitions = 4;

/// Another course of events for each seed.
class BrokerRestarts : public testing::TestWithParam<int> {
 protected:
  void write_all(const std::string& value) {
    for (std::int32_t i = 0; i < kPartitions; ++i) town.write("t", i, {value});
  }
  /// Everything is read, and some of it more than once.
  static bool has_all(SourceJob& job, const std::string& last) {
    for (std::int32_t i = 0; i < kPartitions; ++i) {
      const auto& values = job.read[concat("t-", i)];
      if (values.empty() || values.back() != last) return false;
    }
    return true;
  }

  SourceTown town{{{"t", kPartitions}}, static_cast<std::uint64_t>(GetParam())};
};

// While an input looks for where to begin a partition, the new group gives this to another.
TEST_P(BrokerRestarts, NoPartitionIsForgottenByInputsThatHaveJustBegun) {
  write_all("a");
  kafka::StreamOptions options = town.group({"t"}, 2);
  options.assignor = kafka::Assignor::kCooperativeSticky;
  town.inject("OffsetFetch freeze");
  SourceJob& job = town.start(options);
  town.run_until([&] { return job.records() > 0; });
  town.restart_broker(1s);
  town.run_for(60s);
  write_all("b");
  EXPECT_TRUE(town.run_until([&] { return has_all(job, "1:b"); }));
  EXPECT_THAT(job.failures, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Seeds, BrokerRestarts, testing::Range(1, 21));

}  // namespace
}  // namespace weir
