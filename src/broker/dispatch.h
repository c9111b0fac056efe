#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "broker/reply.h"
#include "wire/schema.h"

namespace weir::broker {

class Node;

/// Serves one request: reads its header and body and calls its handler, which answers now or later.
/// A request that cannot be read, or that this broker does not serve, is refused. `frame` stays
/// valid until the answer.
void serve_request(Node& node, std::string_view frame, std::weak_ptr<ResponseSink> sink);

/// A request that this broker serves, as ApiVersions lists it.
struct ServedApi {
  wire::ApiKey key;
  wire::Versions listed;
  std::string_view name;
};
/// All of them, by ascending key.
std::span<const ServedApi> served_apis();

}  // namespace weir::broker
