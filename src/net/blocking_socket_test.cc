#include "net/blocking_socket.h"

#include <gmock/gmock.h>
#include <sys/socket.h>

#include <thread>

#include "net/loopback_port.h"

namespace weir::net {
namespace {

/// A port that takes connections, and says nothing unless told to.
class QuietPeer : public LoopbackPort {
 public:
  QuietPeer() { listen(); }
};

class BlockingSocketTest : public testing::Test {
 protected:
  QuietPeer peer_;
  Interrupt interrupt_;
  char space_[8] = {};
};

TEST_F(BlockingSocketTest, ReadsWhatIsThereAndThenTheEnd) {
  auto socket = BlockingSocket::connect(peer_.endpoint(), interrupt_);
  ASSERT_TRUE(socket.ok());
  {
    const Fd other = peer_.accept();
    ASSERT_EQ(::send(other.get(), "abc", 3, 0), 3);
    EXPECT_EQ(socket->read(space_).value(), 3u);
    EXPECT_EQ(std::string(space_, 3), "abc");
  }
  EXPECT_EQ(socket->read(space_).value(), 0u);
}

TEST_F(BlockingSocketTest, AWaitEndsWhenItIsInterruptedAndNotAfterThat) {
  auto socket = BlockingSocket::connect(peer_.endpoint(), interrupt_);
  ASSERT_TRUE(socket.ok());
  const Fd other = peer_.accept();
  const std::jthread interrupting([this] { interrupt_.set(); });
  EXPECT_EQ(socket->read(space_).error().code(), ErrorCode::kAborted);
  EXPECT_EQ(socket->read(space_).error().code(), ErrorCode::kAborted);
  interrupt_.clear();
  const std::jthread sending([&] { ::send(other.get(), "a", 1, 0); });
  EXPECT_EQ(socket->read(space_).value(), 1u);
}

TEST_F(BlockingSocketTest, APeerThatBreaksIsNamed) {
  auto socket = BlockingSocket::connect(peer_.endpoint(), interrupt_);
  ASSERT_TRUE(socket.ok());
  {
    const Fd other = peer_.accept();
    const linger at_once{1, 0};
    ::setsockopt(other.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  EXPECT_EQ(socket->read(space_).error().message(),
            to_string(peer_.endpoint()) + ": Connection reset by peer");
}

TEST(BlockingSocket, APortWithoutAPeerRefuses) {
  const Interrupt interrupt;
  Endpoint nobody;
  {
    const QuietPeer peer;
    nobody = peer.endpoint();
  }
  const auto socket = BlockingSocket::connect(nobody, interrupt);
  ASSERT_FALSE(socket.ok());
  EXPECT_EQ(socket.error().message(), to_string(nobody) + ": Connection refused");
  EXPECT_TRUE(socket.error().retriable());
}

}  // namespace
}  // namespace weir::net
