#pragma once

#include <charconv>
#include <fstream>
#include <istream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

/// For tests only: what Kafka's own classes wrote, one thing a line, made by tests/java/.
namespace weir::wire {

/// Reads `hex`, or "-" for no bytes.
inline std::string from_hex(std::string_view hex) {
  std::string bytes(hex.size() / 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    unsigned value = 0;
    std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, value, 16);
    bytes[i] = static_cast<char>(value);
  }
  return bytes;
}

/// Returns the lines of a file.
inline std::vector<std::istringstream> golden_lines(const std::string& path) {
  std::vector<std::istringstream> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.emplace_back(line);
  return lines;
}

}  // namespace weir::wire
