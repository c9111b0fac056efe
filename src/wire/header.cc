#include "wire/header.h"

#include "wire/messages/all.h"
#include "wire/visitors.h"

namespace weir::wire {
namespace {

bool has_flexible_header(std::int16_t api_key, std::int16_t version) {
  bool flexible = false;
  for_each_request([&]<class Request>() {
    if (static_cast<std::int16_t>(Request::kSchema.api) == api_key) {
      flexible = Request::kSchema.flexible(version);
    }
  });
  return flexible;
}

void skip_tagged_fields(Reader& reader) {
  for (std::uint64_t left = reader.unsigned_varint(); left > 0 && reader.ok(); --left) {
    reader.unsigned_varint();
    reader.bytes(reader.unsigned_varint());
  }
}

}  // namespace

Result<RequestHeader> read_request_header(Reader& reader) {
  auto header = read<RequestHeader>(reader, 1);
  if (has_flexible_header(header.request_api_key, header.request_api_version)) {
    skip_tagged_fields(reader);
  }
  if (!reader.ok()) return Error(ErrorCode::kCorrupt, "a request's header is malformed");
  return header;
}

template struct detail::Coder<RequestHeader>;
template struct detail::Coder<ResponseHeader>;

}  // namespace weir::wire
