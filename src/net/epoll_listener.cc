#include "net/epoll_listener.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/log.h"
#include "net/address.h"
#include "net/epoll_socket.h"

namespace weir::net {

namespace {

constexpr int kBacklog = 512;
constexpr Duration kRetryAccept = std::chrono::milliseconds(100);

Error cannot_listen(const Endpoint& at, int error) {
  if (error == EADDRINUSE) {
    return Error(
        ErrorCode::kAlreadyExists,
        concat("cannot listen on ", at, ": the port is in use; choose another, or 0 for any"));
  }
  return Error(ErrorCode::kInvalidArgument,
               concat("cannot listen on ", at, ": ", describe_errno(error)));
}

Result<Address> address_to_listen_on(const Endpoint& at) {
  if (const auto address = numeric_address(at)) return *address;
  WEIR_ASSIGN_OR_RETURN(const auto addresses, resolve(at));
  return addresses.front();
}

std::uint16_t port_of(int fd) {
  Address bound;
  bound.size = sizeof bound.storage;
  ::getsockname(fd, bound.get(), &bound.size);
  return endpoint_of(bound).port;
}

}  // namespace

Result<std::unique_ptr<Listener>> EpollListener::listen(EpollLoop& loop, const Endpoint& at,
                                                        AcceptHandler& handler) {
  WEIR_ASSIGN_OR_RETURN(const Address address, address_to_listen_on(at));
  Fd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return cannot_listen(at, errno);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd.get(), address.get(), address.size) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    return cannot_listen(at, errno);
  }
  const std::uint16_t port = port_of(fd.get());
  return std::unique_ptr<Listener>(new EpollListener(loop, std::move(fd), port, handler));
}

EpollListener::EpollListener(EpollLoop& loop, Fd fd, std::uint16_t port, AcceptHandler& handler)
    : loop_(loop),
      handler_(handler),
      fd_(std::move(fd)),
      port_(port),
      watch_(loop.watch(fd_.get(), EPOLLIN, *this)) {}

EpollListener::~EpollListener() { loop_.unwatch(watch_, fd_.get()); }

void EpollListener::on_events(std::uint32_t) {
  EpollLoop& loop = loop_;
  const std::uint64_t watch = watch_;
  while (loop.watched(watch)) {
    Address peer;
    peer.size = sizeof peer.storage;
    Fd fd(::accept4(fd_.get(), peer.get(), &peer.size, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd && (errno == ECONNABORTED || errno == EINTR)) continue;
    if (!fd && errno != EAGAIN) {  // out of descriptors: no event says when there are some again
      retry_ = loop_.call_after(kRetryAccept, [this] { on_events(EPOLLIN); });
    }
    if (!fd) return;
    handler_.on_accept([&](SocketHandler& handler) -> std::unique_ptr<Socket> {
      return std::make_unique<EpollSocket>(loop, std::move(fd), endpoint_of(peer), handler);
    });
  }
}

}  // namespace weir::net
