// What the client and the engine do about each error code in the answer to each request they send:
// once, and for twenty seconds. reactions.txt is what this prints; WEIR_WRITE_REACTIONS=1 writes
// it.

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include "base/log.h"
#include "broker/faults.h"
#include "job.h"
#include "wire/error_codes.h"
#include "witness.h"

namespace weir::sim {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr Duration kLongEnoughForHeartbeats = 25s;

// Under a sanitizer, which finds the same behind most codes, each fifth code is enough.
#ifdef WEIR_SIM_IN_PART
constexpr std::size_t kEvery = 5;
#else
constexpr std::size_t kEvery = 1;
#endif

constexpr const char* kRequests[] = {
    "ApiVersions",  "Metadata",    "FindCoordinator", "JoinGroup", "SyncGroup",
    "OffsetFetch",  "ListOffsets", "InitProducerId",  "Fetch",     "Produce",
    "OffsetCommit", "Heartbeat",   "LeaveGroup"};

/// A job over records that were written before anything goes wrong.
class Reaction {
 public:
  Reaction() {
    Writer writer(network_, {.brokers = cluster_.addresses(), .partitions = 2, .records = 20},
                  [](const Value&, Offset) {});
    EXPECT_TRUE(network_.run_until([&] { return writer.done(); }));
    network_.kill("writer-0");
  }

  /// Runs a job from its start to its stop; says what became of it.
  std::string to(std::string_view fault, Duration lasts) {
    auto& faults = cluster_.cluster().faults();
    faults.add(broker::parse_fault(fault).value());
    Job job(network_, {.brokers = cluster_.addresses()});
    const Timer cleared = network_.loop("script").call_after(lasts, [&] { faults.clear(); });
    network_.run_until([&] { return job.stopped() || is_through(job); }, 5min);
    if (!job.stopped()) {
      if (!is_through(job)) return "HANGS: " + job.trouble();
      network_.run_until([&] { return job.stopped().has_value(); }, kLongEnoughForHeartbeats);
    }
    if (!job.stopped()) {
      job.stop();
      network_.run_until([&] { return job.stopped().has_value(); }, 5min);
      if (!job.stopped()) return "DOES NOT STOP";
    }
    return job.stopped()->ok() ? "goes on" : job.stopped()->error().message();
  }
  const std::optional<std::string>& violation() const { return witness_.violation(); }

 private:
  using Timer = net::Timer;
  bool is_through(const Job& job) {
    witness_.look();
    return job.started() && witness_.all_is_through();
  }

  net::SimNetwork network_{1};
  SimCluster cluster_{network_, {.nodes = 2, .partitions = 2}};
  Witness witness_{cluster_, 2};
};

/// The codes by what they lead to.
using ByReaction = std::map<std::string, std::string>;

void add(ByReaction& reactions, const std::string& reaction, std::string_view code) {
  std::string& codes = reactions[reaction];
  codes += concat(codes.empty() ? "" : " ", code);
}

std::string one_word(const std::string& reaction, std::string_view code) {
  if (reaction == "goes on") return reaction;
  EXPECT_THAT(reaction, HasSubstr(std::string(code))) << "the reason does not name the code";
  return reaction.find("HANGS") == 0 || reaction.find("DOES NOT") == 0 ? reaction : "stops";
}

/// The codes that are tried.
std::vector<std::string_view> sample() {
  std::vector<std::string_view> codes;
  std::size_t number = 0;
  for (const std::string_view code : wire::code_names()) {
    // Who says that a batch is there already is believed.
    if (code == "NONE" || code == "DUPLICATE_SEQUENCE_NUMBER") continue;
    if (number++ % kEvery == 0) codes.push_back(code);
  }
  return codes;
}

ByReaction reactions_to(const std::string& request, std::string_view how, Duration lasts) {
  ByReaction reactions;
  for (const std::string_view code : sample()) {
    Reaction reaction;
    const std::string outcome = reaction.to(concat(request, " error ", code, how), lasts);
    EXPECT_FALSE(reaction.violation()) << request << " " << code << ": " << *reaction.violation();
    add(reactions, one_word(outcome, code), code);
  }
  return reactions;
}

std::string to_text(const ByReaction& reactions) {
  std::string text;
  for (const auto& [reaction, codes] : reactions) text += concat("  ", reaction, ": ", codes, "\n");
  return text;
}

class Reactions : public testing::TestWithParam<const char*> {};

/// What a file says of the codes that are tried.
std::string documented(const std::string& path) {
  const std::vector<std::string_view> codes = sample();
  std::ifstream file(path);
  std::string text;
  for (std::string line; std::getline(file, line);) {
    const std::size_t end = line.rfind(": ");
    if (end == std::string::npos) {
      text += line + "\n";
      continue;
    }
    ByReaction reactions;
    std::istringstream words(line.substr(end + 2));
    for (std::string code; words >> code;) {
      const bool is_tried = std::find(codes.begin(), codes.end(), code) != codes.end();
      if (is_tried) add(reactions, line.substr(2, end - 2), code);
    }
    text += to_text(reactions);
  }
  return text;
}

TEST_P(Reactions, AreAsDocumented) {
  const std::string request = GetParam();
  const std::string text =
      concat(request, ", once\n", to_text(reactions_to(request, "", 1h)), request, ", for 20 s\n",
             to_text(reactions_to(request, " times -1", 20s)));
  const std::string path = concat(WEIR_SIM_REACTIONS, "/", request, ".txt");
  if (kEvery == 1 && std::getenv("WEIR_WRITE_REACTIONS") != nullptr) std::ofstream(path) << text;
  EXPECT_EQ(text, documented(path));
}

INSTANTIATE_TEST_SUITE_P(Requests, Reactions, testing::ValuesIn(kRequests),
                         [](const auto& request) { return std::string(request.param); });

}  // namespace
}  // namespace weir::sim
