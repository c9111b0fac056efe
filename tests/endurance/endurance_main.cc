// Restarts a broker under running jobs, or lets a member come and go, again and again, and fails
// when the process holds more in the last ten times than in the first ten.
//
//   weir_endurance restarts 1000
//   weir_endurance rebalances 1000

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "footprint.h"
#include "town.h"

namespace weir {
namespace {

// What is compared is the most that the process held within ten: it connects when it has to ask
// something, so two moments differ by a connection or two.
constexpr int kWindow = 10;

/// Does it `count` times; returns what went wrong, or grew.
std::string endure(EnduranceTown& town, bool restarts, int count) {
  const int step = restarts ? 1 : 2;
  Footprint first, window;
  for (int done = step; done <= count; done += step) {
    const auto outcome = restarts ? town.restart_broker() : town.rebalance_twice();
    if (!outcome.ok()) return outcome.error().message();
    window.raise_to(Footprint::now());
    if (done % kWindow != 0) continue;
    if (done == kWindow) first = window;
    if (done == kWindow || done % 100 == 0 || done == count) {
      std::printf("%5d: %s\n", done, window.text().c_str());
      std::fflush(stdout);
    }
    if (done == count) return growth(first, window);
    window = {};
  }
  return "";
}

int run(bool restarts, int count) {
  auto town = EnduranceTown::start();
  if (!town.ok()) {
    std::fprintf(stderr, "weir_endurance: %s\n", town.error().message().c_str());
    return 1;
  }
  const auto begin = std::chrono::steady_clock::now();
  const std::string problem = endure(**town, restarts, count);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  std::printf("%d %s in %.1f s\n%s", count, restarts ? "restarts" : "rebalances", seconds.count(),
              problem.empty() ? "ok\n" : ("FAIL: " + problem + "\n").c_str());
  return problem.empty() ? 0 : 1;
}

}  // namespace
}  // namespace weir

int main(int argc, char** argv) {
  const std::string_view what = argc == 3 ? argv[1] : "";
  const int count = argc == 3 ? std::atoi(argv[2]) : 0;
  if ((what != "restarts" && what != "rebalances") || count < 20 || count % 10 != 0) {
    std::fputs("usage: weir_endurance restarts|rebalances COUNT, a multiple of 10 from 20 on\n",
               stderr);
    return 2;
  }
  return weir::run(what == "restarts", count);
}
