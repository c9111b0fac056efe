// weir_topologies [--seed N | --cases N [--from N]] [--directory D]: random pipelines over random
// batches with random restarts, on weir and by a slow reference; says what differs.

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>

#include "base/log.h"
#include "compare.h"

namespace weir::topologies {
namespace {

/// State is made durable batch by batch, which takes long on a disk.
std::string memory_or_disk() {
  const char* memory = "/dev/shm";
  return std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path().string();
}

struct Options {
  std::uint64_t from = 1;
  std::uint64_t cases = 1000;
  std::string directory = concat(memory_or_disk(), "/weir-topologies-", ::getpid());
};

void tell(const Topology& topology, const std::string& directory) {
  std::cout << "seed " << topology.seed << " differs; the smallest that was found:\n";
  const Topology small = shrink(topology, directory);
  std::cout << to_text(small) << compare(small, directory).difference << std::flush;
}

int run(const Options& options) {
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t too_large = 0;
  std::uint64_t restarted = 0;
  std::uint64_t steps = 0;
  for (std::uint64_t i = 0; i < options.cases; ++i) {
    const Topology topology = topology_of(options.from + i);
    const Comparison comparison = compare(topology, options.directory);
    if (comparison.verdict == Verdict::kDifferent) {
      tell(topology, options.directory);
      return 1;
    }
    too_large += comparison.verdict == Verdict::kTooLarge ? 1 : 0;
    restarted += topology.restarts.empty() ? 0 : 1;
    steps += topology.steps.size();
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::cout << options.cases << " topologies from " << options.from << " on: no difference, "
            << steps << " operations, " << restarted << " with restarts, " << too_large
            << " left out as too large, " << static_cast<std::int64_t>(took.count()) << " s\n";
  return 0;
}

int main(int count, char** arguments) {
  Options options;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = arguments[i];
    const std::string value = arguments[i + 1];
    if (name == "--seed")
      options.from = std::strtoull(value.c_str(), nullptr, 10), options.cases = 1;
    else if (name == "--cases")
      options.cases = std::strtoull(value.c_str(), nullptr, 10);
    else if (name == "--from")
      options.from = std::strtoull(value.c_str(), nullptr, 10);
    else if (name == "--directory")
      options.directory = value;
    else
      count = 0;
  }
  if (count % 2 == 0) {
    std::cerr << "usage: weir_topologies [--seed N | --cases N [--from N]] [--directory D]\n";
    return 2;
  }
  return run(options);
}

}  // namespace
}  // namespace weir::topologies

int main(int count, char** arguments) { return weir::topologies::main(count, arguments); }
