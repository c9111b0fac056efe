#include "base/check.h"

#include <cstdio>
#include <cstdlib>

#include "weir/result.h"

namespace weir {

namespace detail {

void check_failed(const char* condition, const char* why, const char* file, int line) {
  std::fprintf(stderr, "weir: broken invariant at %s:%d: %s (%s). Please report this.\n", file,
               line, condition, why);
  std::abort();
}

void bad_result_access(const Error& error) {
  std::fprintf(stderr, "weir: the value of a failed Result was read; its error: %s\n",
               error.message().c_str());
  std::abort();
}

}  // namespace detail

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid argument";
    case ErrorCode::kNotFound:
      return "not found";
    case ErrorCode::kAlreadyExists:
      return "already exists";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kTimedOut:
      return "timed out";
    case ErrorCode::kCorrupt:
      return "corrupt";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kResourceExhausted:
      return "resource exhausted";
    case ErrorCode::kAborted:
      return "aborted";
    case ErrorCode::kUserFunction:
      return "user function";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "unknown";
}

}  // namespace weir
