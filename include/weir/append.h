#pragma once

#include <cstdint>
#include <utility>

#include "weir/codec.h"
#include "weir/exchange_operators.h"
#include "weir/narrow_operators.h"
#include "weir/pipeline.h"

/// How the typed face adds its operations to the graph.
namespace weir::detail {

/// Adds an operator whose sink is `SinkType(f copy, next, context)` and whose records are of `Out`.
template <class Out, class SinkType, class F>
plan::Node* append_sink(plan::Node* parent, NarrowTraits traits, F f) {
  traits.tee = make_tee<Out>;
  return append_narrow(parent, traits, new FunctionOperator<SinkType, F>(std::move(f)));
}

/// Adds an exchange that moves records to where `target` says.
template <class T, class Target>
plan::Node* append_move(plan::Node* parent, const char* name, std::int32_t partitions,
                        Target target) {
  static_assert(!kIsView<T>,
                "this operation keeps records beyond their task, but the record type is a view "
                "into fetched bytes: map() to an owning type first (for Avro: Tweet instead of "
                "TweetView)");
  return append_exchange(parent, name, make_tee<T>,
                         new BlockExchange<T, Target>(partitions, std::move(target)));
}

/// Adds an exchange that brings all records into one partition, in order.
template <class T>
plan::Node* append_gather(plan::Node* parent, const char* name) {
  return append_move<T>(parent, name, 1, RoundRobinTarget{});
}

}  // namespace weir::detail
