#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "weir/result.h"
#include "weir/types.h"

namespace weir::broker {

/// What an embedded broker does wrong on demand, so that a client's reaction can be tested.
struct Fault {
  enum class Action : std::uint8_t {
    kError,       ///< answers with `error`, and does nothing of what was asked
    kDelay,       ///< waits for `delay` before it acts; its connection waits too, as in Kafka
    kLose,        ///< ends the connection without having acted
    kLoseAnswer,  ///< acts, then ends the connection in place of the answer
    kFreeze,      ///< never answers, nor whatever comes behind on the same connection
    kGarble,      ///< acts, and answers with some bytes changed
    kThrottle,    ///< acts, answers that the client shall wait for `delay`, and does not serve its
                  ///< connection until then, as where a client has used up its quota (KIP-219)
    kStraggle,    ///< ends the connection, and acts after `delay`, as on a request that was on its
                  ///< way when its connection broke
    kHold,        ///< waits until released: see EmbeddedBroker::release_held()
  };
  /// Kafka's name of the request, such as "Produce"; empty: every request but ApiVersions.
  std::string api{};
  Action action = Action::kError;
  std::int16_t error = 0;  ///< of kError: a Kafka error code
  Duration delay{0};       ///< of kDelay, kStraggle and kThrottle
  int times = 1;           ///< how many requests it befalls; -1: all until cleared
  int after = 0;           ///< how many requests pass before
};

/// Reads a fault from text: "Produce error NOT_LEADER_OR_FOLLOWER times 3 after 10",
/// "Fetch delay 250ms", "* lose". The actions are error CODE, delay MS, straggle MS, throttle MS,
/// lose, lose_answer, freeze, garble, hold. Fails with a sentence that names the word that is
/// wrong, and the nearest that is right.
Result<Fault> parse_fault(std::string_view text);

}  // namespace weir::broker
