#include "broker/faults.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/nearest_name.h"
#include "broker/dispatch.h"
#include "wire/error_codes.h"

namespace weir::broker {

namespace {

using Action = Fault::Action;

constexpr std::array<std::pair<std::string_view, Action>, 9> kActions = {
    {{"error", Action::kError},
     {"delay", Action::kDelay},
     {"lose", Action::kLose},
     {"lose_answer", Action::kLoseAnswer},
     {"freeze", Action::kFreeze},
     {"garble", Action::kGarble},
     {"throttle", Action::kThrottle},
     {"straggle", Action::kStraggle},
     {"hold", Action::kHold}}};

bool befalls(const Fault& fault, std::int16_t api) {
  const auto key = static_cast<wire::ApiKey>(api);
  if (fault.api.empty()) return key != wire::ApiKey::kApiVersions;
  return std::any_of(served_apis().begin(), served_apis().end(), [&](const ServedApi& served) {
    return served.key == key && served.name == fault.api;
  });
}

/// Reads the words of a fault one after the other.
class FaultReader {
 public:
  explicit FaultReader(std::string_view text) : text_(text), rest_(text) {}

  Result<Fault> run() {
    WEIR_RETURN_IF_ERROR(read_api());
    WEIR_RETURN_IF_ERROR(read_action());
    for (std::string_view word = next(); !word.empty(); word = next()) {
      WEIR_RETURN_IF_ERROR(read_condition(word));
    }
    return fault_;
  }

 private:
  std::string_view next() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    const std::string_view word = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(word.size());
    return word;
  }

  Error refuse(std::string_view what, std::string_view word,
               const std::vector<std::string_view>& known) const {
    return Error(ErrorCode::kInvalidArgument, concat("fault \"", text_, "\": \"", word, "\" is no ",
                                                     what, did_you_mean(word, known)));
  }

  Result<void> read_api() {
    const std::string_view word = next();
    if (word == "*") return {};
    std::vector<std::string_view> names;
    for (const ServedApi& api : served_apis()) names.push_back(api.name);
    if (std::find(names.begin(), names.end(), word) == names.end()) {
      return refuse("request that this broker serves, nor *", word, names);
    }
    fault_.api = word;
    return {};
  }

  Result<void> read_action() {
    const std::string_view word = next();
    std::vector<std::string_view> names;
    for (const auto& [name, action] : kActions) {
      names.push_back(name);
      if (name == word) fault_.action = action;
    }
    if (std::find(names.begin(), names.end(), word) == names.end()) {
      return refuse("action", word, names);
    }
    if (fault_.action == Action::kError) return read_error();
    const bool takes_time = fault_.action == Action::kDelay || fault_.action == Action::kStraggle ||
                            fault_.action == Action::kThrottle;
    return takes_time ? read_delay() : Result<void>();
  }

  Result<void> read_error() {
    const std::string_view word = next();
    const auto code = wire::code_named(word);
    if (!code || *code == wire::kafka_code::kNone) {
      return refuse("error of Kafka's", word, wire::code_names());
    }
    fault_.error = *code;
    return {};
  }

  Result<void> read_delay() {
    std::string_view word = next();
    if (word.ends_with("ms")) word.remove_suffix(2);
    int millis = 0;
    WEIR_RETURN_IF_ERROR(read_number(word, millis));
    fault_.delay = std::chrono::milliseconds(millis);
    return {};
  }

  Result<void> read_condition(std::string_view word) {
    if (word == "times") return read_number(next(), fault_.times);
    if (word == "after") return read_number(next(), fault_.after);
    return refuse("condition", word, {"times", "after"});
  }

  Result<void> read_number(std::string_view word, int& into) {
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), into);
    if (error == std::errc() && end == word.data() + word.size()) return {};
    return refuse("number", word, {});
  }

  const std::string_view text_;
  std::string_view rest_;
  Fault fault_;
};

}  // namespace

Result<Fault> parse_fault(std::string_view text) { return FaultReader(text).run(); }

void Faults::clear() {
  faults_.clear();
  release();
}

std::optional<Fault> Faults::take(std::int16_t api) {
  for (auto planned = faults_.begin(); planned != faults_.end(); ++planned) {
    if (!befalls(planned->fault, api)) continue;
    if (planned->seen++ < planned->fault.after) continue;
    const Fault fault = planned->fault;
    const bool is_last = fault.times >= 0 && planned->seen >= fault.after + fault.times;
    if (is_last) faults_.erase(planned);
    return fault;
  }
  return std::nullopt;
}

void Faults::garble(std::string& answer) {
  for (std::uint32_t left = 1 + chance_() % 4; left > 0 && !answer.empty(); --left) {
    answer[chance_() % answer.size()] ^= static_cast<char>(1 + chance_() % 255);
  }
}

void Faults::release() {
  for (const auto& resume : std::exchange(held_, {})) resume();
}

}  // namespace weir::broker
