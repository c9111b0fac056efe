#include "net/blocking_socket.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>

#include <thread>

namespace weir::net {
namespace {

/// A port of this machine that takes connections, and says nothing unless told to.
class QuietPeer {
 public:
  QuietPeer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_.get(), any, size), 0);
    EXPECT_EQ(::listen(listener_.get(), 1), 0);
    EXPECT_EQ(::getsockname(listener_.get(), any, &size), 0);
    endpoint_ = {"127.0.0.1", ntohs(address.sin_port)};
  }
  const Endpoint& endpoint() const { return endpoint_; }
  Fd accept() const { return Fd(::accept(listener_.get(), nullptr, nullptr)); }

 private:
  Fd listener_;
  Endpoint endpoint_;
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
