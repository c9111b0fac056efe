#pragma once

#include <string>

#include "wire/messages/all.h"

namespace weir::broker {

/// Puts records, `[{offset=0, epoch=0, timestamp=1000, value="one"}]`, in the place of the counts
/// of bytes in a printed answer to a Fetch. A batch that is cut off at the end, as Kafka's may be,
/// is left out.
void print_records(const wire::FetchResponse& response, std::string& printed);

}  // namespace weir::broker
