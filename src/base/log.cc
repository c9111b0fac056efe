#include "base/log.h"

#include <cstdio>

namespace weir {

namespace {

constexpr std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "?";
}

void to_standard_error(LogLevel level, std::string_view line) {
  const std::string text = concat("weir ", name_of(level), ": ", line, "\n");
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

Log::Log() : Log(LogLevel::kInfo, to_standard_error) {}
Log::Log(LogLevel least, LogSink sink) : least_(least), sink_(std::move(sink)) {}

void Log::write(LogLevel level, std::string_view line) const {
  if (level >= least_ && sink_) sink_(level, line);
}

}  // namespace weir
