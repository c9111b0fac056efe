#include "kafka/group_errors.h"

#include "base/log.h"
#include "kafka/group_member.h"
#include "wire/error_codes.h"

namespace weir::kafka {

namespace {

namespace kafka_code = wire::kafka_code;

/// "'range' or 'cooperative-sticky'"
std::string offered(const MemberOptions& options) {
  std::string text;
  for (const Assignor assignor : offered_assignors(options.assignor)) {
    text += concat(text.empty() ? "'" : " or '", protocol_name(assignor), "'");
  }
  return text;
}

/// What to do about a code; empty where there is no advice.
std::string advice(std::int16_t code, const MemberOptions& options) {
  switch (code) {
    case kafka_code::kInvalidSessionTimeout:
      return concat(
          "choose another session_timeout than ",
          std::chrono::duration_cast<std::chrono::milliseconds>(options.session_timeout).count(),
          " ms");
    case kafka_code::kGroupAuthorizationFailed:
      return "allow this client to READ the group, or use another group";
    case kafka_code::kInconsistentGroupProtocol:
      return concat("all members must be consumers with the assignor ", offered(options),
                    "; change the others, or use another group");
    case kafka_code::kFencedInstanceId:
      return concat("another process, or another stream of this one, has joined as '",
                    options.instance_id.value_or(""), "'; give each an .instance of its own");
    case kafka_code::kGroupMaxSizeReached:
      return "use fewer inputs, or raise the broker's group.max.size";
    case kafka_code::kInvalidGroupId:
      return "give the group a name";
    default:
      return "";
  }
}

}  // namespace

Reaction reaction_to(std::int16_t code) {
  switch (code) {
    case kafka_code::kNone:
      return Reaction::kGoOn;
    case kafka_code::kRebalanceInProgress:
      return Reaction::kGiveUp;
    case kafka_code::kIllegalGeneration:
      return Reaction::kJoinAgain;
    case kafka_code::kUnknownMemberId:
      return Reaction::kJoinAsNew;
    default:
      return wire::facts_of(code).retriable ? Reaction::kTryAgain : Reaction::kFail;
  }
}

bool says_group_moved_on(std::int16_t code) {
  const Reaction reaction = reaction_to(code);
  return reaction == Reaction::kGiveUp || reaction == Reaction::kJoinAgain ||
         reaction == Reaction::kJoinAsNew;
}

Error membership_error(std::int16_t code, std::string_view api, const std::string& group,
                       const MemberOptions& options) {
  const std::string to_do = advice(code, options);
  const Error plain = wire::kafka_error(code, concat(api, " of group '", group, "'"));
  if (to_do.empty()) return plain;
  return Error(plain.code(), concat(plain.message(), "; ", to_do)).with_kafka_code(code);
}

}  // namespace weir::kafka
