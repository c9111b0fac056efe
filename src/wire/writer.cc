#include "wire/writer.h"

namespace weir::wire {

void Writer::append(const Writer& other) {
  for (const Reference& reference : other.references_) {
    references_.push_back({own_.size() + reference.at, reference.bytes});
  }
  own_.append(other.own_);
  referenced_bytes_ += other.referenced_bytes_;
}

std::size_t Writer::begin_frame() {
  integer<std::int32_t>(0);
  return own_.size();
}

void Writer::end_frame(std::size_t start) {
  std::size_t length = own_.size() - start;
  for (auto it = references_.rbegin(); it != references_.rend() && it->at >= start; ++it) {
    length += it->bytes.size();
  }
  put_big_endian(own_.data() + start - sizeof(std::int32_t), static_cast<std::int32_t>(length));
}

std::vector<std::string_view> Writer::pieces() const {
  std::vector<std::string_view> pieces;
  pieces.reserve(2 * references_.size() + 1);
  std::size_t from = 0;
  const auto add_own = [&](std::size_t until) {
    if (until > from) pieces.emplace_back(own_.data() + from, until - from);
    from = until;
  };
  for (const Reference& reference : references_) {
    add_own(reference.at);
    pieces.push_back(reference.bytes);
  }
  add_own(own_.size());
  return pieces;
}

std::string Writer::joined() const {
  std::string all;
  all.reserve(size());
  for (std::string_view piece : pieces()) all.append(piece);
  return all;
}

}  // namespace weir::wire
