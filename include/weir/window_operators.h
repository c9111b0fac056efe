#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "weir/append.h"
#include "weir/codecs.h"
#include "weir/combine_operators.h"
#include "weir/exchange_operators.h"
#include "weir/pipeline.h"

/// What operations on windows are made of.
namespace weir::detail {

/// Leaves records in the partition they are in, as far as there are so many.
struct StayTarget {
  void begin(PartitionId partition, std::int32_t partitions) {
    target_ = partition.value % partitions;
  }
  template <class T>
  std::int32_t operator()(const T&) {
    return target_;
  }

 private:
  std::int32_t target_ = 0;
};

/// Adds an exchange that hands on the records of a window.
template <class T>
plan::Node* append_window_of(plan::Node* parent, const char* name, Window window) {
  static_assert(!kIsView<T>,
                "a window keeps records beyond their batch, but the record type is a view into "
                "fetched bytes: map() to an owning type first (for Avro: Tweet instead of "
                "TweetView)");
  static_assert(HasCodec<T>,
                "what windows hold is written down: their records need a weir::Codec (see "
                "weir/codec.h)");
  return append_window(parent, name, window, make_tee<T>,
                       new BlockExchange<T, StayTarget>(partitions_of(parent), StayTarget{}));
}

/// Combines, over a window, pairs that an operation by key has made of each batch: those of one key
/// are in one partition already.
template <class K, class C, class Merge>
plan::Node* append_combine_window(plan::Node* combined, const char* name, Window window,
                                  Merge merge) {
  using Functions = Combining<AsItIs, Merge>;
  return append_sink<std::pair<K, C>, CombineSink<K, C, C, Functions, Combine::kAll>>(
      append_window_of<std::pair<K, C>>(combined, name, window),
      {.name = name, .whole_partition = true, .counts_memory = kMayGrow<C>},
      Functions{{}, std::move(merge)});
}

/// Appends the values of a later batch to those of earlier ones.
struct AppendValues {
  template <class V>
  std::vector<V> operator()(std::vector<V> values, std::vector<V> more) const {
    values.insert(values.end(), std::move_iterator(more.begin()), std::move_iterator(more.end()));
    return values;
  }
};

}  // namespace weir::detail
