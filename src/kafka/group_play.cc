#include "kafka/group_play.h"

#include <cstdio>
#include <deque>
#include <sstream>

#include "base/check.h"
#include "wire/consumer_protocol.h"
#include "wire/error_codes.h"

namespace weir::kafka {

namespace {

using namespace std::chrono_literals;

/// Long enough for all that follows at once from a command.
constexpr Duration kAtOnce = 60ms;

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) {
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

std::string value(const std::map<std::string, std::string, std::less<>>& values,
                  std::string_view key) {
  const auto found = values.find(key);
  return found == values.end() ? "" : found->second;
}

std::int16_t error_code(const std::string& name) {
  if (name.empty()) return 0;
  for (std::int16_t code = -1; code < 200; ++code) {
    if (wire::facts_of(code).name == name) return code;
  }
  WEIR_CHECK(false, "a play names only errors that there are");
  return 0;
}

template <class Topics>
std::string listed(const Topics& topics) {
  std::string text;
  for (const auto& topic : topics) {
    for (const std::int32_t partition : topic.partitions) {
      text += concat(text.empty() ? "" : ",", topic.topic, "-", partition);
    }
  }
  return text;
}

std::string subscribed(wire::Bytes metadata) {
  std::string text;
  const auto subscription = wire::read_subscription(metadata.view).value();
  for (const auto& topic : subscription.topics) {
    text += concat(text.empty() ? "" : ",", topic);
  }
  if (subscription.owned_partitions.empty()) return text;
  return concat(text, "/", listed(subscription.owned_partitions), "@", subscription.generation_id);
}

std::string print(const wire::JoinGroupRequest& request) {
  std::string text = concat("JoinGroup member=", request.member_id);
  if (request.group_instance_id) text += concat(" instance=", *request.group_instance_id);
  for (const auto& protocol : request.protocols) {
    text += concat(" ", protocol.name, "=", subscribed(protocol.metadata));
  }
  return text;
}

std::string print(const wire::SyncGroupRequest& request) {
  std::string text =
      concat("SyncGroup member=", request.member_id, " generation=", request.generation_id);
  for (const auto& given : request.assignments) {
    const auto assignment = wire::read_assignment(given.assignment.view).value();
    text += concat(" ", given.member_id, "=", listed(assignment.assigned_partitions));
  }
  return text;
}

std::string print(const wire::HeartbeatRequest& request) {
  return concat("Heartbeat member=", request.member_id, " generation=", request.generation_id);
}

std::string print(const wire::LeaveGroupRequest& request) {
  const auto& who = request.members.at(0);
  std::string text = concat("LeaveGroup member=", who.member_id);
  if (who.group_instance_id) text += concat(" instance=", *who.group_instance_id);
  return text;
}

/// Reads "tweets-0,tweets-1".
std::vector<TopicPartition> partitions_of(const std::string& text, char separator) {
  std::vector<TopicPartition> partitions;
  for (const std::string& name : split(text, separator)) {
    const std::size_t dash = name.rfind('-');
    partitions.push_back({name.substr(0, dash), {std::stoi(name.substr(dash + 1))}});
  }
  return partitions;
}

/// Reads "tweets+clicks/tweets-0+tweets-1@3".
std::string encoded_subscription(const std::string& text) {
  if (text == "garbage") return "x";
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::size_t at = std::min(text.find('@'), text.size());
  const auto topics = split(text.substr(0, slash), '+');
  if (slash == text.size()) return encode_subscription(Assignor::kRange, topics, {}, -1);
  const auto owned = partitions_of(text.substr(slash + 1, at - slash - 1), '+');
  return encode_subscription(Assignor::kCooperativeSticky, topics, owned,
                             std::stoi(text.substr(at + 1)));
}

std::string names(const std::vector<TopicPartition>& partitions) {
  std::string text;
  for (const auto& partition : partitions) text += concat(" ", partition);
  return text;
}

}  // namespace

GroupPlay::GroupPlay() : metadata_(context_) {
  context_.options.bootstrap = {{"one", 9092}};
  context_.options.metadata_max_age = 10s;
  for (FakeBroker* broker : {&cluster_.one, &cluster_.two}) {
    set_up(*broker);
    set_up_joining(*broker, wire::JoinGroupRequest::kSchema.versions);
  }
}
GroupPlay::~GroupPlay() = default;

void GroupPlay::set_up(FakeBroker& broker) {
  broker.on<wire::FindCoordinatorRequest>([this](const auto& request, const auto& reply) {
    wire::FindCoordinatorResponse response;
    const bool one = coordinator_name_ == "one";
    response.coordinators.push_back({request.coordinator_keys.at(0), one ? 1 : 2, coordinator_name_,
                                     9092, find_error_, std::nullopt});
    reply(response);
  });
  broker.on<wire::HeartbeatRequest>([this, &broker](const auto& request, const auto& reply) {
    say(concat(broker.name(), " < ", print(request)));
    if (!heartbeat_error_) return heartbeats_.push_back(reply);
    wire::HeartbeatResponse response;
    response.error_code = *heartbeat_error_;
    reply(response);
  });
}

void GroupPlay::set_up_joining(FakeBroker& broker, wire::Versions joins) {
  const auto hold = [this, &broker](auto& held) {
    return [this, &broker, &held](const auto& request, const auto& reply) {
      say(concat(broker.name(), " < ", print(request)));
      held.push_back(reply);
    };
  };
  broker.on<wire::JoinGroupRequest>(hold(joins_), joins);
  broker.on<wire::SyncGroupRequest>(hold(syncs_));
  broker.on<wire::LeaveGroupRequest>(hold(leaves_));
}

std::string GroupPlay::perform(std::string_view text) {
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(" ")) continue;
    out_ += line + "\n";
    if (line.empty() || line.starts_with("#")) continue;
    run(split(line, ' '));
    network_.run_for(kAtOnce);
  }
  return out_;
}

void GroupPlay::run(const Words& command) {
  const std::string& verb = command.at(0);
  Values values;
  for (const std::string& word : command) {
    const std::size_t equals = word.find('=');
    if (equals != std::string::npos) values[word.substr(0, equals)] = word.substr(equals + 1);
  }
  if (verb == "member") return make_member(values);
  if (verb == "start") return member_->start();
  if (verb == "stop") return member_->stop([this] { say("* stopped"); });
  if (verb == "done") return done_();
  if (verb == "commit") {
    const Error refused = wire::kafka_error(error_code(command.at(1)), "a commit");
    const auto told = member_->on_commit_refused(assigned_in_, refused);
    return say(told ? concat("* no commit: ", told->message()) : "* commit again");
  }
  if (verb == "wait") return network_.run_for(std::stoi(command.at(1)) * 1s - kAtOnce);
  if (verb == "answer") return answer(command.at(1), values);
  if (verb == "silent") return network_.set_silent(command.at(1), true);
  if (verb == "heard") return network_.set_silent(command.at(1), false);
  if (verb == "break") return network_.break_connections(command.at(1));
  if (verb == "heartbeats") {
    heartbeat_error_.reset();
    if (command.at(1) != "held") heartbeat_error_ = error_code(command.at(1));
  } else if (verb == "versions") {
    const wire::Versions joins{static_cast<std::int16_t>(std::stoi(command.at(1))),
                               static_cast<std::int16_t>(std::stoi(command.at(2)))};
    for (FakeBroker* broker : {&cluster_.one, &cluster_.two}) set_up_joining(*broker, joins);
  } else if (verb == "topic") {
    cluster_.leaders[command.at(1)].assign(std::stoul(command.at(2)), 1);
  } else if (verb == "subscribe") {
    member_->subscribe(split(command.at(1), ','));
  } else if (verb == "coordinator") {
    const bool is_broker = command.at(1) == "one" || command.at(1) == "two";
    find_error_ = is_broker ? std::int16_t{0} : error_code(command.at(1));
    if (is_broker) coordinator_name_ = command.at(1);
  } else {
    WEIR_CHECK(false, "a play has only the commands that there are");
  }
}

void GroupPlay::make_member(const Values& values) {
  MemberOptions options;
  options.topics = {"tweets"};
  if (const auto topics = value(values, "topics"); !topics.empty()) {
    options.topics = split(topics, ',');
  }
  if (value(values, "assignor") == "roundrobin") options.assignor = Assignor::kRoundRobin;
  if (value(values, "assignor") == "sticky") options.assignor = Assignor::kCooperativeSticky;
  if (const auto name = value(values, "instance"); !name.empty()) options.instance_id = name;
  if (value(values, "stops") == "leave") options.at_stop = AtStop::kLeave;
  if (value(values, "stops") == "remain") options.at_stop = AtStop::kRemain;
  protocol_ = protocol_name(options.assignor);
  coordinator_ = std::make_unique<Coordinator>(context_, metadata_, "g");
  GroupMember::Owner& owner = *this;
  member_ = std::make_unique<GroupMember>(context_, metadata_, *coordinator_, options, owner);
}

void GroupPlay::answer(const std::string& api, const Values& values) {
  if (api == "JoinGroup") return answer_join(values);
  if (api == "SyncGroup") return answer_sync(values);
  if (api == "Heartbeat") return answer_heartbeat(values);
  if (leaves_.empty()) return say("! there is nothing to answer");
  leaves_.back()({});
  leaves_.pop_back();
}

void GroupPlay::answer_join(const Values& values) {
  if (joins_.empty()) return say("! there is nothing to answer");
  wire::JoinGroupResponse response;
  response.error_code = error_code(value(values, "error"));
  const std::string member = value(values, "member");
  const std::string leader = value(values, "leader");
  response.member_id = member;
  response.leader = leader;
  response.protocol_type = kConsumerGroup;
  if (const auto other = value(values, "protocol"); !other.empty()) protocol_ = other;
  response.protocol_name = protocol_;
  if (values.contains("generation"))
    response.generation_id = std::stoi(value(values, "generation"));
  response.skip_assignment = values.contains("skip");
  // The texts must outlive the answer.
  std::deque<std::pair<std::string, std::string>> members;
  for (const std::string& one : split(value(values, "members"), ',')) {
    const std::size_t colon = one.find(':');
    members.emplace_back(one.substr(0, colon), encoded_subscription(one.substr(colon + 1)));
    response.members.push_back({members.back().first, std::nullopt, {members.back().second}});
  }
  joins_.back()(response);
  joins_.pop_back();
}

void GroupPlay::answer_sync(const Values& values) {
  if (syncs_.empty()) return say("! there is nothing to answer");
  wire::SyncGroupResponse response;
  response.error_code = error_code(value(values, "error"));
  std::string assignment =
      encode_assignments({{"all", partitions_of(value(values, "partitions"), ',')}})["all"];
  if (values.contains("garbage")) assignment = "x";
  response.assignment = {assignment};
  syncs_.back()(response);
  syncs_.pop_back();
}

void GroupPlay::answer_heartbeat(const Values& values) {
  if (heartbeats_.empty()) return say("! there is nothing to answer");
  wire::HeartbeatResponse response;
  response.error_code = error_code(value(values, "error"));
  heartbeats_.back()(response);
  heartbeats_.pop_back();
}

void GroupPlay::on_assigned(const GroupGeneration& generation,
                            const std::vector<TopicPartition>& added) {
  assigned_in_ = generation;
  say(concat("* assigned in generation ", generation.id, " as ", generation.member_id, ":",
             names(added)));
}

void GroupPlay::on_revoke(const std::vector<TopicPartition>& partitions,
                          std::function<void()> done) {
  done_ = std::move(done);
  say("* revoke" + names(partitions));
}
void GroupPlay::on_lost() { say("* lost"); }
void GroupPlay::on_trouble(const std::string& what) {
  say(what.empty() ? "* trouble is over" : concat("* trouble: ", what));
}
void GroupPlay::on_failure(const Error& error) { say(concat("* failed: ", error.message())); }

void GroupPlay::say(const std::string& what) {
  const auto seconds =
      std::chrono::duration<double>(network_.clock().now().time_since_epoch()).count();
  char time[32];
  std::snprintf(time, sizeof time, "  %5.1f ", seconds);
  out_ += time + what + "\n";
}

}  // namespace weir::kafka
