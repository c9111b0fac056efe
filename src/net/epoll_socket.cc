#include "net/epoll_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/log.h"

namespace weir::net {

namespace {

constexpr std::size_t kPiecesPerCall = 64;

// Each wake-up costs as much as copying some tens of kilobytes: waiting for fewer saves nothing.
// What is copied should still be in a cache when it is read.
constexpr std::size_t kFewBytes = std::size_t{64} << 10;
constexpr std::size_t kManyBytes = std::size_t{512} << 10;

Error unavailable(std::string message) {
  return Error(ErrorCode::kUnavailable, std::move(message)).as_retriable();
}

void send_without_delay(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

struct SendOutcome {
  std::size_t sent = 0;
  bool blocked = false;
  int error = 0;
};

SendOutcome send_some(int fd, std::span<const std::string_view> pieces) {
  std::array<iovec, kPiecesPerCall> vectors;
  std::size_t wanted = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    vectors[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};
    wanted += pieces[i].size();
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = pieces.size();
  ssize_t sent;
  do {
    sent = ::sendmsg(fd, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return errno == EAGAIN ? SendOutcome{0, true, 0} : SendOutcome{0, false, errno};
  const auto count = static_cast<std::size_t>(sent);
  return {count, count < wanted, 0};
}

}  // namespace

std::unique_ptr<Socket> EpollSocket::connect(EpollLoop& loop, const Endpoint& to,
                                             SocketHandler& handler) {
  std::unique_ptr<EpollSocket> socket(new EpollSocket(loop, to, handler));
  if (const auto address = numeric_address(to)) {
    socket->start({*address});
    return socket;
  }
  resolve_off_loop(to, loop.mailbox(),
                   [self = socket->self_](const Result<std::vector<Address>>& outcome) {
                     if (*self == nullptr) return;
                     if (!outcome.ok()) return (*self)->close(outcome.error());
                     (*self)->start(*outcome);
                   });
  return socket;
}

EpollSocket::EpollSocket(EpollLoop& loop, const Endpoint& to, SocketHandler& handler)
    : loop_(loop), handler_(handler), peer_(to), self_(std::make_shared<EpollSocket*>(this)) {}

EpollSocket::EpollSocket(EpollLoop& loop, Fd connected, const Endpoint& peer,
                         SocketHandler& handler)
    : EpollSocket(loop, peer, handler) {
  state_ = State::kConnected;
  send_without_delay(connected.get());
  watch(std::move(connected));
}

EpollSocket::~EpollSocket() {
  *self_ = nullptr;
  unwatch();
}

void EpollSocket::start(std::vector<Address> candidates) {
  std::reverse(candidates.begin(), candidates.end());
  candidates_ = std::move(candidates);
  try_next_address();
}

void EpollSocket::try_next_address() {
  unwatch();
  while (!candidates_.empty()) {
    const Address address = candidates_.back();
    candidates_.pop_back();
    if (try_address(address)) return;
    last_errno_ = errno;
  }
  close(unavailable(concat("cannot connect to ", peer_, ": ", describe_errno(last_errno_),
                           "; check that the server runs and the address is right")));
}

bool EpollSocket::try_address(const Address& address) {
  Fd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return false;
  send_without_delay(fd.get());
  if (::connect(fd.get(), address.get(), address.size) != 0 && errno != EINPROGRESS) return false;
  watch(std::move(fd));
  return true;
}

void EpollSocket::watch(Fd fd) {
  fd_ = std::move(fd);
  watch_ = loop_.watch(fd_.get(), EPOLLIN | EPOLLOUT | EPOLLRDHUP, *this);
}

void EpollSocket::unwatch() {
  if (!fd_) return;
  loop_.unwatch(watch_, fd_.get());
  fd_ = Fd();
}

void EpollSocket::on_events(std::uint32_t events) {
  if (state_ == State::kConnecting) {
    if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) return;
    return finish_connecting();
  }
  // Any handler call may destroy this socket, and with it the watch: then nothing here is touched.
  EpollLoop& loop = loop_;
  const std::uint64_t watch = watch_;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) peer_finished_ = may_read_ = true;
  if ((events & EPOLLIN) != 0) may_read_ = true;
  if (may_read_) handler_.on_readable();
  if (!loop.watched(watch)) return;
  if ((events & EPOLLOUT) != 0 && write_cut_short_) {
    write_cut_short_ = false;
    handler_.on_writable();
  }
}

void EpollSocket::finish_connecting() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) {
    last_errno_ = error;
    return try_next_address();
  }
  state_ = State::kConnected;
  candidates_.clear();
  may_read_ = true;  // the event that said so may have been this one
  EpollLoop& loop = loop_;
  const std::uint64_t watch = watch_;
  handler_.on_connected();
  if (loop.watched(watch)) handler_.on_readable();
}

std::size_t EpollSocket::read(std::span<char> space) {
  if (state_ != State::kConnected || !may_read_ || space.empty()) return 0;
  const ssize_t got = ::recv(fd_.get(), space.data(), space.size(), 0);
  if (got > 0) {
    // A short read has emptied the kernel's buffer; what comes later is announced anew.
    if (static_cast<std::size_t>(got) < space.size() && !peer_finished_) may_read_ = false;
    return static_cast<std::size_t>(got);
  }
  if (got == 0) {
    close(unavailable(concat("connection to ", peer_, " was closed by the other side")));
  } else if (errno == EAGAIN) {
    may_read_ = peer_finished_;
  } else if (errno != EINTR) {
    close(unavailable(concat("connection to ", peer_, " broke: ", describe_errno(errno))));
  }
  return 0;
}

void EpollSocket::expect(std::size_t bytes) {
  // Where the kernel's buffer holds less, it wakes us when that is full.
  const int least = static_cast<int>(bytes < kFewBytes ? 1 : std::min(bytes, kManyBytes));
  if (state_ != State::kConnected || least == expected_) return;
  expected_ = least;
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVLOWAT, &least, sizeof least);
}

std::size_t EpollSocket::write(std::span<const std::string_view> pieces) {
  std::size_t total = 0;
  while (state_ == State::kConnected && !pieces.empty()) {
    const auto group = pieces.first(std::min(pieces.size(), kPiecesPerCall));
    const SendOutcome outcome = send_some(fd_.get(), group);
    total += outcome.sent;
    if (outcome.error != 0) {
      close(
          unavailable(concat("connection to ", peer_, " broke: ", describe_errno(outcome.error))));
    }
    write_cut_short_ = outcome.blocked;
    if (outcome.blocked || outcome.error != 0) break;
    pieces = pieces.subspan(group.size());
  }
  return total;
}

void EpollSocket::close(Error reason) {
  state_ = State::kClosed;
  unwatch();
  loop_.post([self = self_, reason = std::move(reason)] {
    if (*self != nullptr) (*self)->handler_.on_closed(reason);
  });
}

}  // namespace weir::net
