#include "wire/messages/alter_configs.h"
#include "wire/messages/create_partitions.h"
#include "wire/messages/create_topics.h"
#include "wire/messages/delete_records.h"
#include "wire/messages/delete_topics.h"
#include "wire/messages/describe_configs.h"
#include "wire/messages/incremental_alter_configs.h"
#include "wire/visitors.h"

namespace weir::wire::detail {

template struct Coder<CreateTopicsRequest>;
template struct Coder<CreateTopicsResponse>;
template struct Coder<DeleteTopicsRequest>;
template struct Coder<DeleteTopicsResponse>;
template struct Coder<DeleteRecordsRequest>;
template struct Coder<DeleteRecordsResponse>;
template struct Coder<CreatePartitionsRequest>;
template struct Coder<CreatePartitionsResponse>;
template struct Coder<DescribeConfigsRequest>;
template struct Coder<DescribeConfigsResponse>;
template struct Coder<AlterConfigsRequest>;
template struct Coder<AlterConfigsResponse>;
template struct Coder<IncrementalAlterConfigsRequest>;
template struct Coder<IncrementalAlterConfigsResponse>;

}  // namespace weir::wire::detail
