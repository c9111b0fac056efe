#include "wire/messages/add_offsets_to_txn.h"
#include "wire/messages/add_partitions_to_txn.h"
#include "wire/messages/describe_producers.h"
#include "wire/messages/describe_transactions.h"
#include "wire/messages/end_txn.h"
#include "wire/messages/list_transactions.h"
#include "wire/messages/txn_offset_commit.h"
#include "wire/messages/update_features.h"
#include "wire/messages/write_txn_markers.h"
#include "wire/visitors.h"

namespace weir::wire::detail {

template struct Coder<AddPartitionsToTxnRequest>;
template struct Coder<AddPartitionsToTxnResponse>;
template struct Coder<AddOffsetsToTxnRequest>;
template struct Coder<AddOffsetsToTxnResponse>;
template struct Coder<EndTxnRequest>;
template struct Coder<EndTxnResponse>;
template struct Coder<TxnOffsetCommitRequest>;
template struct Coder<TxnOffsetCommitResponse>;
template struct Coder<DescribeTransactionsRequest>;
template struct Coder<DescribeTransactionsResponse>;
template struct Coder<ListTransactionsRequest>;
template struct Coder<ListTransactionsResponse>;
template struct Coder<DescribeProducersRequest>;
template struct Coder<DescribeProducersResponse>;
template struct Coder<WriteTxnMarkersRequest>;
template struct Coder<WriteTxnMarkersResponse>;
template struct Coder<UpdateFeaturesRequest>;
template struct Coder<UpdateFeaturesResponse>;

}  // namespace weir::wire::detail
