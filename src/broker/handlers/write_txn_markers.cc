// WriteTxnMarkers: ends producers' transactions in partitions, whatever their coordinator thinks.
//
// Between brokers in Kafka; here it serves tools that end what hangs (Admin.abortTransaction). A
// marker is written also where no transaction is open. An epoch before the producer's last is
// INVALID_PRODUCER_EPOCH, in version 2 of the protocol that one too while its transaction is open
// (each end raises the epoch); a coordinator's epoch before the last is
// TRANSACTION_COORDINATOR_FENCED; what is no producer is INVALID_REQUEST. It is answered when the
// leader has the marker.
#include <limits>

#include "broker/handlers/handlers.h"
#include "broker/handlers/topic_lookup.h"
#include "wire/error_codes.h"

namespace weir::broker {

namespace {

using Marker = wire::WriteTxnMarkersRequest::WritableTxnMarker;
namespace code = wire::kafka_code;

constexpr std::int8_t kRaisesEpochSince = 2;
/// Whose next one there is not.
constexpr auto kLastEpoch = std::numeric_limits<std::int16_t>::max();

bool is_fenced(const Marker& marker, const Partition& partition) {
  const std::int16_t epoch = partition.producers.epoch_of(marker.producer_id);
  if (marker.producer_epoch != epoch) return marker.producer_epoch < epoch;
  return marker.transaction_version >= kRaisesEpochSince && epoch != kLastEpoch &&
         partition.transactions.is_open(marker.producer_id);
}

std::int16_t check(const Marker& marker, const Partition& partition) {
  if (marker.producer_id < 0 || marker.producer_epoch < 0) return code::kInvalidRequest;
  if (is_fenced(marker, partition)) return code::kInvalidProducerEpoch;
  const auto producer = partition.producers.find(marker.producer_id);
  const bool is_old = producer && marker.coordinator_epoch < producer->coordinator_epoch;
  return is_old ? code::kTransactionCoordinatorFenced : code::kNone;
}

std::int16_t write(const Call& call, const Topic* topic, std::int32_t index, const Marker& marker) {
  const auto found = find_partition(call.node, topic, false, index);
  if (found.error != code::kNone) return found.error;
  if (const auto error = check(marker, *found.partition)) return error;
  const auto how =
      marker.transaction_result ? wire::ControlType::kCommit : wire::ControlType::kAbort;
  const auto written = call.node.append_end_marker(
      *topic, *found.partition,
      {{marker.producer_id, marker.producer_epoch}, how, marker.coordinator_epoch});
  return written.ok() ? std::int16_t{code::kNone} : written.error().kafka_code();
}

}  // namespace

void handle(const Call& call, const wire::WriteTxnMarkersRequest& request) {
  wire::WriteTxnMarkersResponse response;
  for (const Marker& marker : request.markers) {
    auto& answer = response.markers.emplace_back();
    answer.producer_id = marker.producer_id;
    for (const auto& asked : marker.topics) {
      auto& answered = answer.topics.emplace_back();
      answered.name = asked.name;
      const Topic* topic = call.node.cluster().topics().find(asked.name);
      for (const std::int32_t index : asked.partition_indexes) {
        answered.partitions.push_back({index, write(call, topic, index, marker)});
      }
    }
  }
  call.reply.send(response);
}

}  // namespace weir::broker
