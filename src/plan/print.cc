#include <cstdio>
#include <string>

#include "base/log.h"
#include "weir/dstream.h"

namespace weir::detail {

void print_lines(BatchTime time, const std::vector<std::string>& lines, bool more) {
  std::string text =
      concat("-------------------------------------------\nTime: ", time.micros / 1000,
             " ms\n-------------------------------------------\n");
  for (const std::string& line : lines) text += line + "\n";
  if (more) text += "...\n";
  text += "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace weir::detail
