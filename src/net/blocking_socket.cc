#include "net/blocking_socket.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "net/address.h"

namespace weir::net {

namespace {

Error unreachable(const Endpoint& peer, const std::string& why) {
  return Error(ErrorCode::kUnavailable, concat(peer, ": ", why)).as_retriable();
}

/// Waits for `events` on the socket.
Result<void> wait_for(const Fd& socket, short events, const Interrupt& interrupt) {
  pollfd watched[] = {{socket.get(), events, 0}, {interrupt.fd(), POLLIN, 0}};
  while (::poll(watched, 2, -1) < 0) WEIR_CHECK(errno == EINTR, "both are open");
  if (watched[1].revents == 0) return {};
  return Error(ErrorCode::kAborted, "the wait for a peer was interrupted");
}

Result<Fd> connect_to(const Address& address, const Endpoint& peer, const Interrupt& interrupt) {
  Fd socket(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return unreachable(peer, describe_errno(errno));
  int error = ::connect(socket.get(), address.get(), address.size) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    WEIR_RETURN_IF_ERROR(wait_for(socket, POLLOUT, interrupt));
    socklen_t size = sizeof error;
    ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  }
  if (error != 0) return unreachable(peer, describe_errno(error));
  return socket;
}

}  // namespace

Interrupt::Interrupt() : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  WEIR_CHECK(event_, "a process needs file descriptors for its receivers");
}

void Interrupt::set() { ::eventfd_write(event_.get(), 1); }

void Interrupt::clear() {
  eventfd_t count = 0;
  ::eventfd_read(event_.get(), &count);
}

Result<BlockingSocket> BlockingSocket::connect(const Endpoint& to, const Interrupt& interrupt) {
  WEIR_ASSIGN_OR_RETURN(const auto addresses, resolve(to));
  Result<Fd> outcome = unreachable(to, "it has no address");
  for (const Address& address : addresses) {
    outcome = connect_to(address, to, interrupt);
    if (outcome.ok()) return BlockingSocket(std::move(outcome).value(), to, interrupt);
    if (outcome.error().code() == ErrorCode::kAborted) break;
  }
  return std::move(outcome).error();
}

Result<std::size_t> BlockingSocket::read(std::span<char> space) {
  while (true) {
    const ssize_t count = ::recv(socket_.get(), space.data(), space.size(), 0);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      WEIR_RETURN_IF_ERROR(wait_for(socket_, POLLIN, *interrupt_));
    } else if (errno != EINTR) {
      return unreachable(peer_, describe_errno(errno));
    }
  }
}

}  // namespace weir::net
