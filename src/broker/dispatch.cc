#include "broker/dispatch.h"

#include <algorithm>
#include <array>

#include "base/log.h"
#include "broker/handlers/handlers.h"
#include "broker/node.h"
#include "wire/error_codes.h"

namespace weir::broker {

namespace {

using Serve = void (*)(const Call& call, std::string_view body);

struct Route {
  ServedApi api;
  wire::Versions served;
  Serve serve;
};

template <class Request>
void decode_and_handle(const Call& call, std::string_view body) {
  // Bytes behind the last field pass, as they do in Kafka: librdkafka 2.16 writes three of them in
  // the MetadataRequest v13 that asks for all topics.
  wire::Reader reader(body);
  const auto request = wire::read<Request>(reader, call.version());
  if (!reader.ok()) {
    return call.reply.refuse(wire::decode<Request>(body, call.version()).error());
  }
  handle(call, request);
}

/// Kafka's name of a request without "Request".
constexpr std::string_view name_of(const wire::Schema& schema) {
  constexpr std::string_view kBehind = "Request";
  const std::string_view name = schema.name;
  return name.ends_with(kBehind) ? name.substr(0, name.size() - kBehind.size()) : name;
}

template <class Request>
constexpr Route route() {
  constexpr wire::Schema schema = Request::kSchema;
  return {
      {schema.api, schema.versions, name_of(schema)}, schema.versions, decode_and_handle<Request>};
}

// librdkafka takes a broker that does not list Produce 0 for one that knows no record batches, and
// then sends uncompressed. So does Kafka 4 list versions here that it refuses.
template <class Request>
constexpr Route route_listed_from_0() {
  Route from_0 = route<Request>();
  from_0.api.listed.first = 0;
  return from_0;
}

// Later versions of it are between brokers.
constexpr std::int16_t kLastAddOfClients = 3;

template <class Request, std::int16_t kLast>
constexpr Route route_until() {
  Route until = route<Request>();
  until.api.listed.last = until.served.last = kLast;
  return until;
}

constexpr std::array kRoutes = {
    route_listed_from_0<wire::ProduceRequest>(),
    route<wire::FetchRequest>(),
    route<wire::ListOffsetsRequest>(),
    route<wire::MetadataRequest>(),
    route<wire::OffsetCommitRequest>(),
    route<wire::OffsetFetchRequest>(),
    route<wire::FindCoordinatorRequest>(),
    route<wire::JoinGroupRequest>(),
    route<wire::HeartbeatRequest>(),
    route<wire::LeaveGroupRequest>(),
    route<wire::SyncGroupRequest>(),
    route<wire::DescribeGroupsRequest>(),
    route<wire::ListGroupsRequest>(),
    route<wire::ApiVersionsRequest>(),
    route<wire::CreateTopicsRequest>(),
    route<wire::DeleteTopicsRequest>(),
    route<wire::DeleteRecordsRequest>(),
    route<wire::InitProducerIdRequest>(),
    route<wire::OffsetForLeaderEpochRequest>(),
    route_until<wire::AddPartitionsToTxnRequest, kLastAddOfClients>(),
    route<wire::AddOffsetsToTxnRequest>(),
    route<wire::EndTxnRequest>(),
    route<wire::WriteTxnMarkersRequest>(),
    route<wire::TxnOffsetCommitRequest>(),
    route<wire::DescribeConfigsRequest>(),
    route<wire::AlterConfigsRequest>(),
    route<wire::CreatePartitionsRequest>(),
    route<wire::DeleteGroupsRequest>(),
    route<wire::IncrementalAlterConfigsRequest>(),
    route<wire::OffsetDeleteRequest>(),
    route<wire::UpdateFeaturesRequest>(),
    route<wire::DescribeClusterRequest>(),
    route<wire::DescribeProducersRequest>(),
    route<wire::DescribeTransactionsRequest>(),
    route<wire::ListTransactionsRequest>(),
};

const Route* find_route(std::int16_t key) {
  const auto found = std::find_if(kRoutes.begin(), kRoutes.end(), [key](const Route& r) {
    return static_cast<std::int16_t>(r.api.key) == key;
  });
  return found == kRoutes.end() ? nullptr : &*found;
}

// A client that does not know this broker yet asks in the newest version it has; it is answered in
// the oldest, with an error and the versions to use.
void answer_unknown_version(const Call& call) {
  wire::ApiVersionsResponse response;
  response.error_code = wire::kafka_code::kUnsupportedVersion;
  const wire::Versions versions = wire::ApiVersionsRequest::kSchema.versions;
  response.api_keys.push_back(
      {static_cast<std::int16_t>(wire::ApiKey::kApiVersions), versions.first, versions.last});
  call.reply.in_version(0).send(response);
}

}  // namespace

std::span<const ServedApi> served_apis() {
  static const auto kApis = [] {
    std::array<ServedApi, kRoutes.size()> apis;
    std::transform(kRoutes.begin(), kRoutes.end(), apis.begin(),
                   [](const Route& r) { return r.api; });
    return apis;
  }();
  return kApis;
}

void serve_request(Node& node, std::string_view frame, std::weak_ptr<ResponseSink> sink) {
  wire::Reader reader(frame);
  const auto header = wire::read_request_header(reader);
  if (!header.ok()) return Reply(std::move(sink), {}).refuse(header.error());
  const Call call{node, header->client_id.text.value_or(""), Reply(std::move(sink), *header)};
  const Route* route = find_route(header->request_api_key);
  if (route == nullptr) {
    return call.reply.refuse(Error(
        ErrorCode::kUnsupported, concat("it sent a request with API key ", header->request_api_key,
                                        ", which this broker does not serve")));
  }
  if (!route->served.contain(call.version())) {
    if (route->api.key == wire::ApiKey::kApiVersions) return answer_unknown_version(call);
    return call.reply.refuse(
        Error(ErrorCode::kUnsupported,
              concat("it sent ", route->api.name, " in version ", call.version(),
                     "; this broker serves ", route->served.first, " to ", route->served.last)));
  }
  route->serve(call, {reader.position(), reader.remaining()});
}

}  // namespace weir::broker
