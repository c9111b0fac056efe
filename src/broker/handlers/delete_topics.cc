// DeleteTopics: removes topics with their records and the offsets committed for them.
//
// Named until version 5; by name or id since version 6. What is named more than once is
// INVALID_REQUEST, once. Where it cannot be written to disk, it is KAFKA_STORAGE_ERROR and the
// topic stays.
#include <deque>
#include <string>
#include <tuple>

#include "broker/handlers/handlers.h"
#include "broker/handlers/times_named.h"
#include "broker/node.h"
#include "wire/error_codes.h"

namespace weir::broker {

namespace {

using Asked = wire::DeleteTopicsRequest::DeleteTopicState;
using Answer = wire::DeleteTopicsResponse::DeletableTopicResult;
namespace code = wire::kafka_code;

std::vector<Asked> asked_of(const wire::DeleteTopicsRequest& request) {
  std::vector<Asked> all = request.topics;
  for (std::string_view name : request.topic_names) all.push_back({name, {}});
  return all;
}

auto key_of(const Asked& asked) { return std::tuple(asked.name, asked.topic_id); }

void refuse(Answer& answer, std::int16_t error, std::string_view message) {
  answer.error_code = error;
  answer.error_message = message;
}

/// `names` keeps what the answer refers to: it outlives the topic.
void remove(Cluster& cluster, std::deque<std::string>& names, Answer& answer) {
  const Topic* topic =
      answer.name ? cluster.topics().find(*answer.name) : cluster.topics().find(answer.topic_id);
  if (topic == nullptr) {
    return refuse(answer, answer.name ? code::kUnknownTopicOrPartition : code::kUnknownTopicId,
                  "there is no such topic");
  }
  answer.name = names.emplace_back(topic->name);
  answer.topic_id = topic->id;
  const auto deleted = cluster.delete_topic(*topic);
  if (!deleted.ok()) answer.error_code = deleted.error().kafka_code();
}

}  // namespace

void handle(const Call& call, const wire::DeleteTopicsRequest& request) {
  const std::vector<Asked> all = asked_of(request);
  TimesNamed<decltype(key_of(Asked()))> named;
  for (const Asked& asked : all) named.add(key_of(asked));
  wire::DeleteTopicsResponse response;
  std::deque<std::string> names;
  for (const Asked& asked : all) {
    const int times = named.take(key_of(asked));
    if (times == 0) continue;
    auto& answer = response.responses.emplace_back();
    answer.name = asked.name;
    answer.topic_id = asked.topic_id;
    if (times > 1) {
      refuse(answer, code::kInvalidRequest, "it is named twice in one request");
    } else {
      remove(call.node.cluster(), names, answer);
    }
  }
  call.reply.send(response);
}

}  // namespace weir::broker
