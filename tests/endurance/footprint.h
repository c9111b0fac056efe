#pragma once

#include <cstdint>
#include <string>

namespace weir {

/// What a process holds.
struct Footprint {
  std::int64_t memory_bytes = 0;  ///< resident, but for what the allocator keeps for later
  std::int64_t descriptors = 0;
  std::int64_t threads = 0;

  /// Of this process, now.
  static Footprint now();
  /// Takes over what is more in `other`.
  void raise_to(const Footprint& other);
  std::string text() const;
};

/// Says what of `last` is more than a twentieth (of descriptors: or one connection) above `first`;
/// empty if nothing is. Under a sanitizer memory is left out.
std::string growth(const Footprint& first, const Footprint& last);

}  // namespace weir
