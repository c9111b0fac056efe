#include "weir/narrow_operators.h"

#include <gmock/gmock.h>

#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plan/fake_task.h"

namespace weir::detail {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// Keeps what it is given, by call.
template <class T>
class Calls final : public Sink<T> {
 public:
  void push(T&& value) override { push_copies_of(&value, 1); }
  void push_all(T* first, std::size_t count) override { push_copies_of(first, count); }
  void push_copies_of(const T* first, std::size_t count) override {
    calls.emplace_back(first, first + count);
  }
  std::vector<T> all() const {
    std::vector<T> all;
    for (const auto& call : calls) all.insert(all.end(), call.begin(), call.end());
    return all;
  }

  std::vector<std::vector<T>> calls;
};

std::vector<int> numbers(int count) {
  std::vector<int> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

/// What a map sink hands on of `given`, which it is given in each of the three ways.
template <class Out, class In, class F>
std::vector<std::vector<Out>> mapped(F f, const std::vector<In>& given) {
  std::vector<std::vector<Out>> results;
  for (const int way : {0, 1, 2}) {
    plan::FakeTask task;
    Calls<Out> next;
    MapSink<In, Out, F> sink(f, &next, task);
    std::vector<In> records = given;
    if (way == 0) {
      for (In& record : records) sink.push(std::move(record));
    } else if (way == 1) {
      sink.push_all(records.data(), records.size());
    } else {
      sink.push_copies_of(records.data(), records.size());
      EXPECT_EQ(records, given);
    }
    results.push_back(next.all());
  }
  return results;
}

TEST(MapSink, MapsTheSameInWhicheverWayRecordsCome) {
  const auto twice = [](int x) { return 2 * x; };
  std::vector<int> expected;
  for (const int x : numbers(100)) expected.push_back(2 * x);
  for (const auto& result : mapped<int>(twice, numbers(100))) EXPECT_EQ(result, expected);
}

TEST(MapSink, TakesWhatChangesItsArgument) {
  const auto generic = [](auto&& line) {
    line.push_back('!');
    return std::string(line);
  };
  const auto moves = [](std::string&& line) { return std::move(line) + "!"; };
  const std::vector<std::string> given{"a", "b"};
  for (const auto& result : mapped<std::string>(generic, given)) {
    EXPECT_THAT(result, ElementsAre("a!", "b!"));
  }
  for (const auto& result : mapped<std::string>(moves, given)) {
    EXPECT_THAT(result, ElementsAre("a!", "b!"));
  }
}

TEST(MapSink, TakesAFunctionThatReturnsAReference) {
  using Named = std::pair<std::string, int>;
  const auto name = [](const Named& named) -> const std::string& { return named.first; };
  for (const auto& result : mapped<std::string>(name, std::vector<Named>{{"a", 1}, {"b", 2}})) {
    EXPECT_THAT(result, ElementsAre("a", "b"));
  }
}

/// Copies what views show when they come.
class Shown final : public Sink<std::string_view> {
 public:
  void push(std::string_view&& view) override { shown.emplace_back(view); }
  std::vector<std::string> shown;
};

TEST(MapSink, ViewsIntoARecordAreGoodWhenTheyAreHandedOn) {
  const auto view_of = [](const auto& line) { return std::string_view(line); };
  using F = decltype(view_of);
  static_assert(!TakesConst<F, std::string>);  // so that each record is copied, and the view is
                                               // into the copy
  plan::FakeTask task;
  Shown next;
  MapSink<std::string, std::string_view, F> sink(view_of, &next, task);
  std::vector<std::string> lines;
  for (const int x : numbers(40)) lines.push_back(std::string(100, 'x') + std::to_string(x));
  sink.push_copies_of(lines.data(), lines.size());
  EXPECT_EQ(next.shown, lines);
  next.shown.clear();
  std::vector<std::string> given = lines;
  sink.push_all(given.data(), given.size());
  EXPECT_EQ(next.shown, lines);
}

TEST(TakesConst, AsksNoGenericFunction) {
  static_assert(TakesConst<int (*)(int), int>);
  const auto plain = [](const std::string&) {};
  static_assert(TakesConst<decltype(plain), std::string>);
  const auto moves = [](std::string&&) {};
  static_assert(!TakesConst<decltype(moves), std::string>);
  const auto generic = [](auto&& x) { x += 1; };
  static_assert(!TakesConst<decltype(generic), int>);
}

TEST(FilterSink, HandsOnWhatLiesSideBySideTogether) {
  plan::FakeTask task;
  const auto is_kept = [](int x) { return x != 0 && x != 3 && x != 4 && x != 9; };
  for (const bool copies : {false, true}) {
    Calls<int> next;
    FilterSink<int, decltype(is_kept)> sink(is_kept, &next, task);
    std::vector<int> given = numbers(10);
    copies ? sink.push_copies_of(given.data(), given.size())
           : sink.push_all(given.data(), given.size());
    EXPECT_THAT(next.calls, ElementsAre(ElementsAre(1, 2), ElementsAre(5, 6, 7, 8)));
  }
}

TEST(FilterSink, HandsOnNothingWhereNothingIsKept) {
  plan::FakeTask task;
  const auto none = [](int) { return false; };
  Calls<int> next;
  FilterSink<int, decltype(none)> sink(none, &next, task);
  std::vector<int> given = numbers(10);
  sink.push_all(given.data(), given.size());
  sink.push_copies_of(given.data(), 0);
  EXPECT_THAT(next.calls, IsEmpty());
}

TEST(FlatMapSink, HandsOnItemsInTheirOrder) {
  plan::FakeTask task;
  const auto below = [](int x) { return numbers(x); };
  Calls<int> next;
  FlatMapSink<int, int, decltype(below)> sink(below, &next, task);
  std::vector<int> given{3, 0, 50};
  std::vector<int> expected = numbers(3);
  for (const int x : numbers(50)) expected.push_back(x);
  sink.push_all(given.data(), given.size());
  EXPECT_EQ(next.all(), expected);
  sink.push(2);
  EXPECT_EQ(next.calls.back(), numbers(2));
}

TEST(TeeSink, GivesEachOfItsSinksAll) {
  Calls<std::string> first, second;
  TeeSink<std::string> tee({&first, &second});
  std::vector<std::string> given{"a", "b"};
  tee.push_copies_of(given.data(), 2);
  tee.push("c");
  tee.push_all(given.data(), 2);
  EXPECT_THAT(first.all(), ElementsAre("a", "b", "c", "a", "b"));
  EXPECT_EQ(second.all(), first.all());
}

/// Fails once it has been given so many.
class Failing final : public Sink<std::shared_ptr<int>> {
 public:
  explicit Failing(int most) : left_(most) {}
  void push(std::shared_ptr<int>&&) override {
    if (left_-- == 0) throw 1;
  }

 private:
  int left_;
};

TEST(RecordRun, KeepsNothingWhereTheNextSinkFails) {
  const auto shared = std::make_shared<int>(1);
  Failing next(40);
  {
    RecordRun<std::shared_ptr<int>> run(next);
    const auto add_all = [&] {
      for (int i = 0; i < 100; ++i) {
        new (run.place()) std::shared_ptr<int>(shared);
        run.added();
      }
    };
    EXPECT_THROW(add_all(), int);
  }
  EXPECT_EQ(shared.use_count(), 1);
}

TEST(RecordRun, HandsOnOnlyWhatThereIs) {
  Calls<std::vector<char>> next;
  RecordRun<std::vector<char>> run(next);
  run.hand_on();
  EXPECT_THAT(next.calls, IsEmpty());
  for (int i = 0; i < 33; ++i) {
    new (run.place()) std::vector<char>();
    run.added();
  }
  run.hand_on();
  run.hand_on();
  EXPECT_THAT(next.calls, ElementsAre(SizeIs(32), SizeIs(1)));
}

}  // namespace
}  // namespace weir::detail
