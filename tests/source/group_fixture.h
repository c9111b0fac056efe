#pragma once

#include <gmock/gmock.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "source_town.h"

namespace weir {

/// A topic "t" with records in each of its partitions, and processes that read it as a group.
struct GroupFixture : testing::Test {
  static constexpr std::int32_t kPartitions = 4;

  void write_all(const std::string& value) {
    for (std::int32_t i = 0; i < kPartitions; ++i) town.write("t", i, {value});
    written += kPartitions;
  }
  kafka::StreamOptions options(std::vector<std::string> topics = {"t"}, int inputs = 1) const {
    kafka::StreamOptions options = town.group(std::move(topics), inputs);
    options.assignor = assignor;
    return options;
  }
  SourceJob& start(const std::string& name, int inputs = 1) {
    return town.start(options({"t"}, inputs), {.name = name});
  }
  /// How many different records these processes have read.
  static std::size_t distinct(const std::vector<SourceJob*>& jobs) {
    std::set<std::string> all;
    for (const SourceJob* job : jobs) {
      for (const auto& [partition, values] : job->read) {
        for (const auto& value : values) all.insert(partition + " " + value);
      }
    }
    return all.size();
  }
  void close(SourceJob& job) {
    job.close();
    ASSERT_TRUE(town.run_until([&] { return job.closed; }));
  }
  bool run_until_read(const std::vector<SourceJob*>& jobs,
                      Duration limit = std::chrono::minutes(2)) {
    return town.run_until([&] { return distinct(jobs) == written; }, limit);
  }

  kafka::Assignor assignor = kafka::Assignor::kRange;
  SourceTown town{{{"t", kPartitions}, {"u", 1}}};
  std::size_t written = 0;
};

}  // namespace weir
