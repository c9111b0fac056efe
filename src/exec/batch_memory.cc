#include "exec/batch_memory.h"

namespace weir::exec {

bool BatchMemory::add(std::size_t bytes) {
  const std::size_t now = bytes_.fetch_add(bytes) + bytes;
  std::size_t most = peak_.load();
  while (now > most && !peak_.compare_exchange_weak(most, now)) {
  }
  return now <= limit_;
}

}  // namespace weir::exec
