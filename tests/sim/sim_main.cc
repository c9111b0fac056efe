// Runs simulated worlds: many seeds, or one script again.
//
//   weir_sim --seeds N [--from S] [--until-violation]   seeds S to S + N - 1
//   weir_sim --seed S                                   one of them, its script, what its jobs log
//   weir_sim --script FILE                              a script, as a failing seed prints it
//
// Exit status 0: no promise was broken; 1: one was; 2: the command line is wrong.

#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "base/log.h"
#include "number.h"
#include "world.h"

namespace {

using namespace weir::sim;

struct Options {
  std::uint64_t seeds = 0;
  std::uint64_t from = 1;
  std::optional<std::uint64_t> seed;
  std::string script;
};

std::optional<Options> parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    const std::string_view value = i + 1 < argc ? argv[i + 1] : "";
    if (name == "--script" && !value.empty()) {
      options.script = value;
    } else if (name == "--seeds"  ? !read_number(value, options.seeds)
               : name == "--from" ? !read_number(value, options.from)
               : name == "--seed" ? !read_number(value, options.seed.emplace())
                                  : true) {
      return std::nullopt;
    }
  }
  if (options.seeds == 0 && !options.seed && options.script.empty()) return std::nullopt;
  return options;
}

void tell_violation(const Script& script, const Outcome& outcome) {
  std::printf("seed %llu breaks a promise: %s\n", static_cast<unsigned long long>(script.seed),
              outcome.violation->c_str());
  std::fflush(stdout);  // Should the shrinking not end.
  const Script small = shrink(script);
  std::printf("the shortest script that breaks one (%s):\n%s",
              run(small).violation.value_or("none when run again").c_str(), to_text(small).c_str());
}

int run_one(const Script& script) {
  const Outcome outcome = run(script, kMostEvents, [](weir::LogLevel, std::string_view line) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  });
  std::printf(
      "%s%llu events, %lld ms of virtual time, %lld records repeated, %lld lost unacknowledged, "
      "%lld restarts, digest %016llx\n",
      to_text(script).c_str(), static_cast<unsigned long long>(outcome.events),
      static_cast<long long>(outcome.ended_ms), static_cast<long long>(outcome.repeated),
      static_cast<long long>(outcome.lost), static_cast<long long>(outcome.restarts),
      static_cast<unsigned long long>(outcome.digest));
  if (!outcome.violation) return 0;
  tell_violation(script, outcome);
  return 1;
}

int run_file(const std::string& path) {
  std::ifstream file(path);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  if (!file) {
    std::fprintf(stderr, "weir_sim: cannot read %s\n", path.c_str());
    return 2;
  }
  const auto script = parse_script(text);
  if (!script.ok()) {
    std::fprintf(stderr, "weir_sim: %s: %s\n", path.c_str(), script.error().message().c_str());
    return 2;
  }
  return run_one(*script);
}

int run_many(const Options& options) {
  const std::clock_t begin = std::clock();
  Outcome all;
  for (std::uint64_t i = 0; i < options.seeds; ++i) {
    const Script script = script_of(options.from + i);
    const Outcome outcome = run(script);
    all.events += outcome.events;
    all.repeated += outcome.repeated;
    all.lost += outcome.lost;
    all.restarts += outcome.restarts;
    if (outcome.violation) {
      tell_violation(script, outcome);
      std::printf("%llu seeds passed before it\n", static_cast<unsigned long long>(i));
      return 1;
    }
  }
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  std::printf(
      "%llu seeds from %llu on: no promise broken, %llu events, %lld records repeated, "
      "%lld lost unacknowledged, %lld restarts, %.0f seeds/s of a core's time\n",
      static_cast<unsigned long long>(options.seeds), static_cast<unsigned long long>(options.from),
      static_cast<unsigned long long>(all.events), static_cast<long long>(all.repeated),
      static_cast<long long>(all.lost), static_cast<long long>(all.restarts),
      static_cast<double>(options.seeds) / seconds);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = parse(argc, argv);
  if (!options) {
    std::fprintf(stderr, "usage: weir_sim --seeds N [--from S] | --seed S | --script FILE\n");
    return 2;
  }
  if (!options->script.empty()) return run_file(options->script);
  if (options->seed) return run_one(script_of(*options->seed));
  return run_many(*options);
}
