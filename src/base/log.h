#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace weir {

enum class LogLevel : unsigned char { kDebug, kInfo, kWarning, kError };

/// Where log lines go: one call a line, without a line end. Called from any thread; must not block.
using LogSink = std::function<void(LogLevel, std::string_view line)>;

/// Writes lines at or above a level to a sink (standard error by default). A value, cheap to copy;
/// given to whoever logs, so that two contexts in one process can log to different places.
class Log {
 public:
  Log();
  Log(LogLevel least, LogSink sink);

  void debug(std::string_view line) const { write(LogLevel::kDebug, line); }
  void info(std::string_view line) const { write(LogLevel::kInfo, line); }
  void warning(std::string_view line) const { write(LogLevel::kWarning, line); }
  void error(std::string_view line) const { write(LogLevel::kError, line); }

 private:
  void write(LogLevel level, std::string_view line) const;
  LogLevel least_;
  LogSink sink_;
};

/// Joins its arguments as text: strings as they are, numbers in decimal. For messages.
template <class... Parts>
std::string concat(const Parts&... parts) {
  std::string text;
  const auto add = [&text](const auto& part) {
    if constexpr (requires { text.append(part); }) {
      text.append(part);
    } else if constexpr (requires { to_string(part); }) {
      text.append(to_string(part));
    } else {
      text.append(std::to_string(part));
    }
  };
  (add(parts), ...);
  return text;
}

}  // namespace weir
