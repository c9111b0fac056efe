// What weir's operators cost beside loops written by hand over the same records, in one process, in
// turn, without Kafka: CPU seconds, and their ratio.
//
//   operators [--rounds 5] [--records 1000000] [--keys 10000000] [--only chain|reduce|window|state]

#include <malloc.h>
#include <weir/dstream.h>
#include <weir/keyed_state.h>
#include <weir/pair_operations.h>
#include <weir/queue_stream.h>
#include <weir/testing.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

struct Sizes {
  int rounds = 5;
  std::size_t records = 1'000'000;
  std::size_t keys = 10'000'000;
  std::string only;  // all, where it is empty

  bool has(std::string_view what) const { return only.empty() || only == what; }
};

/// Of all threads of this process.
double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

template <class F>
double measure(F&& work) {
  const double begun = cpu_seconds();
  work();
  return cpu_seconds() - begun;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void check(const weir::Result<void>& result) {
  if (!result.ok()) throw std::runtime_error(result.error().message());
}

void check_equal(std::int64_t ours, std::int64_t loops) {
  if (ours == loops) return;
  throw std::runtime_error("the stream and the loop have different results: " +
                           std::to_string(ours) + " and " + std::to_string(loops));
}

/// A batch holds all that is given, whatever that is.
weir::StreamingOptions options() {
  weir::StreamingOptions options{.app = "operators", .batch_interval = 1s};
  options.workers = 1;
  options.memory_bytes = std::size_t{16} << 30;
  options.state_bytes = std::size_t{16} << 30;
  options.back_pressure.estimator = weir::BackPressure::Estimator::kNone;
  return options;
}

/// Words whose frequencies fall as 1/rank, of 100,000: as in text.
Words zipf_words(std::size_t count) {
  std::vector<double> sums;
  double sum = 0;
  for (int rank = 1; rank <= 100'000; ++rank) sums.push_back(sum += 1.0 / rank);
  std::mt19937_64 chance(1);
  std::uniform_real_distribution<double> anywhere(0, sum);
  Words words;
  for (std::size_t i = 0; i < count; ++i) {
    const auto rank = std::lower_bound(sums.begin(), sums.end(), anywhere(chance)) - sums.begin();
    words.push_back("word-" + std::to_string(rank));
  }
  return words;
}

/// Words that are all as frequent, of so many different ones.
Words uniform_words(std::size_t count, int different) {
  std::mt19937_64 chance(2);
  std::uniform_int_distribution<int> any(1, different);
  Words words;
  for (std::size_t i = 0; i < count; ++i) words.push_back("word-" + std::to_string(any(chance)));
  return words;
}

/// Lines of about 100 bytes.
Words lines(std::size_t count) {
  const Words words = zipf_words(count * 10);
  Words lines;
  for (std::size_t i = 0; i < count; ++i) {
    std::string line;
    for (std::size_t word = 0; word < 10; ++word) line += words[i * 10 + word] + ' ';
    lines.push_back(std::move(line));
  }
  return lines;
}

// The functions of the chain, for both.
std::string without_last_word(std::string line) {
  line.resize(line.rfind(' ', line.size() - 2) + 1);
  return line;
}
bool is_long(const std::string& line) { return line.size() > 85; }
std::string in_capitals(std::string line) {
  for (char& c : line) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return line;
}

/// What a loop reads: its own, to be let go of, as a stream does with a queue's records when it has
/// committed them.
std::unique_ptr<const Words> own(const Words& words) {
  return std::make_unique<const Words>(words);
}

struct Pair {
  double ours = 0;
  double loop = 0;
};

Pair chain(const Words& input) {
  std::int64_t ours = 0;
  std::int64_t loops = 0;
  weir::StreamTest test(options());
  const weir::Queue<std::string> queue;
  weir::queue_stream(test.context(), queue)
      .map(without_last_word)
      .filter(is_long)
      .map(in_capitals)
      .for_each(
          [&ours](const std::string& line) { ours += static_cast<std::int64_t>(line.size()); });
  check(test.run_batch());
  queue.push(input);
  Pair cost;
  cost.ours = measure([&] { check(test.run_batch()); });
  cost.loop = measure([&, records = own(input)]() mutable {
    for (const std::string& each : *records) {
      std::string line = without_last_word(each);
      if (!is_long(line)) continue;
      line = in_capitals(std::move(line));
      loops += static_cast<std::int64_t>(line.size());
    }
    records.reset();
  });
  check_equal(ours, loops);
  return cost;
}

Pair reduce_by_key(const Words& input) {
  std::int64_t ours = 0;
  std::int64_t loops = 0;
  weir::StreamTest test(options());
  const weir::Queue<std::string> queue;
  weir::queue_stream(test.context(), queue)
      .map([](const std::string& word) { return std::pair(word, std::int64_t{1}); })
      .reduce_by_key(std::plus<>())
      .for_each([&ours](const std::pair<std::string, std::int64_t>& count) {
        ours += count.second * count.second;
      });
  check(test.run_batch());
  queue.push(input);
  Pair cost;
  cost.ours = measure([&] { check(test.run_batch()); });
  cost.loop = measure([&, records = own(input)]() mutable {
    boost::unordered_flat_map<std::string, std::int64_t, std::hash<std::string>> counts;
    for (const std::string& word : *records) ++counts[word];
    for (const auto& [word, count] : counts) loops += count * count;
    records.reset();
  });
  check_equal(ours, loops);
  return cost;
}

void compare(const char* name, const Sizes& sizes, const std::function<Pair()>& run) {
  std::vector<double> ours;
  std::vector<double> loops;
  std::vector<double> ratios;
  for (int round = 0; round <= sizes.rounds; ++round) {
    const Pair cost = run();
    if (round == 0) continue;  // which warms up
    ours.push_back(cost.ours);
    loops.push_back(cost.loop);
    ratios.push_back(cost.ours / cost.loop);
  }
  const double per_million = 1e6 / static_cast<double>(sizes.records);
  const auto [least, greatest] = std::minmax_element(ratios.begin(), ratios.end());
  std::printf("%-40s %10.3f %10.3f %8.2f  (%.2f to %.2f)\n", name, median(ours) * per_million,
              median(loops) * per_million, median(ratios), *least, *greatest);
  std::fflush(stdout);
}

/// CPU milliseconds of a batch each second, whose window is full. Any window has nearly all of the
/// words, so that what it hands on is the same whatever its length.
double window_with_inverse(const Words& input, weir::Duration length) {
  constexpr std::size_t kPerBatch = 10'000;
  constexpr int kMeasured = 20;
  std::int64_t windows = 0;
  weir::StreamTest test(options());
  const weir::Queue<std::string> queue;
  weir::queue_stream(test.context(), queue)
      .map([](const std::string& word) { return std::pair(word, std::int64_t{1}); })
      .reduce_by_key_and_window(std::plus<>(), std::minus<>(), length, 1s)
      .count()
      .for_each([&windows](std::int64_t) { ++windows; });
  std::size_t next = 0;
  const auto run = [&] {
    if (next + kPerBatch > input.size()) next = 0;
    const auto from = input.begin() + static_cast<std::ptrdiff_t>(next);
    queue.push(Words(from, from + kPerBatch));
    next += kPerBatch;
    check(test.run_batch());
  };
  for (auto left = length / 1s + 2; left > 0; --left) run();
  return measure([&] {
           for (int i = 0; i < kMeasured; ++i) run();
         }) *
         1000 / kMeasured;
}

/// The memory of this process that is in use, in bytes.
std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  file >> pages >> pages;
  return pages * 4096;
}

void many_keys(const Sizes& sizes) {
  constexpr std::size_t kPerBatch = 500'000;
  weir::StreamTest test(options());
  const weir::Queue<std::int64_t> queue;
  const auto count = [](std::int64_t key, std::optional<int> one, weir::State<std::int64_t>& sum) {
    sum.update(sum.get_option().value_or(0) + *one);
    return key;
  };
  std::int64_t seen = 0;
  weir::queue_stream(test.context(), queue)
      .map([](std::int64_t key) { return std::pair(key, 1); })
      .map_with_state(weir::StateSpec(count))
      .for_each([&seen](std::int64_t) { ++seen; });
  check(test.run_batch());
  malloc_trim(0);  // else keys go where the cells before have left room
  const std::size_t before = resident_bytes();
  std::size_t next = 0;
  const auto go_through = [&] {
    for (next = 0; next < sizes.keys;) {
      std::vector<std::int64_t> keys;
      while (keys.size() < kPerBatch && next < sizes.keys) {
        keys.push_back(static_cast<std::int64_t>(next++ * 0x9e3779b97f4a7c15U >> 1U));
      }
      queue.push(std::move(keys));
      check(test.run_batch());
    }
    malloc_trim(0);
  };
  const double first = measure(go_through);
  const std::size_t after = resident_bytes();
  const double again = measure(go_through);
  check_equal(seen, static_cast<std::int64_t>(2 * sizes.keys));
  const auto keys = static_cast<double>(sizes.keys);
  std::printf(
      "%zu keys of state, 8 bytes and 8 bytes: %.0f bytes of memory a key, of which %.0f by our "
      "own count; "
      "CPU-s per million: %.3f when they are new, %.3f when they are there\n",
      sizes.keys, static_cast<double>(after - before) / keys,
      static_cast<double>(test.context().status().state_bytes) / keys, first * 1e6 / keys,
      again * 1e6 / keys);
}

void windows() {
  const Words words = uniform_words(1'000'000, 10'000);
  std::printf(
      "\nA window with an inverse that slides by 1 s, 10,000 words a second of 10,000: CPU-ms a "
      "batch\n");
  for (const weir::Duration length :
       {weir::Duration(10s), weir::Duration(60s), weir::Duration(600s)}) {
    std::printf("  %4lld s  %6.2f\n", static_cast<long long>(length / 1s),
                window_with_inverse(words, length));
    std::fflush(stdout);
  }
}

void run(const Sizes& sizes) {
  std::printf("%-40s %10s %10s %8s\n", "CPU-s per million records", "weir", "loop", "ratio");
  if (sizes.has("chain")) {
    const Words input = lines(sizes.records);
    compare("map, filter, map on lines of 100 bytes", sizes, [&] { return chain(input); });
  }
  const Words words = zipf_words(sizes.records);
  if (sizes.has("reduce")) {
    compare("reduce_by_key on Zipf words", sizes, [&] { return reduce_by_key(words); });
  }
  if (sizes.has("window")) windows();
  std::printf("\n");
  if (sizes.has("state")) many_keys(sizes);
}

}  // namespace

int main(int argc, char** argv) {
  Sizes sizes;
  CLI::App app("What weir's operators cost beside loops written by hand");
  app.add_option("--rounds", sizes.rounds)->check(CLI::PositiveNumber);
  app.add_option("--records", sizes.records)->check(CLI::Range(1000, 100'000'000));
  app.add_option("--keys", sizes.keys)->check(CLI::PositiveNumber);
  app.add_option("--only", sizes.only)
      ->check(CLI::IsMember({"chain", "reduce", "window", "state"}));
  CLI11_PARSE(app, argc, argv);
  try {
    run(sizes);
  } catch (const std::exception& error) {
    std::cerr << "operators: " << error.what() << "\n";
    return 1;
  }
}
