#include "net/address.h"

#include <netdb.h>

#include <cstdlib>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include "base/log.h"

namespace weir::net {

namespace {

struct AddressList {
  addrinfo* head = nullptr;
  int error = 0;

  AddressList(const Endpoint& endpoint, int flags) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    const char* host = endpoint.host.empty() ? nullptr : endpoint.host.c_str();
    error = ::getaddrinfo(host, std::to_string(endpoint.port).c_str(), &hints, &head);
  }
  ~AddressList() {
    if (head != nullptr) ::freeaddrinfo(head);
  }
  AddressList(const AddressList&) = delete;
  AddressList& operator=(const AddressList&) = delete;

  std::vector<Address> addresses() const {
    std::vector<Address> all;
    for (const addrinfo* info = head; info != nullptr; info = info->ai_next) {
      Address address;
      std::memcpy(&address.storage, info->ai_addr, info->ai_addrlen);
      address.size = info->ai_addrlen;
      all.push_back(address);
    }
    return all;
  }
};

}  // namespace

std::optional<Address> numeric_address(const Endpoint& endpoint) {
  const AddressList list(endpoint, AI_NUMERICHOST | AI_PASSIVE);
  if (list.error != 0) return std::nullopt;
  return list.addresses().front();
}

Endpoint endpoint_of(const Address& address) {
  char host[NI_MAXHOST] = "";
  char port[NI_MAXSERV] = "0";
  ::getnameinfo(address.get(), address.size, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
  return {host, static_cast<std::uint16_t>(std::atoi(port))};
}

Result<std::vector<Address>> resolve(const Endpoint& endpoint) {
  const AddressList list(endpoint, 0);
  if (list.error == 0) return list.addresses();
  Error error(ErrorCode::kUnavailable,
              concat("cannot resolve host \"", endpoint.host, "\": ", ::gai_strerror(list.error),
                     "; check the name and the DNS settings"));
  return std::move(error).as_retriable();
}

void resolve_off_loop(const Endpoint& endpoint, std::shared_ptr<Mailbox> loop,
                      std::function<void(Result<std::vector<Address>>)> done) {
  std::thread([endpoint, loop = std::move(loop), done = std::move(done)]() mutable {
    // `done` moves on with the message: what it captured belongs to the loop's thread.
    auto outcome = std::make_shared<Result<std::vector<Address>>>(resolve(endpoint));
    loop->post([done = std::move(done), outcome = std::move(outcome)] { done(*outcome); });
  }).detach();
}

std::string describe_errno(int error) { return std::system_category().message(error); }

}  // namespace weir::net
