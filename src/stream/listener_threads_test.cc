// Listeners on real threads.

#include <gmock/gmock.h>

#include <atomic>
#include <future>

#include "weir/queue_stream.h"
#include "weir/streaming_context.h"

namespace weir {
namespace {

using namespace std::chrono_literals;

/// Waits, in its first call of each batch, until it is let go.
class Held : public Listener {
 public:
  void on_batch_submitted(const BatchInfo&) override { is_let_go.wait(); }
  void on_batch_completed(const BatchInfo&) override { ++completed; }
  std::promise<void> let_go;
  const std::shared_future<void> is_let_go = let_go.get_future().share();
  std::atomic<int> completed{0};
};

class Stopper : public Listener {
 public:
  explicit Stopper(StreamingContext& to_stop) : context(to_stop) {}
  void on_batch_completed(const BatchInfo&) override { context.stop(); }
  StreamingContext& context;
};

TEST(ListenerThreads, TheStreamDoesNotWaitForAListenerButItsEndDoes) {
  StreamingContext context(StreamingOptions{});
  const Queue<int> queue;
  std::promise<void> seen;
  queue_stream(context, queue).for_each([&](int) { seen.set_value(); });
  const auto held = std::make_shared<Held>();
  context.add_listener(held);
  ASSERT_TRUE(context.start().ok());
  queue.push({1});
  seen.get_future().wait();
  queue.close();
  EXPECT_FALSE(context.await_for(1ms));
  EXPECT_EQ(held->completed, 0);
  held->let_go.set_value();
  EXPECT_TRUE(context.await().ok());
  EXPECT_EQ(held->completed, 1);
}

TEST(ListenerThreads, ACallbackMayStopTheStream) {
  StreamingContext context(StreamingOptions{});
  const Queue<int> queue;
  queue_stream(context, queue).for_each([](int) {});
  ASSERT_TRUE(context.start().ok());
  context.add_listener(std::make_shared<Stopper>(context));
  queue.push({1});
  EXPECT_TRUE(context.await().ok());
}

}  // namespace
}  // namespace weir
