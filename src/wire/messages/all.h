#pragma once

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

namespace weir::wire {

/// Calls `visit.operator()<Request>()` for the request of every API we describe.
template <class Visitor>
void for_each_request(Visitor&& visit) {
  visit.template operator()<ProduceRequest>();
  visit.template operator()<FetchRequest>();
  visit.template operator()<ListOffsetsRequest>();
  visit.template operator()<MetadataRequest>();
  visit.template operator()<OffsetCommitRequest>();
  visit.template operator()<OffsetFetchRequest>();
  visit.template operator()<FindCoordinatorRequest>();
  visit.template operator()<JoinGroupRequest>();
  visit.template operator()<HeartbeatRequest>();
  visit.template operator()<LeaveGroupRequest>();
  visit.template operator()<SyncGroupRequest>();
  visit.template operator()<DescribeGroupsRequest>();
  visit.template operator()<ListGroupsRequest>();
  visit.template operator()<ApiVersionsRequest>();
  visit.template operator()<CreateTopicsRequest>();
  visit.template operator()<DeleteTopicsRequest>();
  visit.template operator()<DeleteRecordsRequest>();
  visit.template operator()<InitProducerIdRequest>();
  visit.template operator()<OffsetForLeaderEpochRequest>();
  visit.template operator()<AddPartitionsToTxnRequest>();
  visit.template operator()<AddOffsetsToTxnRequest>();
  visit.template operator()<EndTxnRequest>();
  visit.template operator()<WriteTxnMarkersRequest>();
  visit.template operator()<TxnOffsetCommitRequest>();
  visit.template operator()<DescribeConfigsRequest>();
  visit.template operator()<AlterConfigsRequest>();
  visit.template operator()<CreatePartitionsRequest>();
  visit.template operator()<DeleteGroupsRequest>();
  visit.template operator()<IncrementalAlterConfigsRequest>();
  visit.template operator()<OffsetDeleteRequest>();
  visit.template operator()<UpdateFeaturesRequest>();
  visit.template operator()<DescribeClusterRequest>();
  visit.template operator()<DescribeProducersRequest>();
  visit.template operator()<DescribeTransactionsRequest>();
  visit.template operator()<ListTransactionsRequest>();
}

}  // namespace weir::wire
