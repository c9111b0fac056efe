#pragma once

#include <sys/socket.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "net/loop.h"
#include "net/mailbox.h"
#include "weir/result.h"

namespace weir::net {

/// A socket address as the kernel takes it.
struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  int family() const { return storage.ss_family; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

/// Returns the address of a numeric host (IPv4 or IPv6); nothing for a name.
std::optional<Address> numeric_address(const Endpoint& endpoint);

/// The numeric host and the port of an address.
Endpoint endpoint_of(const Address& address);

/// Looks a host up; blocks. Fails with a sentence that names the host.
Result<std::vector<Address>> resolve(const Endpoint& endpoint);

/// Looks a host up on a thread of its own and posts the outcome to `loop`. The thread is detached:
/// a look-up cannot be broken off, and nobody should wait for one that hangs.
void resolve_off_loop(const Endpoint& endpoint, std::shared_ptr<Mailbox> loop,
                      std::function<void(Result<std::vector<Address>>)> done);

/// The system's words for an errno value. Thread-safe.
std::string describe_errno(int error);

}  // namespace weir::net
