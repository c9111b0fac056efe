// OffsetFetch: how far groups have come.
//
// One group until version 7, a list of them since version 8. Without a list of topics (since
// version 2) all that was committed is listed. What was never committed has offset -1 and is no
// error, nor is a group that does not exist. Since version 10 topics are named by id, and one that
// is unknown is UNKNOWN_TOPIC_ID. Who requires stable offsets (since version 7) gets
// UNSTABLE_OFFSET_COMMIT for those of which an open transaction will decide.
#include "broker/handlers/group_lookup.h"
#include "broker/handlers/topic_lookup.h"

namespace weir::broker {

namespace {

using Request = wire::OffsetFetchRequest;
using Answer = wire::OffsetFetchResponse;
namespace code = wire::kafka_code;

constexpr std::int16_t kManyGroupsSince = 8;
constexpr std::int16_t kTopicIdsSince = 10;

/// Fills in what is known of a partition; versions to 7 and from 8 on differ only in the type.
template <class AnswerPartition>
AnswerPartition partition_answer(std::int32_t index, const CommittedOffsets::Entry* entry) {
  AnswerPartition answer;
  answer.partition_index = index;
  answer.committed_offset = entry ? entry->offset.value : -1;
  answer.committed_leader_epoch = entry ? entry->leader_epoch : -1;
  answer.metadata = entry ? std::string_view(entry->metadata) : std::string_view();
  return answer;
}

/// What is known of a group's offsets, and which of them are open.
struct Known {
  const CommittedOffsets& offsets;
  const PendingOffsets* open;  ///< null where nobody asks

  template <class AnswerPartition>
  AnswerPartition answer(std::string_view topic, std::int32_t index,
                         const CommittedOffsets::Entry* entry) const {
    const bool is_open = open != nullptr && open->contain(topic, index);
    auto partition = partition_answer<AnswerPartition>(index, is_open ? nullptr : entry);
    if (is_open) partition.error_code = code::kUnstableOffsetCommit;
    return partition;
  }
};

template <class AnswerTopic, class AnswerPartition>
std::vector<AnswerTopic> all_of(const Call& call, const Known& known) {
  std::vector<AnswerTopic> answers;
  for (const auto& [name, by_partition] : known.offsets.by_topic()) {
    auto& answer = answers.emplace_back();
    answer.name = name;
    if constexpr (requires { answer.topic_id; }) {
      const Topic* topic = call.node.cluster().topics().find(name);
      if (topic != nullptr) answer.topic_id = topic->id;
    }
    for (const auto& [index, entry] : by_partition) {
      answer.partitions.push_back(known.answer<AnswerPartition>(name, index, &entry));
    }
  }
  return answers;
}

template <class AnswerTopic, class AnswerPartition, class AskedTopics>
std::vector<AnswerTopic> asked_of(const Call& call, const Known& known,
                                  const AskedTopics& asked_topics) {
  std::vector<AnswerTopic> answers;
  for (const auto& asked : asked_topics) {
    auto& answer = answers.emplace_back();
    answer.name = asked.name;
    bool is_unknown_id = false;
    std::string_view name = asked.name;
    if constexpr (requires { asked.topic_id; }) {
      answer.topic_id = asked.topic_id;
      const Topic* topic = find_topic(call.node.cluster(), asked.name, asked.topic_id);
      is_unknown_id = call.version() >= kTopicIdsSince && topic == nullptr;
      if (topic != nullptr) name = topic->name;
    }
    for (const std::int32_t index : asked.partition_indexes) {
      auto partition = known.answer<AnswerPartition>(name, index, known.offsets.find(name, index));
      if (is_unknown_id) partition.error_code = code::kUnknownTopicId;
      answer.partitions.push_back(partition);
    }
  }
  return answers;
}

Known known_of(const Call& call, std::string_view group, bool require_stable) {
  static const CommittedOffsets kNone;
  const Group* found = call.node.cluster().groups().find(group);
  if (found == nullptr) return {kNone, nullptr};
  return {found->offsets(), require_stable ? &found->pending() : nullptr};
}

Answer::OffsetFetchResponseGroup group_answer(const Call& call,
                                              const Request::OffsetFetchRequestGroup& asked,
                                              bool require_stable) {
  using AnswerTopic = Answer::OffsetFetchResponseTopics;
  using AnswerPartition = Answer::OffsetFetchResponsePartitions;
  Answer::OffsetFetchResponseGroup answer;
  answer.group_id = asked.group_id;
  answer.error_code = check_group(call, asked.group_id);
  if (answer.error_code != code::kNone) return answer;
  const Known known = known_of(call, asked.group_id, require_stable);
  answer.topics = asked.topics ? asked_of<AnswerTopic, AnswerPartition>(call, known, *asked.topics)
                               : all_of<AnswerTopic, AnswerPartition>(call, known);
  return answer;
}

void fill_single_group(const Call& call, const Request& request, Answer& response) {
  using AnswerTopic = Answer::OffsetFetchResponseTopic;
  using AnswerPartition = Answer::OffsetFetchResponsePartition;
  response.error_code = check_group(call, request.group_id);
  if (response.error_code != code::kNone) return;
  const Known known = known_of(call, request.group_id, request.require_stable);
  response.topics = request.topics
                        ? asked_of<AnswerTopic, AnswerPartition>(call, known, *request.topics)
                        : all_of<AnswerTopic, AnswerPartition>(call, known);
}

}  // namespace

void handle(const Call& call, const wire::OffsetFetchRequest& request) {
  Answer response;
  if (call.version() >= kManyGroupsSince) {
    for (const auto& asked : request.groups) {
      response.groups.push_back(group_answer(call, asked, request.require_stable));
    }
  } else {
    fill_single_group(call, request, response);
  }
  call.reply.send(response);
}

}  // namespace weir::broker
