#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "weir/result.h"

namespace weir::kafka {

struct MemberOptions;

/// What a member does about an error code in an answer.
enum class Reaction : std::uint8_t {
  kGoOn,       ///< all is well
  kTryAgain,   ///< after a pause, perhaps at another broker
  kGiveUp,     ///< the group rebalances: give partitions up, then join again
  kJoinAgain,  ///< the generation is over: join again
  kJoinAsNew,  ///< the group does not know the member: join again as a new one
  kFail        ///< nothing the member could do
};
Reaction reaction_to(std::int16_t code);
/// True where a code says that the group has moved on without the member.
bool says_group_moved_on(std::int16_t code);

/// The error a member of `group` fails with: what is wrong and what to do.
Error membership_error(std::int16_t code, std::string_view api, const std::string& group,
                       const MemberOptions& options);

}  // namespace weir::kafka
