#include "weir/socket_stream.h"

#include <gmock/gmock.h>

#include <future>

#include "stream/test_server.h"
#include "weir/streaming_context.h"

namespace weir::stream {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class SocketStreamTest : public testing::Test {
 protected:
  /// Logs a line that has `expected` to `said`.
  StreamingOptions options(bool stop_at_end, std::string expected = "?") {
    StreamingOptions made{.stop_at_end = stop_at_end};
    made.log = [this, expected](std::string_view, std::string_view line) {
      if (line.find(expected) == std::string_view::npos || std::exchange(told_, true)) return;
      said_.set_value(std::string(line));
    };
    return made;
  }
  std::string wait_until_said() { return said_.get_future().get(); }
  template <class T>
  static std::shared_ptr<std::vector<T>> collect(const DStream<T>& stream) {
    auto all = std::make_shared<std::vector<T>>();
    stream.for_each_batch([all](const Dataset<T>& batch) {
      for (const T& record : batch.records()) all->push_back(record);
    });
    return all;
  }

  TestServer server_;
  std::promise<std::string> said_;
  bool told_ = false;
};

const ReceiverOptions kAtOnce{.restart_delay = 1ms, .longest_restart_delay = 1ms};

TEST_F(SocketStreamTest, IS1_StreamsLinesInTheirOrder) {
  StreamingContext context(options(true));
  const auto lines = collect(socket_text_stream(context, "localhost", server_.port()));
  server_.serve({TestServer::send("1\n2\n3\r\n4\n5")});
  ASSERT_TRUE(context.start().ok());
  ASSERT_TRUE(context.await().ok());
  EXPECT_THAT(*lines, ElementsAre("1", "2", "3", "4", "5"));
  EXPECT_EQ(context.status().records_in, 5);
}

TEST_F(SocketStreamTest, ConnectsAgainWhenAPeerHasEnded) {
  StreamingContext context(options(false, "127.0.0.1:"));
  std::vector<std::string> lines;
  socket_text_stream(context, "127.0.0.1", server_.port(), {.receiver = kAtOnce})
      .for_each([&](const std::string& line) {
        lines.push_back(line);
        if (lines.size() == 3) context.stop();
      });
  server_.serve({TestServer::send("a\nb\n"), TestServer::send("c\n")});
  ASSERT_TRUE(context.start().ok());
  ASSERT_TRUE(context.await().ok());
  EXPECT_THAT(lines, ElementsAre("a", "b", "c"));
  EXPECT_THAT(wait_until_said(), HasSubstr("it has ended; it is started again in 1 ms"));
}

TEST_F(SocketStreamTest, APeerThatIsNotThereIsTriedAgain) {
  StreamingContext context(options(true, "refused"));
  const auto lines =
      collect(socket_text_stream(context, "127.0.0.1", server_.port(), {.receiver = kAtOnce}));
  ASSERT_TRUE(context.start().ok());
  const std::string peer = "127.0.0.1:" + std::to_string(server_.port());
  EXPECT_EQ(wait_until_said(),
            "socket " + peer + ": " + peer + ": Connection refused; it is started again in 1 ms");
  server_.serve({TestServer::send("a\n")});
  ASSERT_TRUE(context.await().ok());
  EXPECT_THAT(*lines, ElementsAre("a"));
}

TEST_F(SocketStreamTest, AStopEndsTheWaitForAPeerThatSaysNothing) {
  StreamingContext context(options(false));
  collect(socket_text_stream(context, "127.0.0.1", server_.port()));
  std::promise<void> connected;
  server_.serve({[&](int socket) {
    connected.set_value();
    TestServer::wait_for_end()(socket);
  }});
  ASSERT_TRUE(context.start().ok());
  connected.get_future().wait();
  context.stop();
  EXPECT_EQ(context.state(), StreamingContext::State::kStopped);
}

TEST_F(SocketStreamTest, RawRecordsHaveTheirLengthInFront) {
  StreamingContext context(options(true));
  const auto records = collect(raw_socket_stream(context, "127.0.0.1", server_.port()));
  server_.serve({TestServer::send("\0\0\0\2ab\0\0\0\0\0\0\0\1\0"sv)});
  ASSERT_TRUE(context.start().ok());
  ASSERT_TRUE(context.await().ok());
  EXPECT_THAT(*records, ElementsAre("ab", "", "\0"s));
}

TEST_F(SocketStreamTest, ARawRecordThatIsTooLongIsAnError) {
  StreamingContext context(options(false, "4294967295"));
  collect(raw_socket_stream(context, "127.0.0.1", server_.port()));
  server_.serve({TestServer::send("\xff\xff\xff\xff"sv)});
  ASSERT_TRUE(context.start().ok());
  EXPECT_THAT(wait_until_said(), HasSubstr("a record is said to have 4294967295 bytes"));
}

TEST_F(SocketStreamTest, APeerThatEndsAfterALengthIsAnError) {
  StreamingContext context(options(false, "came before"));
  collect(raw_socket_stream(context, "127.0.0.1", server_.port()));
  server_.serve({TestServer::send("\0\0\0\5"sv)});
  ASSERT_TRUE(context.start().ok());
  EXPECT_THAT(wait_until_said(), HasSubstr("the end came before a record of 5 bytes"));
}

TEST_F(SocketStreamTest, AFunctionMakesTheRecords) {
  StreamingContext context(options(true));
  const auto pair = [](ByteInput& input) -> Result<std::optional<std::pair<char, int>>> {
    WEIR_ASSIGN_OR_RETURN(const auto bytes, input.read(2));
    if (!bytes) return std::optional<std::pair<char, int>>();
    return std::optional(std::pair((*bytes)[0], (*bytes)[1] - '0'));
  };
  const auto records = collect(socket_stream(context, "127.0.0.1", server_.port(), pair));
  server_.serve({TestServer::send("a1b2")});
  ASSERT_TRUE(context.start().ok());
  ASSERT_TRUE(context.await().ok());
  EXPECT_THAT(*records, ElementsAre(testing::Pair('a', 1), testing::Pair('b', 2)));
}

TEST_F(SocketStreamTest, AHostThatIsNotKnownIsNamed) {
  StreamingContext context(options(false, "no-such-host.invalid"));
  collect(socket_text_stream(context, "no-such-host.invalid", 1));
  ASSERT_TRUE(context.start().ok());
  EXPECT_THAT(wait_until_said(), HasSubstr("socket no-such-host.invalid:1: "));
}

}  // namespace
}  // namespace weir::stream
