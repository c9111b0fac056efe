#pragma once

#include <deque>
#include <string_view>
#include <vector>

#include "net/loop.h"
#include "wire/writer.h"

namespace weir::kafka {

/// Requests on their way into a socket that may take only parts of them.
class Outbox {
 public:
  /// Adds a whole frame. What it references must stay until it is sent.
  void add(wire::Writer frame) { frames_.push_back(std::move(frame)); }
  /// Writes until all is sent or the socket takes no more.
  void flush(net::Socket& socket);
  void clear();
  /// How many frames are not yet sent to their end.
  std::size_t unsent() const { return frames_.size(); }

 private:
  std::deque<wire::Writer> frames_;
  // What is left of the first frame; empty when it was not begun.
  std::vector<std::string_view> rest_;
  std::size_t first_ = 0;
};

}  // namespace weir::kafka
