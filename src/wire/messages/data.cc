#include "wire/messages/fetch.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/list_offsets.h"
#include "wire/messages/produce.h"
#include "wire/visitors.h"

namespace weir::wire::detail {

template struct Coder<ProduceRequest>;
template struct Coder<ProduceResponse>;
template struct Coder<FetchRequest>;
template struct Coder<FetchResponse>;
template struct Coder<ListOffsetsRequest>;
template struct Coder<ListOffsetsResponse>;
template struct Coder<InitProducerIdRequest>;
template struct Coder<InitProducerIdResponse>;

}  // namespace weir::wire::detail
