// Uses weir as a project of its own would: includes what is public, links what is compiled, has
// codecs generated.
#include <weir/result.h>
#include <weir/testing.h>

#include <iostream>
#include <vector>

#include "greeting.avro.h"

int main() {
  weir::Result<int> result = weir::Error(weir::ErrorCode::kNotFound, "no topic 'tweets'");
  std::cout << weir::to_string(result.error().code()) << ": " << result.error().message() << "\n";

  consumer::GreetingView greeting;
  if (!weir::Codec<consumer::GreetingView>::read("\x0ahello", greeting)) return 1;
  std::cout << greeting.text << "\n";

  weir::StreamTest test;
  const auto numbers = test.input<int>();
  const auto doubled = test.output(numbers.map([](int number) { return 2 * number; }));
  numbers.add({21});
  if (!test.run_batch().ok() || doubled.take() != std::vector<int>{42}) return 1;
}
