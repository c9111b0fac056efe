#pragma once

#include <charconv>
#include <concepts>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "base/log.h"
#include "broker/testing/play_value.h"
#include "broker/testing/test_batch.h"
#include "wire/schema.h"

namespace weir::broker {

/// Sets a message's fields from a PlayValue; fields that it does not name keep their defaults.
class FillVisitor {
 public:
  /// `texts` keeps what the message's views refer to.
  FillVisitor(const PlayValue& from, std::deque<std::string>& texts, std::string& problem)
      : from_(from), texts_(texts), problem_(problem) {}

  template <class Message>
  void fill(Message& message) {
    Message::describe(message, *this);
    for (const auto& [name, value] : from_.fields) {
      if (!known_.contains(name)) problem_ = concat("there is no field ", name);
    }
  }

  template <class Field>
  void operator()(const char* name, Field& field, wire::Versions = {}, wire::Versions = {}) {
    known_.insert(name);
    if (const PlayValue* value = from_.field(name)) set(field, *value);
  }
  template <class Field>
  void tagged(std::uint32_t, const char* name, Field& field, wire::Versions,
              const std::type_identity_t<Field>& = {}) {
    (*this)(name, field);
  }

 private:
  template <class Field>
  void set(std::optional<Field>& field, const PlayValue& value) {
    if (value.is_null()) return field.reset();
    set(field.emplace(), value);
  }
  void set(bool& field, const PlayValue& value) { field = value.text == "true"; }
  template <std::integral Int>
  void set(Int& field, const PlayValue& value) {
    const char* end = value.text.data() + value.text.size();
    if (std::from_chars(value.text.data(), end, field).ptr != end) {
      problem_ = concat("'", value.text, "' is not a number");
    }
  }
  void set(std::string_view& field, const PlayValue& value) {
    field = texts_.emplace_back(value.text);
  }
  void set(wire::Bytes& field, const PlayValue& value) { set(field.view, value); }
  /// As uuids are printed: 22 digits of base64 for URLs.
  void set(wire::Uuid& field, const PlayValue& value) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned bits = 0;
    std::size_t count = 0, filled = 0;
    for (const char digit : value.text) {
      bits = bits << 6 | static_cast<unsigned>(kDigits.find(digit));
      count += 6;
      if (count < 8 || filled == field.bytes.size()) continue;
      count -= 8;
      field.bytes[filled++] = static_cast<char>(bits >> count);
    }
    if (filled < field.bytes.size()) problem_ = concat("'", value.text, "' is not a uuid");
  }
  template <class Element>
  void set(std::vector<Element>& field, const PlayValue& value) {
    for (const PlayValue& item : value.items) set(field.emplace_back(), item);
  }
  /// `{values=["a", "b"], time=5, producer=1000, epoch=0, sequence=0}`, with `damaged=true` so that
  /// its checksum is wrong, with `transactional=true` of a transaction; a list of those; or a text
  /// as it is. With `keys=["k", null]` the records have keys, as many as values, which may be null.
  void set(wire::Records& field, const PlayValue& value) {
    std::string& bytes = texts_.emplace_back(value.is_null() ? "" : value.text);
    if (value.kind == PlayValue::Kind::kStruct) bytes = encoded(value);
    for (const PlayValue& batch : value.items) bytes += encoded(batch);
    field.view = bytes;
  }
  std::string encoded(const PlayValue& value) {
    TestBatch batch;
    batch.values.clear();
    if (const PlayValue* values = value.field("values")) {
      for (const PlayValue& item : values->items) batch.values.push_back(item.text);
    }
    if (const PlayValue* keys = value.field("keys")) add_keys(*keys, value, batch);
    if (const PlayValue* time = value.field("time")) set(batch.first_timestamp, *time);
    if (const PlayValue* producer = value.field("producer")) set(batch.producer_id, *producer);
    if (const PlayValue* epoch = value.field("epoch")) set(batch.producer_epoch, *epoch);
    if (const PlayValue* sequence = value.field("sequence")) set(batch.base_sequence, *sequence);
    if (const PlayValue* in = value.field("transactional"))
      batch.transactional = in->text == "true";
    std::string bytes = encode(batch);
    if (value.field("damaged")) bytes.back() ^= 1;
    return bytes;
  }
  void add_keys(const PlayValue& keys, const PlayValue& value, TestBatch& batch) {
    const PlayValue* values = value.field("values");
    if (values == nullptr || values->items.size() != keys.items.size()) {
      problem_ = "there are not as many keys as values";
      return;
    }
    const auto text_of = [](const PlayValue& item) {
      return item.is_null() ? std::nullopt : std::optional(item.text);
    };
    for (std::size_t i = 0; i < keys.items.size(); ++i) {
      batch.records.push_back({text_of(keys.items[i]), text_of(values->items[i])});
    }
  }
  template <class Struct>
    requires requires(Struct& s, FillVisitor& v) { Struct::describe(s, v); }
  void set(Struct& field, const PlayValue& value) {
    FillVisitor(value, texts_, problem_).fill(field);
  }

  const PlayValue& from_;
  std::deque<std::string>& texts_;
  std::string& problem_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace weir::broker
