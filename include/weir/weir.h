#pragma once

/// All that most programs need. Each part can be included by itself, which compiles faster; what
/// tests, summaries and generated Avro need is not in it.

#include "weir/accumulator.h"         // IWYU pragma: export
#include "weir/broadcast.h"           // IWYU pragma: export
#include "weir/codecs.h"              // IWYU pragma: export
#include "weir/dataset_operations.h"  // IWYU pragma: export
#include "weir/delay_report.h"        // IWYU pragma: export
#include "weir/dstream.h"             // IWYU pragma: export
#include "weir/file_stream.h"         // IWYU pragma: export
#include "weir/kafka.h"               // IWYU pragma: export
#include "weir/listener.h"            // IWYU pragma: export
#include "weir/name_state.h"          // IWYU pragma: export
#include "weir/partitioner.h"         // IWYU pragma: export
#include "weir/producer_pool.h"       // IWYU pragma: export
#include "weir/queue_stream.h"        // IWYU pragma: export
#include "weir/receiver.h"            // IWYU pragma: export
#include "weir/recent_batches.h"      // IWYU pragma: export
#include "weir/remember.h"            // IWYU pragma: export
#include "weir/socket_stream.h"       // IWYU pragma: export
#include "weir/streaming_context.h"   // IWYU pragma: export
#include "weir/text_files.h"          // IWYU pragma: export
