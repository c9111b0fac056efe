#include <weir/kafka.h>
#include <weir/streaming_context.h>

#include <sstream>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

std::vector<std::string> words(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> found;
  for (std::string word; in >> word;) found.push_back(word);
  return found;
}

bool is_question(const std::string& line) { return line.ends_with('?'); }

}  // namespace

int main(int, char** arguments) {
  const std::string brokers = arguments[1];
@SAMPLE@
}
