#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "numbered.h"
#include "weir/dstream.h"

namespace chaos {

/// Names the batch of each record of the output: "BATCH record", where BATCH is "PROCESS.TIME".
weir::DStream<std::string> with_batch(const weir::DStream<Numbered>& records,
                                      const std::string& process);

/// How many records a batch has, and what their numbers add up to.
using Totals = std::pair<std::int64_t, std::int64_t>;

/// Makes `count` marks of each batch that has records, one in each partition: "BATCH INDEX COUNT
/// RECORDS SUM RANGES". All say the same of the whole batch: by them a reader knows whether all of
/// it is there. They go through an exchange by key.
weir::DStream<std::string> marks_of(const weir::DStream<Numbered>& records,
                                    const std::string& process, std::int32_t count);

}  // namespace chaos
