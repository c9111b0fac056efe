#pragma once

#include <cstddef>
#include <span>

#include "net/fd.h"
#include "net/loop.h"
#include "weir/result.h"

namespace weir::net {

/// Ends what a thread waits for in a BlockingSocket, from any other thread. Stays set until it is
/// cleared, and outlives the sockets that it is given to. Thread-safe.
class Interrupt {
 public:
  Interrupt();
  void set();
  void clear();
  /// Readable while it is set.
  int fd() const { return event_.get(); }

 private:
  Fd event_;
};

/// A connection for a thread that may wait, such as a receiver's. For one thread.
class BlockingSocket {
 public:
  /// Connects. Fails with a sentence that names the peer, or, with kAborted, when it is
  /// interrupted. A look-up of the host's name is not.
  static Result<BlockingSocket> connect(const Endpoint& to, const Interrupt& interrupt);

  /// Reads what is there, at least a byte, up to `space.size()`; 0 when the peer has ended.
  Result<std::size_t> read(std::span<char> space);

 private:
  BlockingSocket(Fd socket, Endpoint peer, const Interrupt& interrupt)
      : socket_(std::move(socket)), peer_(std::move(peer)), interrupt_(&interrupt) {}

  Fd socket_;
  Endpoint peer_;
  const Interrupt* interrupt_;
};

}  // namespace weir::net
