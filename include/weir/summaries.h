#pragma once

#include "weir/summaries/bloom_filter.h"
#include "weir/summaries/count_min_sketch.h"
#include "weir/summaries/hyper_log_log.h"
#include "weir/summaries/quantiles.h"
#include "weir/summaries/top_k.h"

/// Summaries of streams that are too large to keep: each takes values by add(), takes in another
/// one by merge() in any order, answers with an error that it states, and has a Codec. So they fold
/// in reduce(), reduce_by_key() and combine_by_key(), and can be stored. See docs/summaries.md.
