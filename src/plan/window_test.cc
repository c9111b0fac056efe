#include "plan/window.h"

#include <gmock/gmock.h>

#include "plan/fake_pipeline.h"

namespace weir::plan {
namespace {

using namespace std::chrono_literals;

DStream<std::string> strings_of(Pipeline& pipeline) {
  return fake_strings(detail::append_source(pipeline, std::make_unique<FakeSource>("in", 1)));
}

TEST(CommonSlide, DividesTheSlidesOfAllWindowsThatLeadToAnOutput) {
  Pipeline pipeline;
  EXPECT_EQ(common_slide(pipeline.graph()), 0s);
  const auto strings = strings_of(pipeline);
  write_to_fake(strings.window(6s, 4s));
  EXPECT_EQ(common_slide(pipeline.graph()), 4s);
  write_to_fake(strings.window(6s, 6s).repartition(3));
  EXPECT_EQ(common_slide(pipeline.graph()), 2s);
  strings.window(6s, 1s);
  write_to_fake(strings.window(6s));
  EXPECT_EQ(common_slide(pipeline.graph()), 2s);
}

TEST(CheckWindow, WithoutAnIntervalAnyLengthAndSlideMakeSense) {
  EXPECT_TRUE(check({"window", {1500ms, 700ms}, 0s}, 0s).ok());
  EXPECT_FALSE(check({"window", {1500ms, 700ms}, 0s}, 1s).ok());
  EXPECT_FALSE(check({"window", {1500ms, 700ms}, 700ms}, 0s).ok());
}

TEST(WindowNode, HandsItsSlideAndItsPartitionsOn) {
  Pipeline pipeline;
  const Node* node = strings_of(pipeline)
                         .repartition(5)
                         .window(6s, 3s)
                         .map([](std::string s) { return s; })
                         .node();
  EXPECT_EQ(node->slide, 3s);
  EXPECT_EQ(node->partitions, 5);
  EXPECT_TRUE(node->behind_window);
}

}  // namespace
}  // namespace weir::plan
