// Spark's CheckpointSuite, and the rows of its other suites in which a program is started again:
// each test is named after the row of the conformance suite that it is (docs/parity.md). A process
// here ends as by a crash; the next one goes on from the checkpoint that it left.

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <numeric>
#include <optional>

#include "operations_fixture.h"
#include "weir/dataset_operations.h"
#include "weir/queue_stream.h"
#include "weir/text_files.h"

/// What a user keeps in state, in a namespace of their own.
namespace shop {
struct Item {
  std::string name;
  int count = 0;
  bool operator==(const Item&) const = default;
};
}  // namespace shop

template <>
struct weir::Codec<shop::Item> {
  using Parts = std::pair<std::string, int>;
  static std::size_t size(const shop::Item& item) {
    return Codec<Parts>::size({item.name, item.count});
  }
  static char* write(const shop::Item& item, char* into) {
    return Codec<Parts>::write({item.name, item.count}, into);
  }
  static bool read(std::string_view bytes, shop::Item& into) {
    Parts parts;
    if (!Codec<Parts>::read(bytes, parts)) return false;
    into = {std::move(parts.first), parts.second};
    return true;
  }
  static std::string explain(std::string_view bytes) { return Codec<Parts>::explain(bytes); }
};

namespace weir {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

using Texts = Batches<std::string>;
using Counts = Batches<std::pair<std::string, int>>;

DStream<std::pair<std::string, int>> ones(const DStream<std::string>& words) {
  return words.map([](std::string word) { return std::pair(std::move(word), 1); });
}
std::optional<int> add_up(const std::vector<int>& values, const std::optional<int>& sum) {
  return std::accumulate(values.begin(), values.end(), sum.value_or(0));
}
auto running_counts(const DStream<std::string>& words) {
  return ones(words).update_state_by_key(add_up);
}
std::pair<std::string, int> count_one(const std::string& word, std::optional<int> one,
                                      State<int>& sum) {
  sum.update(sum.get_option().value_or(0) + one.value_or(0));
  return {word, sum.get()};
}

/// Processes, one after the other, with one checkpoint.
class Recovery : public testing::Test {
 protected:
  Recovery() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    options.checkpoint =
        (std::filesystem::path(testing::TempDir()) / (std::string("recovery-") + test->name()))
            .string();
    std::filesystem::remove_all(options.checkpoint);
  }
  ~Recovery() override { std::filesystem::remove_all(options.checkpoint); }

  /// Runs a process over these batches and returns what `describe(input)` held.
  template <class Describe>
  auto run(const Texts& batches, Describe describe) {
    StreamTest test(options, now);
    const auto input = test.input<std::string>();
    const auto output = test.output(describe(input));
    run_batches(test, batches, input);
    return sorted(output.batches());
  }
  /// As run(), with two outputs.
  template <class Describe>
  auto run_both(const Texts& batches, Describe describe) {
    StreamTest test(options, now);
    const auto input = test.input<std::string>();
    const auto [first, second] = describe(input);
    const auto outputs = std::pair(test.output(first), test.output(second));
    run_batches(test, batches, input);
    return std::pair(sorted(outputs.first.batches()), sorted(outputs.second.batches()));
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(options.checkpoint)) {
      if (file.path().filename() != "lock") names.push_back(file.path().filename().string());
    }
    return names;
  }

  StreamingOptions options{.batch_interval = 1s, .workers = 2};
  WallTime now = kTestStart;
  std::string log;
  std::vector<BatchReport> reports;

 private:
  void run_batches(StreamTest& test, const Texts& batches, const TestInput<std::string>& input) {
    for (const auto& batch : batches) {
      input.add(batch);
      const Result<void> ran = test.run_batch();
      EXPECT_TRUE(ran.ok()) << ran.error().message();
    }
    now = test.now();
    log = test.log();
    reports = test.reports();
  }
};

const Texts kThreeBatches{{"a", "a", "b"}, {"", ""}, {}};
const Counts kThreeCounts{{{"a", 2}, {"b", 1}}, {{"", 2}}, {}};
const Texts kTwoOfA{{"a"}, {"a"}};

// After a jump of the clock no batch is made up for: state is as it was.
TEST_F(Recovery, CP2_GoesOnAlsoWhereTheClockHasJumped) {
  options.batch_interval = 500ms;
  EXPECT_EQ(run(kTwoOfA, running_counts), (Counts{{{"a", 1}}, {{"a", 2}}}));
  EXPECT_THAT(files(), Not(IsEmpty()));
  EXPECT_EQ(run(kTwoOfA, running_counts), (Counts{{{"a", 3}}, {{"a", 4}}}));
  now.millis += 7 * 500;
  EXPECT_EQ(run(kTwoOfA, running_counts), (Counts{{{"a", 5}}, {{"a", 6}}}));
  EXPECT_EQ(reports.front().time.micros / 1000, now.millis - 500);
}

TEST_F(Recovery, CP2_OldFilesGo) {
  for (int process = 0; process < 10; ++process) run(kTwoOfA, running_counts);
  EXPECT_THAT(files(), SizeIs(testing::Le(3)));
  EXPECT_EQ(run({{"a"}}, running_counts), (Counts{{{"a", 21}}}));
}

TEST_F(Recovery, CP3_TheOptionsAreThoseOfTheNewProcess) {
  EXPECT_EQ(run({{"a"}}, running_counts), (Counts{{{"a", 1}}}));
  options.batch_interval = 5s;
  options.workers = 3;
  EXPECT_EQ(run({{"a"}, {}}, running_counts), (Counts{{{"a", 2}}, {{"a", 2}}}));
  EXPECT_EQ(reports[1].time.micros - reports[0].time.micros, 5'000'000);
}

TEST_F(Recovery, CP5_WhatHasNoStateGoesOn) {
  const auto sums = [](const auto& words) { return ones(words).reduce_by_key(std::plus<>()); };
  EXPECT_EQ(run(kThreeBatches, sums), kThreeCounts);
  EXPECT_EQ(run(kThreeBatches, sums), kThreeCounts);
}

/// The lines of the files of each directory in `place`, sorted; directories in their order.
std::vector<std::vector<std::string>> texts_in(const std::filesystem::path& place) {
  std::map<std::string, std::vector<std::string>> lines;
  for (const auto& file : std::filesystem::recursive_directory_iterator(place)) {
    if (!file.is_regular_file()) continue;
    auto& those = lines[file.path().parent_path().filename().string()];
    std::ifstream text(file.path());
    for (std::string line; std::getline(text, line);) those.push_back(line);
  }
  std::vector<std::vector<std::string>> all;
  for (auto& [name, those] : lines) {
    std::sort(those.begin(), those.end());
    all.push_back(those);
  }
  return all;
}

TEST_F(Recovery, CP7_TextFilesGoOnAndTakeThePlaceOfThoseThatAreThere) {
  const std::filesystem::path place = options.checkpoint + "-texts";
  std::filesystem::remove_all(place);
  // Of the batch that comes after the restart.
  const auto there = place / ("counts-" + std::to_string(now.millis + 4000));
  std::filesystem::create_directories(there);
  std::ofstream(there / "part-00000") << "of another run\n";
  const auto saved_sums = [&](const auto& words) {
    const auto sums = ones(words).reduce_by_key(std::plus<>());
    save_as_text_files(sums, (place / "counts").string());
    return sums;
  };
  EXPECT_EQ(run(kThreeBatches, saved_sums), kThreeCounts);
  EXPECT_EQ(run(kThreeBatches, saved_sums), kThreeCounts);
  const std::vector<std::vector<std::string>> three{{"(a,2)", "(b,1)"}, {"(,2)"}, {}};
  EXPECT_THAT(texts_in(place),
              ElementsAre(three[0], three[1], three[2], three[0], three[1], three[2]));
  std::filesystem::remove_all(place);
}

TEST_F(Recovery, CP8_WhatIsSavedInATransformGoesOn) {
  std::map<std::int64_t, std::size_t> saved;  // by batch: how many words were counted
  const auto save = [&saved](const Dataset<std::string>& words) {
    const auto counts = words.map([](std::string word) { return std::pair(std::move(word), 1); })
                            .reduce_by_key(std::plus<>());
    saved[words.time().micros] = counts.size();
    return counts;
  };
  const auto sums = [&](const auto& words) { return words.transform(save); };
  EXPECT_EQ(run(kThreeBatches, sums), kThreeCounts);
  EXPECT_EQ(run(kThreeBatches, sums), kThreeCounts);
  std::vector<std::size_t> sizes;
  for (const auto& [batch, size] : saved) sizes.push_back(size);
  EXPECT_THAT(sizes, ElementsAre(2, 1, 0, 2, 1, 0));
}

TEST_F(Recovery, CP9_AStateGoesOn) {
  EXPECT_EQ(
      run(Texts(7, {"a"}), running_counts),
      (Counts{{{"a", 1}}, {{"a", 2}}, {{"a", 3}}, {{"a", 4}}, {{"a", 5}}, {{"a", 6}}, {{"a", 7}}}));
  EXPECT_EQ(run(Texts(3, {"a"}), running_counts), (Counts{{{"a", 8}}, {{"a", 9}}, {{"a", 10}}}));
}

// Two outputs of one state restore it once: nothing counts twice.
TEST_F(Recovery, CP12_AStateIsRestoredOnceForSeveralOutputs) {
  const auto twice = [](const auto& words) {
    const auto counts = running_counts(words);
    return std::pair(counts, counts.map_values([](int count) { return -count; }));
  };
  run_both({{"a"}}, twice);
  const auto [counts, negative] = run_both({{"a"}}, twice);
  EXPECT_EQ(counts, (Counts{{{"a", 2}}}));
  EXPECT_EQ(negative, (Counts{{{"a", -2}}}));
  EXPECT_EQ(log.find("goes on after batch"), log.rfind("goes on after batch"));
  EXPECT_THAT(log, HasSubstr("goes on after batch"));
}

TEST_F(Recovery, CP15_AStateOnAStateGoesOn) {
  const auto sums_of_sums = [](const auto& words) {
    return running_counts(words).update_state_by_key(add_up);
  };
  EXPECT_EQ(run(kTwoOfA, sums_of_sums), (Counts{{{"a", 1}}, {{"a", 3}}}));
  EXPECT_EQ(run(kTwoOfA, sums_of_sums), (Counts{{{"a", 6}}, {{"a", 10}}}));
  run(Texts(200, {"a"}), sums_of_sums);
  EXPECT_EQ(run({{"a"}}, sums_of_sums), (Counts{{{"a", 205 * 206 / 2}}}));
}

TEST_F(Recovery, CP16_AStateOfTheUsersTypeGoesOn) {
  using Shelf = std::array<shop::Item, 2>;
  const auto shelve = [](const std::string& word, std::optional<int>, State<Shelf>& state) {
    Shelf shelf = state.get_option().value_or(Shelf{{{"first", 0}, {"second", 10}}});
    for (shop::Item& item : shelf) ++item.count;
    state.update(shelf);
    return word + " " + shelf[0].name + std::to_string(shelf[0].count) + " " + shelf[1].name +
           std::to_string(shelf[1].count);
  };
  const auto shelves = [&](const auto& words) { return ones(words).map_with_state(shelve); };
  EXPECT_EQ(run({{"a"}}, shelves), (Texts{{"a first1 second11"}}));
  EXPECT_EQ(run({{"a"}}, shelves), (Texts{{"a first2 second12"}}));
}

TEST_F(Recovery, MS9_WhatIsMappedWithStateGoesOn) {
  const auto mapped = [](const auto& words) {
    const auto counts = ones(words).map_with_state(count_one);
    return std::pair(counts, counts.state_snapshots());
  };
  const auto [first_counts, first] = run_both({{}, {"a"}, {"a", "b"}}, mapped);
  EXPECT_EQ(first, (Counts{{}, {{"a", 1}}, {{"a", 2}, {"b", 1}}}));
  EXPECT_EQ(first_counts, first);
  const auto [counts, snapshots] = run_both({{"a", "b", "c"}, {"a", "b"}, {"a"}, {}}, mapped);
  EXPECT_EQ(counts, (Counts{{{"a", 3}, {"b", 2}, {"c", 1}}, {{"a", 4}, {"b", 3}}, {{"a", 5}}, {}}));
  EXPECT_EQ(snapshots, (Counts{{{"a", 3}, {"b", 2}, {"c", 1}},
                               {{"a", 4}, {"b", 3}, {"c", 1}},
                               {{"a", 5}, {"b", 3}, {"c", 1}},
                               {{"a", 5}, {"b", 3}, {"c", 1}}}));
}

TEST_F(Recovery, SM5_AnEmptyStateGoesOn) {
  EXPECT_EQ(run({{}, {}}, running_counts), (Counts{{}, {}}));
  EXPECT_THAT(log, IsEmpty());
  EXPECT_EQ(run({{}, {"a"}}, running_counts), (Counts{{}, {{"a", 1}}}));
  EXPECT_THAT(log, HasSubstr("goes on after batch"));
  const auto take_away = [](const auto& words) {
    return ones(words).update_state_by_key(
        [](const std::vector<int>&, const std::optional<int>&) { return std::optional<int>(); });
  };
  EXPECT_EQ(run({{}}, take_away), (Counts{{}}));
  EXPECT_EQ(run({{"b"}}, running_counts), (Counts{{{"b", 1}}}));
}

// What was in the queue is gone with its process; what came of it is not.
TEST_F(Recovery, SC29_AQueueIsNotPartOfACheckpoint) {
  for (int process = 0; process < 2; ++process) {
    StreamTest test(options, now);
    const Queue<std::string> queue;
    const auto counts = test.output(running_counts(queue_stream(test.context(), queue)));
    queue.push({"a"});
    queue.push({"never read"});
    ASSERT_TRUE(test.run_batch().ok());
    EXPECT_EQ(counts.take(), (std::vector{std::pair(std::string("a"), process + 1)}));
    now = test.now();
  }
}

}  // namespace
}  // namespace weir
