// Any bytes as a state log's frames, and as the entries in them.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "state/frames.h"
#include "weir/state_entries.h"
#include "wire/crc32c.h"

namespace weir {
namespace {

void read_entries(std::string_view bytes) {
  std::string again;
  const std::string_view all = bytes;
  while (const auto entry = detail::take_entry(bytes)) detail::append_entry(again, *entry);
  const std::string_view read = all.substr(0, all.size() - bytes.size());
  WEIR_CHECK(again.size() == read.size(), "an entry is as long as it was");
}

void read_frames(std::string_view bytes) {
  state::BatchChanges changes;
  while (!bytes.empty()) {
    const std::string_view before = bytes;
    if (state::take_frame(bytes, changes) != state::FrameAt::kWhole) break;
    for (const state::Change& change : changes.changes) read_entries(change.entries);
    const std::string again = state::to_frame(changes);
    WEIR_CHECK(again.size() == before.size() - bytes.size(), "a frame is as long as it was");
  }
}

/// Its checksum made right, or almost no input would come past it.
void read_payload(std::string_view payload) {
  state::BatchChanges none;
  std::string frame = state::to_frame(none);
  frame.resize(8);
  for (std::size_t i = 0; i < 8; ++i) frame[i] = static_cast<char>(payload.size() >> (8 * i));
  const std::uint32_t sum = wire::crc32c(payload);
  for (std::size_t i = 0; i < 4; ++i) frame.push_back(static_cast<char>(sum >> (8 * i)));
  frame.append(payload);
  read_frames(frame);
}

}  // namespace
}  // namespace weir

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  weir::read_frames(bytes);
  weir::read_payload(bytes);
  weir::read_entries(bytes);
  return 0;
}
