// Tests the pipeline of alarms.h without Kafka and without waiting: a minute passes when the test
// says so. With a test framework, expect() is what it has for that.
#include "alarms.h"

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "weir/testing.h"

namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

void expect(bool holds, const std::string& what) {
  std::cout << (holds ? "ok: " : "FAILED: ") << what << "\n";
  if (!holds) std::exit(1);
}

void names_what_is_above_the_limit() {
  weir::StreamTest test;
  const auto readings = test.input<std::string>();
  const auto hot = test.output(alarms::too_hot(readings, 30));
  readings.add({"kitchen 31.5", "cellar 12", "kitchen 20"});
  expect(test.run_batch().ok(), "the batch runs");
  expect(hot.take() == Names{"kitchen"}, "the kitchen is too hot");
}

void forgets_after_a_minute() {
  weir::StreamTest test;
  const auto readings = test.input<std::string>();
  const auto hot = test.output(alarms::too_hot(readings, 30));
  readings.add({"kitchen 31.5"});
  expect(test.advance(60s).ok(), "a minute passes");
  expect(hot.batches().size() == 60, "there was a batch each second");
  expect(hot.batches().back() == Names{"kitchen"}, "the kitchen is too hot all the time");
  expect(test.run_batch().ok() && hot.batches().back().empty(), "then it is forgotten");
}

}  // namespace

int main() {
  names_what_is_above_the_limit();
  forgets_after_a_minute();
}
