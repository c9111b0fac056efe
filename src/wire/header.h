#pragma once

#include "weir/result.h"
#include "wire/reader.h"
#include "wire/schema.h"

/// What stands in front of every request and response.
namespace weir::wire {

struct RequestHeader {
  static constexpr Schema kSchema{ApiKey::kNone, "RequestHeader", {1, 2}, 2};

  std::int16_t request_api_key = 0;
  std::int16_t request_api_version = 0;
  std::int32_t correlation_id = 0;
  ClassicString client_id;
  bool operator==(const RequestHeader&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("requestApiKey", self.request_api_key);
    visit("requestApiVersion", self.request_api_version);
    visit("correlationId", self.correlation_id);
    visit("clientId", self.client_id);
  }
};

struct ResponseHeader {
  static constexpr Schema kSchema{ApiKey::kNone, "ResponseHeader", {0, 1}, 1};

  std::int32_t correlation_id = 0;
  bool operator==(const ResponseHeader&) const = default;

  template <class Self, class Visitor>
  static void describe(Self& self, Visitor& visit) {
    visit("correlationId", self.correlation_id);
  }
};

/// Returns the version of the header in front of a Request of `version`.
template <class Request>
constexpr std::int16_t request_header_version(std::int16_t version) {
  return Request::kSchema.flexible(version) ? 2 : 1;
}

/// Returns the version of the header in front of a Response of `version`. ApiVersions' never grows,
/// so that a client can read it before it knows what the broker speaks.
template <class Response>
constexpr std::int16_t response_header_version(std::int16_t version) {
  if (Response::kSchema.api == ApiKey::kApiVersions) return 0;
  return Response::kSchema.flexible(version) ? 1 : 0;
}

/// Reads the header of any request and leaves `reader` at its body. Of an API we do not know, the
/// tagged fields that may end the header are left unread. Fails on bytes that are no header.
Result<RequestHeader> read_request_header(Reader& reader);

}  // namespace weir::wire
