#pragma once

#include <string>
#include <string_view>

#include "state/state_log.h"

namespace weir::state {

/// What a file begins with: its format and whose it is, for people too.
std::string header_of(std::string_view app);

/// Returns a batch's changes as the bytes of a frame: its size, its checksum, and they.
std::string to_frame(const BatchChanges& changes);

/// What is at the begin of `bytes`.
enum class FrameAt { kWhole, kTorn, kDamaged };
/// Takes a frame from the begin of `bytes`. Torn: the bytes end within it. Damaged: its checksum or
/// its shape is wrong; its size may be, too. Nothing is taken then.
FrameAt take_frame(std::string_view& bytes, BatchChanges& changes);

}  // namespace weir::state
