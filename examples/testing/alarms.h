#pragma once

#include <chrono>
#include <sstream>
#include <string>
#include <utility>

#include "weir/dstream.h"

namespace alarms {

/// "kitchen 21.5" -> (kitchen, 21.5)
inline std::pair<std::string, double> parse(const std::string& reading) {
  std::istringstream text(reading);
  std::pair<std::string, double> parsed;
  text >> parsed.first >> parsed.second;
  return parsed;
}

/// Names the sensors whose highest reading of the last minute is above `limit`, with each batch.
/// A pipeline as a function: main() gives it a topic, and a test what it likes.
inline weir::DStream<std::string> too_hot(const weir::DStream<std::string>& readings,
                                          double limit) {
  const auto higher = [](double a, double b) { return a > b ? a : b; };
  return readings.map(parse)
      .reduce_by_key_and_window(higher, std::chrono::minutes(1))
      .filter([limit](const auto& highest) { return highest.second > limit; })
      .map([](const auto& highest) { return highest.first; });
}

}  // namespace alarms
