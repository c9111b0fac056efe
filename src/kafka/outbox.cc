#include "kafka/outbox.h"

#include <span>

namespace weir::kafka {

namespace {

/// Moves `first` past what was written, cutting the piece that was written in part.
void advance(std::vector<std::string_view>& pieces, std::size_t& first, std::size_t written) {
  while (first < pieces.size() && written >= pieces[first].size()) {
    written -= pieces[first++].size();
  }
  if (first < pieces.size()) pieces[first].remove_prefix(written);
}

}  // namespace

void Outbox::flush(net::Socket& socket) {
  while (!frames_.empty()) {
    if (rest_.empty()) {
      rest_ = frames_.front().pieces();
      first_ = 0;
    }
    advance(rest_, first_, socket.write(std::span(rest_).subspan(first_)));
    if (first_ < rest_.size()) return;
    rest_.clear();
    frames_.pop_front();
  }
}

void Outbox::clear() {
  rest_.clear();
  frames_.clear();
}

}  // namespace weir::kafka
