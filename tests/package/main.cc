// Uses weir as a project of its own would: includes what is public, links what is compiled.
#include <weir/result.h>

#include <iostream>

int main() {
  weir::Result<int> result = weir::Error(weir::ErrorCode::kNotFound, "no topic 'tweets'");
  std::cout << weir::to_string(result.error().code()) << ": " << result.error().message() << "\n";
}
