#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace weir {

/// The records of one partition of a Dataset. A cheap value: copies share the records, which never
/// change and may be read by any thread.
template <class T>
class DatasetPartition {
 public:
  using value_type = T;
  using const_iterator = typename std::vector<T>::const_iterator;
  using const_reference = typename std::vector<T>::const_reference;

  explicit DatasetPartition(std::vector<T> records)
      : records_(std::make_shared<const std::vector<T>>(std::move(records))) {}
  /// Shares `records`, which must be there.
  explicit DatasetPartition(std::shared_ptr<const std::vector<T>> records)
      : records_(std::move(records)) {}

  std::size_t size() const { return records_->size(); }
  bool empty() const { return records_->empty(); }
  const_reference operator[](std::size_t at) const { return (*records_)[at]; }
  const_iterator begin() const { return records_->begin(); }
  const_iterator end() const { return records_->end(); }
  const std::vector<T>& records() const { return *records_; }
  /// The same, to share their ownership.
  const std::shared_ptr<const std::vector<T>>& shared() const { return records_; }

 private:
  std::shared_ptr<const std::vector<T>> records_;  // shared by all copies; never null
};

namespace detail {

/// Goes through the records of all partitions, one partition after the other. Valid as long as the
/// partitions are.
template <class T>
class DatasetIterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = T;
  using difference_type = std::ptrdiff_t;
  using pointer = const T*;
  using reference = typename DatasetPartition<T>::const_reference;

  DatasetIterator() = default;
  DatasetIterator(const DatasetPartition<T>* partition, const DatasetPartition<T>* end)
      : partition_(partition), end_(end) {
    skip_ends();
  }

  reference operator*() const { return (*partition_)[at_]; }
  pointer operator->() const { return &(*partition_)[at_]; }
  DatasetIterator& operator++() {
    ++at_;
    skip_ends();
    return *this;
  }
  DatasetIterator operator++(int) {
    DatasetIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const DatasetIterator&) const = default;

 private:
  void skip_ends() {
    while (partition_ != end_ && at_ == partition_->size()) {
      ++partition_;
      at_ = 0;
    }
  }

  const DatasetPartition<T>* partition_ = nullptr;
  const DatasetPartition<T>* end_ = nullptr;
  std::size_t at_ = 0;
};

/// Returns one partition of several, which follow each other. One alone is shared, not copied.
template <class T>
DatasetPartition<T> joined(std::span<const DatasetPartition<T>> parts) {
  if (parts.size() == 1) return parts.front();
  std::size_t size = 0;
  for (const DatasetPartition<T>& part : parts) size += part.size();
  std::vector<T> all;
  all.reserve(size);
  for (const DatasetPartition<T>& part : parts) all.insert(all.end(), part.begin(), part.end());
  return DatasetPartition<T>(std::move(all));
}

}  // namespace detail
}  // namespace weir
