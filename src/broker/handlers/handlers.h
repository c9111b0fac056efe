#pragma once

#include <string>
#include <string_view>

#include "broker/reply.h"
#include "wire/messages/add_offsets_to_txn.h"
#include "wire/messages/add_partitions_to_txn.h"
#include "wire/messages/alter_configs.h"
#include "wire/messages/api_versions.h"
#include "wire/messages/create_partitions.h"
#include "wire/messages/create_topics.h"
#include "wire/messages/delete_groups.h"
#include "wire/messages/delete_records.h"
#include "wire/messages/delete_topics.h"
#include "wire/messages/describe_cluster.h"
#include "wire/messages/describe_configs.h"
#include "wire/messages/describe_groups.h"
#include "wire/messages/describe_producers.h"
#include "wire/messages/describe_transactions.h"
#include "wire/messages/end_txn.h"
#include "wire/messages/fetch.h"
#include "wire/messages/find_coordinator.h"
#include "wire/messages/heartbeat.h"
#include "wire/messages/incremental_alter_configs.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/join_group.h"
#include "wire/messages/leave_group.h"
#include "wire/messages/list_groups.h"
#include "wire/messages/list_offsets.h"
#include "wire/messages/list_transactions.h"
#include "wire/messages/metadata.h"
#include "wire/messages/offset_commit.h"
#include "wire/messages/offset_delete.h"
#include "wire/messages/offset_fetch.h"
#include "wire/messages/offset_for_leader_epoch.h"
#include "wire/messages/produce.h"
#include "wire/messages/sync_group.h"
#include "wire/messages/txn_offset_commit.h"
#include "wire/messages/update_features.h"
#include "wire/messages/write_txn_markers.h"

/// What the broker does with each request: one function, in one file named after the request.
namespace weir::broker {

class Node;

/// What a handler is given besides the request.
struct Call {
  Node& node;
  std::string_view client_id;
  Reply reply;
  std::int16_t version() const { return reply.version(); }
};

void handle(const Call& call, const wire::AddOffsetsToTxnRequest& request);
void handle(const Call& call, const wire::AddPartitionsToTxnRequest& request);
void handle(const Call& call, const wire::AlterConfigsRequest& request);
void handle(const Call& call, const wire::ApiVersionsRequest& request);
void handle(const Call& call, const wire::CreatePartitionsRequest& request);
void handle(const Call& call, const wire::CreateTopicsRequest& request);
void handle(const Call& call, const wire::DeleteGroupsRequest& request);
void handle(const Call& call, const wire::DeleteRecordsRequest& request);
void handle(const Call& call, const wire::DeleteTopicsRequest& request);
void handle(const Call& call, const wire::DescribeClusterRequest& request);
void handle(const Call& call, const wire::DescribeConfigsRequest& request);
void handle(const Call& call, const wire::DescribeGroupsRequest& request);
void handle(const Call& call, const wire::DescribeProducersRequest& request);
void handle(const Call& call, const wire::DescribeTransactionsRequest& request);
void handle(const Call& call, const wire::EndTxnRequest& request);
void handle(const Call& call, const wire::FetchRequest& request);
void handle(const Call& call, const wire::FindCoordinatorRequest& request);
void handle(const Call& call, const wire::HeartbeatRequest& request);
void handle(const Call& call, const wire::IncrementalAlterConfigsRequest& request);
void handle(const Call& call, const wire::InitProducerIdRequest& request);
void handle(const Call& call, const wire::JoinGroupRequest& request);
void handle(const Call& call, const wire::LeaveGroupRequest& request);
void handle(const Call& call, const wire::ListGroupsRequest& request);
void handle(const Call& call, const wire::ListOffsetsRequest& request);
void handle(const Call& call, const wire::ListTransactionsRequest& request);
void handle(const Call& call, const wire::MetadataRequest& request);
void handle(const Call& call, const wire::OffsetCommitRequest& request);
void handle(const Call& call, const wire::OffsetDeleteRequest& request);
void handle(const Call& call, const wire::OffsetFetchRequest& request);
void handle(const Call& call, const wire::OffsetForLeaderEpochRequest& request);
void handle(const Call& call, const wire::ProduceRequest& request);
void handle(const Call& call, const wire::SyncGroupRequest& request);
void handle(const Call& call, const wire::TxnOffsetCommitRequest& request);
void handle(const Call& call, const wire::UpdateFeaturesRequest& request);
void handle(const Call& call, const wire::WriteTxnMarkersRequest& request);

}  // namespace weir::broker
