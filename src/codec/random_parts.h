#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

namespace weir {

/// Makes random values of composite types, for tests: small ones, with every kind of part in them.
class RandomParts {
 public:
  explicit RandomParts(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t end) { return random_() % end; }

  template <class T>
  T make() {
    T value{};
    fill(value);
    return value;
  }

 private:
  template <class T>
    requires std::is_arithmetic_v<T>
  void fill(T& value) {
    value = static_cast<T>(static_cast<std::int64_t>(random_()) >> below(64));
  }
  template <class T>
    requires std::is_enum_v<T>
  void fill(T& value) {
    value = static_cast<T>(make<std::underlying_type_t<T>>());
  }
  void fill(std::string& value) {
    for (std::size_t i = below(5); i > 0; --i) value.push_back(make<char>());
    if (below(20) == 0) value.append(200, 'x');
  }
  void fill(std::monostate) {}
  template <class A, class B>
  void fill(std::pair<A, B>& value) {
    fill(value.first);
    fill(value.second);
  }
  template <class... Parts>
  void fill(std::tuple<Parts...>& value) {
    std::apply([this](Parts&... part) { (fill(part), ...); }, value);
  }
  template <class T, std::size_t kSize>
  void fill(std::array<T, kSize>& value) {
    for (T& item : value) fill(item);
  }
  template <class T>
  void fill(std::optional<T>& value) {
    if (below(2) == 0) value = make<T>();
  }
  template <class... Parts>
  void fill(std::variant<Parts...>& value) {
    const std::size_t index = below(sizeof...(Parts));
    std::size_t i = 0;
    ((i++ == index ? void(value = make<Parts>()) : void()), ...);
  }
  template <class T>
  void fill(std::vector<T>& value) {
    for (std::size_t i = below(4); i > 0; --i) value.push_back(make<T>());
  }
  template <class Container>
    requires requires { typename Container::key_type; }
  void fill(Container& value) {
    for (std::size_t i = below(4); i > 0; --i) insert(value);
  }
  template <class Set>
  void insert(Set& set) {
    set.insert(make<typename Set::key_type>());
  }
  template <class Map>
    requires requires { typename Map::mapped_type; }
  void insert(Map& map) {
    map.emplace(make<typename Map::key_type>(), make<typename Map::mapped_type>());
  }

  std::mt19937_64 random_;
};

/// Types that nest all that there is a codec for: in Sorted, every value has one form in bytes.
namespace parts {

enum class Level : std::uint16_t { kLow = 1, kHigh = 0x0203 };

using Scalars = std::tuple<bool, char, signed char, std::uint8_t, std::int16_t, std::uint16_t,
                           std::int32_t, std::uint32_t, std::int64_t, std::uint64_t, Level>;
using Choice = std::variant<std::monostate, std::string, std::vector<std::uint16_t>, Level>;
using Sorted =
    std::tuple<Scalars, std::optional<std::pair<std::string, int>>, std::vector<bool>,
               std::vector<std::vector<std::optional<std::string>>>, std::array<Choice, 2>,
               std::map<std::string, std::vector<Choice>>, std::set<std::pair<int, std::string>>>;
using Unsorted = std::pair<std::unordered_map<std::string, std::set<char>>,
                           std::vector<std::unordered_set<std::uint8_t>>>;

}  // namespace parts
}  // namespace weir
