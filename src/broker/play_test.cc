// Plays the scenes of plays/*.play on a broker and a simulated network: each line that is a command
// is followed by all that the broker said then. Run with WEIR_REWRITE_PLAYS=1 to write down what is
// said now, and read the difference.
//
//   broker auto_create=false            how the broker is set up; may come first
//   a> Metadata 9 {topics=[...]}        client a (another name: another connection) sends this
//   a< {...}                            and is answered so
//   wait 50                             milliseconds pass
//   close a                             client a goes away
//
// $a stands for the member id that a JoinGroup gave to client a; a/2 is a's second connection.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "broker/broker.h"
#include "broker/testing/fill_visitor.h"
#include "broker/testing/test_client.h"
#include "wire/error_codes.h"
#include "wire/messages/all.h"

namespace weir::broker {
namespace {

constexpr Duration kTimeToAnswer = std::chrono::milliseconds(5);

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

/// Runs one play, and writes down what is said.
class Stage {
 public:
  std::string run(std::istream& play) {
    std::string script;
    for (std::string line; std::getline(play, line);) {
      if (line.find("< ") < line.find('"')) continue;  // what was said when it was written
      script += line + "\n";
      const std::string said = perform(line);
      script += said;
    }
    return script;
  }

 private:
  struct Asked {
    std::string client;
    std::int32_t id;
    std::function<std::string(std::string_view frame)> print;
  };

  std::string perform(const std::string& line) {
    std::istringstream words(line);
    std::string first, second;
    words >> first >> second;
    if (first.empty() || first[0] == '#') return "";
    if (first == "broker") return set_up(line.substr(first.size()));
    start();
    if (first == "wait") {
      network_.run_for(std::chrono::milliseconds(std::stoi(second)));
    } else if (first == "close") {
      clients_.at(second)->close();
      network_.run_for(kTimeToAnswer);
    } else if (first.back() == '>') {
      std::int16_t version = 0;
      words >> version;
      std::string value;
      std::getline(words, value);
      send(first.substr(0, first.size() - 1), second, version, value);
      network_.run_for(kTimeToAnswer);
    } else {
      ADD_FAILURE() << "no command: " << line;
    }
    return what_was_said();
  }

  std::string set_up(std::string_view text) {
    const auto value = parse_play_value(concat("{", text, "}"));
    EXPECT_TRUE(value.ok()) << text;
    if (const auto* field = value->field("auto_create")) {
      options_.auto_create_topics = field->text == "true";
    }
    if (const auto* field = value->field("partitions")) {
      options_.default_partitions = std::stoi(field->text);
    }
    if (const auto* field = value->field("delay")) {
      options_.group_initial_rebalance_delay = std::chrono::milliseconds(std::stoi(field->text));
    }
    return "";
  }

  void start() {
    if (broker_) return;
    options_.port = 9092;
    broker_ =
        std::make_unique<Broker>(network_.loop("broker"), options_, Log(LogLevel::kError, nullptr));
    ASSERT_TRUE(broker_->start().ok());
  }

  TestClient& client(const std::string& name) {
    auto& client = clients_[name];
    if (!client) client = std::make_unique<TestClient>(network_, broker_->port());
    return *client;
  }

  void send(const std::string& name, const std::string& api, std::int16_t version,
            std::string text) {
    for (const auto& [id, holder] : member_ids_) replace_all(text, holder, id);
    const auto value = parse_play_value(text);
    ASSERT_TRUE(value.ok()) << value.error().message();
    bool found = false;
    wire::for_each_request([&]<class Request>() {
      if (Request::kSchema.name != api + "Request") return;
      found = true;
      send_request<Request>(name, version, *value);
    });
    ASSERT_TRUE(found) << "no request " << api;
  }

  template <class Request>
  void send_request(const std::string& name, std::int16_t version, const PlayValue& value) {
    using Response = typename Request::Response;
    Request request;
    std::deque<std::string> texts;
    std::string problem;
    FillVisitor(value, texts, problem).fill(request);
    ASSERT_EQ(problem, "");
    const std::int32_t id = client(name).send(request, version);
    asked_.push_back({name, id, [this, name, version, id](std::string_view frame) {
                        const auto response = wire::read_response<Response>(frame, version, id);
                        if (!response.ok()) return response.error().message();
                        note(name, *response);
                        return wire::print(*response, version);
                      }});
  }

  template <class Response>
  void note(const std::string& name, const Response& response) {
    if constexpr (std::is_same_v<Response, wire::JoinGroupResponse>) {
      namespace code = wire::kafka_code;
      const bool has_id =
          response.error_code == code::kNone || response.error_code == code::kMemberIdRequired;
      if (!has_id) return;
      member_ids_.emplace(response.member_id, "$" + name.substr(0, name.find('/')));
    }
  }

  std::string what_was_said() {
    std::string said;
    for (auto asked = asked_.begin(); asked != asked_.end();) {
      TestClient& peer = *clients_.at(asked->client);
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
    for (const auto& [id, holder] : member_ids_) replace_all(said, id, holder);
    replace_all(said, "throttleTimeMs=0, ", "");
    return with_error_names(said);
  }

  net::SimNetwork network_{1};
  BrokerOptions options_{.seed = 7};
  std::unique_ptr<Broker> broker_;
  std::map<std::string, std::unique_ptr<TestClient>> clients_;
  std::map<std::string, bool> told_closed_;
  std::vector<Asked> asked_;
  std::map<std::string, std::string> member_ids_;
};

class PlayTest : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(PlayTest, GoesAsWritten) {
  std::ifstream file(GetParam());
  std::stringstream written;
  written << file.rdbuf();
  const std::string played = Stage().run(written);
  if (std::getenv("WEIR_REWRITE_PLAYS") != nullptr) std::ofstream(GetParam()) << played;
  EXPECT_EQ(played, written.str());
}

std::vector<std::filesystem::path> plays() {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(WEIR_BROKER_PLAYS)) {
    if (entry.path().extension() == ".play") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

INSTANTIATE_TEST_SUITE_P(Plays, PlayTest, testing::ValuesIn(plays()),
                         [](const auto& play) { return play.param.stem().string(); });

}  // namespace
}  // namespace weir::broker
