#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "weir/codec.h"
#include "weir/narrow_operators.h"
#include "weir/task_error.h"

/// Between bytes and values: decoding what a source hands over, encoding what an output takes.
namespace weir {

/// What becomes of a record that cannot be decoded.
struct BadRecords {
  enum class Action { kFail, kSkip, kDeadLetter };
  Action action = Action::kFail;
  std::string topic;  ///< of the dead letters

  /// The batch fails, and with it the stream: nothing is passed over.
  static BadRecords fail() { return {}; }
  /// The record is counted as skipped and dropped.
  static BadRecords skip() { return {Action::kSkip, {}}; }
  /// The record goes, as it came, to another topic of the same brokers. Its origin and the reason
  /// stand behind its own headers (weir.topic, weir.partition, weir.offset, weir.reason).
  static BadRecords dead_letter(std::string topic) {
    return {Action::kDeadLetter, std::move(topic)};
  }
};

namespace detail {

/// Handles one record that could not be decoded as `policy` says; throws under fail().
void handle_bad_record(const BadRecords& policy, std::optional<OutputIndex> dead_letters,
                       const Record& record, std::string_view reason, TaskContext& context);

/// Decodes each record's value with Codec<T>.
template <class T>
class DecodeOperator final : public Operator {
 public:
  DecodeOperator(BadRecords policy, std::optional<OutputIndex> dead_letters)
      : policy_(std::move(policy)), dead_letters_(dead_letters) {}

  std::unique_ptr<SinkBase> open(SinkBase* next, TaskContext& context) const override {
    return std::unique_ptr<SinkBase>(new DecodeSink(*this, typed<T>(next), context));
  }

 private:
  class DecodeSink final : public Sink<Record> {
   public:
    DecodeSink(const DecodeOperator& shape, Sink<T>& next, TaskContext& context)
        : shape_(shape), next_(next), context_(context) {}
    void push(Record&& record) override {
      if (record.has_value && Codec<T>::read(record.value, value_)) [[likely]] {
        next_.push(std::move(value_));
        return;
      }
      const std::string reason =
          record.has_value ? Codec<T>::explain(record.value) : "the record has a null value";
      handle_bad_record(shape_.policy_, shape_.dead_letters_, record, reason, context_);
    }

   private:
    const DecodeOperator& shape_;
    Sink<T>& next_;
    TaskContext& context_;
    T value_{};
  };
  BadRecords policy_;
  std::optional<OutputIndex> dead_letters_;
};

/// No key function: records go without a key, to the partition that matches the task's.
struct NoKey {};

/// Encodes each record with Codec<T> straight into the output's record batch.
template <class T, class KeyFunction>
class EncodeOperator final : public Operator {
 public:
  EncodeOperator(OutputIndex output, KeyFunction key) : output_(output), key_(std::move(key)) {}

  std::unique_ptr<SinkBase> open(SinkBase*, TaskContext& context) const override {
    return std::unique_ptr<SinkBase>(new EncodeSink(context.writer(output_), context, key_));
  }

 private:
  class EncodeSink final : public Sink<T> {
   public:
    EncodeSink(RecordWriter& writer, TaskContext& context, KeyFunction key)
        : writer_(writer), context_(context), key_(std::move(key)) {}
    void push(T&& value) override {
      RecordWriter::Envelope envelope;
      envelope.timestamp = context_.record_time;
      if constexpr (std::is_same_v<KeyFunction, NoKey>) {
        Codec<T>::write(value, writer_.append(envelope, Codec<T>::size(value)));
      } else {
        const auto key = key_(std::as_const(value));
        using Key = std::decay_t<decltype(key)>;
        static_assert(HasCodec<Key>, "the key function must return a type with a weir::Codec");
        key_bytes_.resize(Codec<Key>::size(key));
        Codec<Key>::write(key, key_bytes_.data());
        envelope.key = key_bytes_;
        Codec<T>::write(value, writer_.append(envelope, Codec<T>::size(value)));
      }
    }

   private:
    RecordWriter& writer_;
    TaskContext& context_;
    KeyFunction key_;
    std::string key_bytes_;
  };
  OutputIndex output_;
  KeyFunction key_;
};

}  // namespace detail
}  // namespace weir
