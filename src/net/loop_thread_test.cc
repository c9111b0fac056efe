#include "net/loop_thread.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <future>

namespace weir::net {
namespace {

TEST(LoopThread, RunsWhatIsPostedOnAThreadOfThisName) {
  const auto thread = LoopThread::start("weir-test").value();
  std::promise<std::string> name;
  thread->loop().post([&] {
    std::array<char, 32> text{};
    pthread_getname_np(pthread_self(), text.data(), text.size());
    name.set_value(text.data());
  });
  EXPECT_EQ(name.get_future().get(), "weir-test");
}

TEST(LoopThread, RunsNothingOnceStopped) {
  const auto thread = LoopThread::start("weir-test").value();
  thread->stop();
  bool ran = false;
  thread->loop().post([&] { ran = true; });
  thread->stop();
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace weir::net
