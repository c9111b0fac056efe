#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace weir::detail {

/// Gathers records that come one by one, in memory that does not move: those that are there may be
/// read while others are added.
class RecordBlock {
 public:
  virtual ~RecordBlock() = default;
  /// Moves a record in; returns whether there is room for another.
  virtual bool add(void* record) = 0;
  /// Where the first record is, or will be.
  virtual const void* first() const = 0;
};

template <class T>
class RecordBlockOf final : public RecordBlock {
 public:
  RecordBlockOf() { records_.reserve(kRoom); }
  bool add(void* record) override {
    records_.push_back(std::move(*static_cast<T*>(record)));
    return records_.size() < kRoom;
  }
  const void* first() const override { return records_.data(); }

 private:
  static constexpr std::size_t kRoom = 64;
  std::vector<T> records_;
};

/// How blocks of a type are made.
struct RecordBlockType {
  std::size_t stride = 0;
  std::shared_ptr<RecordBlock> (*make)() = nullptr;
};

template <class T>
inline constexpr RecordBlockType kRecordBlockType{
    sizeof(T), [] { return std::shared_ptr<RecordBlock>(std::make_shared<RecordBlockOf<T>>()); }};

}  // namespace weir::detail
