#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "wire/schema.h"

namespace weir::broker {

/// Where a broker's random ids come from. The same seed gives the same ids. One thread.
class IdSource {
 public:
  explicit IdSource(std::uint64_t seed) : random_(seed) {}

  /// A random id, of version 4 as in RFC 9562.
  wire::Uuid next_uuid();

 private:
  std::mt19937_64 random_;
};

/// Returns the id in hexadecimal groups: "1b4e28ba-2fa1-41d2-883f-0016d3cca427".
std::string to_hex(const wire::Uuid& id);
/// Returns the id as Kafka writes those of topics and clusters: 22 characters of base64url.
std::string to_base64(const wire::Uuid& id);

}  // namespace weir::broker
