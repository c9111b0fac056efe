#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "weir/dataset_operations.h"

namespace weir {

/// Makes datasets of a few partitions, some of them empty, from a seed.
class RandomDatasets {
 public:
  explicit RandomDatasets(unsigned seed) : random_(seed) {}

  int number(int least, int most) {
    return std::uniform_int_distribution<int>(least, most)(random_);
  }

  Dataset<int> numbers() {
    return of<int>([this] { return number(-9, 9); });
  }
  Dataset<std::string> words() {
    return of<std::string>([this] { return word(); });
  }
  Dataset<std::pair<std::string, int>> pairs() {
    return of<std::pair<std::string, int>>([this] { return std::pair(word(), number(0, 99)); });
  }

 private:
  std::string word() {
    const char letter = static_cast<char>('a' + number(0, 5));
    return std::string(static_cast<std::size_t>(number(0, 1) * 30 + 1), letter);
  }
  template <class T, class Make>
  Dataset<T> of(Make make) {
    std::vector<std::vector<T>> partitions(static_cast<std::size_t>(number(0, 4)));
    for (std::vector<T>& records : partitions) {
      for (int i = number(0, 2) == 0 ? 0 : number(1, 12); i > 0; --i) records.push_back(make());
    }
    return Dataset<T>::of(std::move(partitions));
  }

  std::mt19937 random_;
};

/// Returns the sizes of a dataset's partitions.
template <class T>
std::vector<std::size_t> sizes_of(const Dataset<T>& dataset) {
  std::vector<std::size_t> sizes;
  for (const auto& partition : dataset.partitions()) sizes.push_back(partition.size());
  return sizes;
}

/// Returns pairs as a map; keys must be there once.
template <class K, class V>
std::map<K, V> as_map(const Dataset<std::pair<K, V>>& pairs) {
  std::map<K, V> map;
  for (const auto& [key, value] : pairs) EXPECT_TRUE(map.emplace(key, value).second);
  return map;
}

/// Returns the records in order.
template <class T>
std::vector<T> in_order(const Dataset<T>& dataset) {
  std::vector<T> records = dataset.records();
  std::sort(records.begin(), records.end());
  return records;
}

}  // namespace weir
