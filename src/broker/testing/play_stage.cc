#include "broker/testing/play_stage.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <sstream>
#include <utility>

#include "base/log.h"
#include "broker/testing/fill_visitor.h"
#include "broker/testing/print_records.h"
#include "wire/error_codes.h"
#include "wire/messages/all.h"
#include "wire/print_visitor.h"

namespace weir::broker {

namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

/// Puts names in the place of error codes other than 0.
std::string with_error_names(const std::string& text) {
  constexpr std::string_view kField = "rrorCode=";
  std::string named;
  std::size_t from = 0;
  for (std::size_t at = 0; (at = text.find(kField, at)) != std::string::npos;) {
    at += kField.size();
    const std::size_t end = text.find_first_not_of("-0123456789", at);
    const int code = std::stoi(text.substr(at, end - at));
    named += text.substr(from, at - from);
    named += code == 0 ? "0" : wire::facts_of(static_cast<std::int16_t>(code)).name;
    from = at = end;
  }
  return named + text.substr(from);
}

/// Whether the line is what was said when the play was written.
bool is_answer(const std::string& line) { return line.find("< ") < line.find('"'); }

/// Does not expect the answers that Kafka does not give, as the line may say: `kafka kind: a=none`.
void leave_out_undelivered(const std::string& line, std::map<std::string, std::size_t>& expected) {
  if (!line.starts_with("kafka ")) return;
  for (auto& [client, count] : expected) {
    if (line.find(concat(" ", client, "=none")) != std::string::npos) --count;
  }
}

bool may_change_topics_or_features(std::string_view api) {
  constexpr std::string_view kApis[] = {"CreateTopics", "CreatePartitions",        "DeleteTopics",
                                        "AlterConfigs", "IncrementalAlterConfigs", "UpdateFeatures",
                                        "Metadata"};
  return std::find(std::begin(kApis), std::end(kApis), api) != std::end(kApis);
}

bool may_end_a_transaction(std::string_view api) {
  return api == "EndTxn" || api == "InitProducerId";
}

Error no_command(const std::string& line) {
  return Error(ErrorCode::kInvalidArgument, concat("no command of a play: '", line, "'"));
}

}  // namespace

Result<std::string> PlayStage::run(std::string_view play) {
  std::vector<std::string> lines;
  std::istringstream in{std::string(play)};
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::string played;
  for (std::size_t i = 0; i < lines.size();) {
    const std::string& line = lines[i++];
    Expected expected;
    for (; i < lines.size() && is_answer(lines[i]); ++i) {
      ++expected[lines[i].substr(0, lines[i].find('<'))];
    }
    if (i < lines.size()) leave_out_undelivered(lines[i], expected);
    WEIR_RETURN_IF_ERROR(perform(line, expected));
    played += line + "\n" + what_was_said();
  }
  return played;
}

Result<void> PlayStage::perform(const std::string& line, const Expected& expected) {
  std::istringstream words(line);
  std::string first, second;
  words >> first >> second;
  if (first.empty() || first[0] == '#' || first == "kafka") return {};
  if (first == "broker") return set_up(line.substr(first.size()));
  if (first == "wait") {
    host_.wait(std::chrono::milliseconds(std::stoi(second)));
  } else if (first == "close") {
    if (!clients_.contains(second)) return no_command(line);
    clients_.at(second)->close();
  } else if (first.back() == '>') {
    std::int16_t version = 0;
    words >> version;
    std::string value;
    std::getline(words, value);
    WEIR_RETURN_IF_ERROR(send(first.substr(0, first.size() - 1), second, version, value));
  } else {
    return no_command(line);
  }
  host_.let_answer([&] { return all_came(expected); });
  if (first == "close" || (first != "wait" && somebody_waits())) host_.let_take_notice();
  if (may_end_a_transaction(second)) return host_.settle_transactions();
  return may_change_topics_or_features(second) ? host_.settle() : Result<void>();
}

Result<void> PlayStage::set_up(std::string_view settings) {
  const auto value = parse_play_value(concat("{", settings, "}"));
  if (!value.ok()) return value.error();
  host_.set_up(*value);
  return {};
}

FrameClient& PlayStage::client(const std::string& name) {
  auto& client = clients_[name];
  if (!client) client = host_.connect();
  return *client;
}

Result<void> PlayStage::send(const std::string& name, const std::string& api, std::int16_t version,
                             std::string text) {
  for (const auto& [id, holder] : holders_) replace_all(text, holder, id);
  const auto value = parse_play_value(text);
  if (!value.ok()) return value.error();
  Result<void> outcome = Error(ErrorCode::kInvalidArgument, concat("no request ", api));
  wire::for_each_request([&]<class Request>() {
    if (Request::kSchema.name == api + "Request") {
      outcome = send_request<Request>(name, version, *value);
    }
  });
  return outcome;
}

template <class Request>
Result<void> PlayStage::send_request(const std::string& name, std::int16_t version,
                                     const PlayValue& value) {
  using Response = typename Request::Response;
  Request request;
  std::deque<std::string> texts;
  std::string problem;
  FillVisitor(value, texts, problem).fill(request);
  if (!problem.empty()) return Error(ErrorCode::kInvalidArgument, problem);
  std::string transactional_id;
  if constexpr (std::is_same_v<Request, wire::InitProducerIdRequest>) {
    transactional_id = request.transactional_id.value_or("");
  }
  const std::int32_t id = client(name).send(request, version);
  asked_.push_back({name, id, [=, this](std::string_view frame) {
                      const auto response = wire::read_response<Response>(frame, version, id);
                      if (!response.ok()) return response.error().message();
                      note(name, *response);
                      if constexpr (std::is_same_v<Request, wire::InitProducerIdRequest>) {
                        if (!transactional_id.empty() && response->error_code == 0) {
                          note_producer(transactional_id, response->producer_id);
                        }
                      }
                      std::string printed = wire::print(*response, version);
                      if constexpr (std::is_same_v<Response, wire::FetchResponse>) {
                        print_records(*response, printed);
                      }
                      return printed;
                    }});
  return {};
}

// The number alone would be found in other numbers too.
void PlayStage::note_producer(const std::string& transactional_id, std::int64_t producer_id) {
  for (const char* field : {"producerId=", "ProducerId=", "producer="}) {
    holders_[concat(field, producer_id)] = concat(field, "producer-of-", transactional_id);
  }
}

template <class Response>
void PlayStage::note(const std::string& client, const Response& response) {
  if constexpr (std::is_same_v<Response, wire::JoinGroupResponse>) {
    namespace code = wire::kafka_code;
    const bool has_id =
        response.error_code == code::kNone || response.error_code == code::kMemberIdRequired;
    if (!has_id) return;
    holders_.emplace(response.member_id, "$" + client.substr(0, client.find('/')));
  } else if constexpr (requires { response.topics.at(0).topic_id, response.topics.at(0).name; }) {
    for (const auto& topic : response.topics) {
      const auto name = std::optional<std::string_view>(topic.name).value_or("");
      if (topic.topic_id == wire::Uuid() || name.empty()) continue;
      std::string id;
      wire::detail::print_uuid(topic.topic_id, id);
      holders_[id] = concat("id-of-", name);
    }
  }
}

bool PlayStage::all_came(const Expected& expected) const {
  Expected came;
  for (const Asked& asked : asked_) {
    if (clients_.at(asked.client)->has_answer(asked.id)) ++came[asked.client];
  }
  return std::all_of(expected.begin(), expected.end(), [&](const auto& entry) {
    return came[entry.first] >= entry.second || clients_.at(entry.first)->closed;
  });
}

bool PlayStage::somebody_waits() const {
  return std::any_of(asked_.begin(), asked_.end(), [&](const Asked& asked) {
    return !clients_.at(asked.client)->has_answer(asked.id);
  });
}

std::string PlayStage::what_was_said() {
  std::string said;
  for (auto asked = asked_.begin(); asked != asked_.end();) {
    FrameClient& peer = *clients_.at(asked->client);
    if (!peer.has_answer(asked->id)) {
      ++asked;
      continue;
    }
    const Buffer frame = peer.take_answer(asked->id);
    said += asked->client + "< " + asked->print(frame.view()) + "\n";
    asked = asked_.erase(asked);
  }
  for (auto& [name, peer] : clients_) {
    if (!std::exchange(told_closed_[name], peer->closed) && peer->closed) {
      said += name + "< (connection closed)\n";
    }
  }
  for (const auto& [id, holder] : holders_) replace_all(said, id, holder);
  replace_all(said, "throttleTimeMs=0, ", "");
  return with_error_names(said);
}

}  // namespace weir::broker
