#include "weir/summaries/summary.h"

#include <stdexcept>

namespace weir::detail {

void refuse(const std::string& message) { throw std::invalid_argument(message); }

Error cannot_merge(const char* what, const char* option, const std::string& ours,
                   const std::string& theirs) {
  return Error(ErrorCode::kInvalidArgument, std::string("two ") + what + " with a different " +
                                                option + " cannot be merged: " + ours + " and " +
                                                theirs + "; make both with the same options");
}

}  // namespace weir::detail
