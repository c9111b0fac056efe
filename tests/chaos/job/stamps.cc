#include "stamps.h"

#include <memory>

#include "weir/narrow_operators.h"
#include "weir/pipeline.h"
#include "weir/task_context.h"

namespace chaos {

namespace {

std::string batch_name(const std::string& process, const weir::TaskContext& context) {
  return process + "." + std::to_string(context.batch_time().micros);
}

std::string text_of(const std::vector<weir::OffsetRange>& ranges) {
  std::string text;
  for (const weir::OffsetRange& range : ranges) {
    if (range.from == range.until) continue;
    if (!text.empty()) text += ',';
    text += range.topic + ":" + std::to_string(range.partition.value) + ":" +
            std::to_string(range.from.value) + ":" + std::to_string(range.until.value);
  }
  return text;
}

/// Turns a record of the output into its text.
struct RecordText {
  using In = Numbered;
  std::string operator()(const std::string& batch, const In& record,
                         const weir::TaskContext&) const {
    return batch + " " + record.text;
  }
};

/// Turns what a batch adds up to into a mark.
struct MarkText {
  using In = std::pair<std::int32_t, Totals>;
  std::int32_t count = 0;
  std::string operator()(const std::string& batch, const In& totals,
                         const weir::TaskContext& context) const {
    return batch + " " + std::to_string(context.partition().value) + " " + std::to_string(count) +
           " " + std::to_string(totals.second.first) + " " + std::to_string(totals.second.second) +
           " " + text_of(context.offset_ranges());
  }
};

/// Maps records to texts that know their batch, which a function given to map() does not.
template <class Text>
class StampOperator final : public weir::Operator {
 public:
  StampOperator(std::string process, Text text) : process_(std::move(process)), text_(text) {}

  std::unique_ptr<weir::SinkBase> open(weir::SinkBase* next,
                                       weir::TaskContext& context) const override {
    return std::make_unique<StampSink>(batch_name(process_, context), text_,
                                       weir::detail::typed<std::string>(next), context);
  }

 private:
  class StampSink final : public weir::Sink<typename Text::In> {
   public:
    StampSink(std::string batch, const Text& text, weir::Sink<std::string>& next,
              const weir::TaskContext& context)
        : batch_(std::move(batch)), text_(text), next_(next), context_(context) {}
    void push(typename Text::In&& value) override { next_.push(text_(batch_, value, context_)); }

   private:
    std::string batch_;
    const Text& text_;
    weir::Sink<std::string>& next_;
    const weir::TaskContext& context_;
  };
  std::string process_;
  Text text_;
};

template <class Text>
weir::DStream<std::string> stamped(const weir::DStream<typename Text::In>& records,
                                   const char* name, const std::string& process, Text text) {
  return weir::DStream<std::string>(weir::detail::append_narrow(
      records.node(), {name, weir::detail::make_tee<std::string>, false},
      new StampOperator<Text>(process, text)));
}

/// Returns keys of which the first goes to partition 0, the second to 1, and so on.
std::vector<std::int32_t> key_for_each_partition(std::int32_t partitions) {
  std::vector<std::int32_t> keys;
  char bytes[sizeof(std::int32_t)];
  for (std::int32_t key = 0; keys.size() < static_cast<std::size_t>(partitions); ++key) {
    const char* end = weir::Codec<std::int32_t>::write(key, bytes);
    const std::string_view encoded(bytes, static_cast<std::size_t>(end - bytes));
    const std::int32_t partition = weir::detail::key_partition(encoded, partitions);
    if (partition == static_cast<std::int32_t>(keys.size())) keys.push_back(key);
  }
  return keys;
}

}  // namespace

weir::DStream<std::string> with_batch(const weir::DStream<Numbered>& records,
                                      const std::string& process) {
  return stamped(records, "with_batch", process, RecordText{});
}

weir::DStream<std::string> marks_of(const weir::DStream<Numbered>& records,
                                    const std::string& process, std::int32_t count) {
  const auto totals =
      records
          .flat_map([keys = key_for_each_partition(count)](const Numbered& record) {
            std::vector<std::pair<std::int32_t, Totals>> each;
            for (const std::int32_t key : keys) each.push_back({key, {1, record.number}});
            return each;
          })
          .reduce_by_key(
              [](Totals a, Totals b) { return Totals(a.first + b.first, a.second + b.second); },
              count);
  return stamped(totals, "marks", process, MarkText{count});
}

}  // namespace chaos
