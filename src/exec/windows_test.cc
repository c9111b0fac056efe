#include "exec/windows.h"

#include <gmock/gmock.h>

#include "plan/fake_pipeline.h"

namespace weir::exec {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr BatchTime second(std::int64_t seconds) { return {seconds * 1'000'000}; }

/// Blocks that are known by their size.
class WindowsTest : public testing::Test {
 protected:
  struct SizedBlock final : Block {
    explicit SizedBlock(std::size_t size) : bytes(size) {}
    std::size_t memory_bytes() const override { return bytes; }
    std::size_t bytes;
  };
  WindowsTest() {
    const auto strings = plan::fake_strings(
        detail::append_source(pipeline, std::make_unique<plan::FakeSource>("in", 1)));
    node = strings.window(4s, 2s).node();
    windows.emplace(pipeline.graph());
  }
  void add(std::int64_t at, std::size_t bytes) { add_part(second(at), at, bytes); }
  void add_part(BatchTime name, std::int64_t at, std::size_t bytes) {
    std::vector<Delivery> brought(1);
    brought[0].block = std::make_shared<SizedBlock>(bytes);
    windows->add(*node, {.name = name, .at = second(at)}, std::move(brought));
  }
  static std::vector<std::size_t> sizes(const std::vector<Delivery>& deliveries) {
    std::vector<std::size_t> sizes;
    for (const Delivery& each : deliveries) sizes.push_back(each.block->memory_bytes());
    return sizes;
  }
  static BatchTimes ending(std::int64_t at, std::int64_t before = 0) {
    return {.name = second(at), .at = second(at), .before = second(before)};
  }
  std::vector<std::size_t> held(std::int64_t end) const {
    return sizes(windows->held(*node, ending(end)));
  }

  Pipeline pipeline;
  const plan::Node* node = nullptr;
  std::optional<Windows> windows;
};

TEST_F(WindowsTest, AWindowHasItsEndAndNotItsBegin) {
  for (int at = 1; at <= 6; ++at) add(at, static_cast<std::size_t>(at));
  EXPECT_THAT(held(4), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(held(6), ElementsAre(3, 4, 5, 6));
}

TEST_F(WindowsTest, PartsOfABatchBelongToOneWindow) {
  add(4, 1);
  add_part(BatchTime{second(4).micros + 1}, 4, 2);
  EXPECT_THAT(held(4), ElementsAre(1, 2));
  EXPECT_THAT(held(8), IsEmpty());
}

TEST_F(WindowsTest, WhatIsGivenUpIsTakenOut) {
  for (int at = 1; at <= 4; ++at) add(at, 10);
  windows->give_up_after(second(2));
  EXPECT_THAT(held(4), ElementsAre(10, 10));
  EXPECT_EQ(windows->bytes(), 20u);
}

TEST_F(WindowsTest, WhatNoWindowToComeNeedsIsForgottenOnceItsBatchIsCommitted) {
  for (int at = 1; at <= 5; ++at) add(at, 10);
  windows->on_committed(ending(4, 3));
  EXPECT_THAT(held(6), ElementsAre(10, 10, 10));
  EXPECT_EQ(windows->bytes(), 30u);
}

TEST_F(WindowsTest, NothingIsForgottenWhileTheBatchOfAnEndIsNotComplete) {
  for (int at = 1; at <= 4; ++at) add(at, 10);
  BatchTimes part = ending(4, 3);
  part.completes = false;
  windows->on_committed(part);
  EXPECT_EQ(windows->bytes(), 40u);
}

TEST_F(WindowsTest, TellsWhatEntersAndWhatLeaves) {
  for (int at = 1; at <= 8; ++at) add(at, static_cast<std::size_t>(at));
  EXPECT_THAT(sizes(windows->entering(*node, ending(4, 2))), ElementsAre(3, 4));
  EXPECT_THAT(sizes(windows->leaving(*node, ending(4, 2))), IsEmpty());
  EXPECT_THAT(sizes(windows->leaving(*node, ending(8, 6))), ElementsAre(3, 4));
  // Several ends have passed at once.
  EXPECT_THAT(sizes(windows->entering(*node, ending(8, 2))), ElementsAre(5, 6, 7, 8));
  EXPECT_THAT(sizes(windows->leaving(*node, ending(8, 2))), ElementsAre(1, 2));
}

}  // namespace
}  // namespace weir::exec
