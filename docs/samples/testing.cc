#include <weir/testing.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

[[maybe_unused]] void expect(bool) {}

/// The pipeline that the samples test.
[[maybe_unused]] auto count_words(const weir::DStream<std::string>& words) {
  const auto count = [](const std::string& word, std::optional<int> one, weir::State<int>& sum) {
    if (!sum.is_timing_out()) sum.update(sum.get_option().value_or(0) + one.value_or(0));
    return std::pair(word, sum.get());
  };
  return words.map([](std::string word) { return std::pair(std::move(word), 1); })
      .map_with_state(weir::StateSpec(count).timeout(10min));
}

[[maybe_unused]] void sample(const std::string& directory) {
@SAMPLE@
  static_cast<void>(directory);
}

}  // namespace
