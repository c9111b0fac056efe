#include "kafka/producer_pool_topics.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "wire/error_codes.h"

namespace weir::kafka {

namespace {

/// How long a topic that the cluster does not know may take to appear.
constexpr Duration kTopicPatience = std::chrono::seconds(5);

}  // namespace

TopicQuestions::TopicQuestions(ClientContext& context, Metadata& metadata)
    : context_(context),
      metadata_(metadata),
      subscription_(
          metadata.subscribe([this](const Result<void>& outcome) { on_metadata(outcome); })),
      alarm_(context.loop, [this] { answer_what_can_be(); }) {}

void TopicQuestions::ask(const void* asker, const std::string& topic, Answer answer) {
  metadata_.add_topic(topic);
  questions_.push_back({asker, topic, context_.loop.now(), std::move(answer)});
  answer_what_can_be();
}

void TopicQuestions::end(const void* asker, const Error& reason) {
  const auto found = std::find_if(questions_.begin(), questions_.end(),
                                  [&](const Question& one) { return one.asker == asker; });
  if (found == questions_.end()) return;
  const Answer answer = std::move(found->answer);
  questions_.erase(found);
  answer(reason);
}

void TopicQuestions::on_metadata(const Result<void>& outcome) {
  unreachable_ = outcome.ok() ? std::nullopt : std::optional(outcome.error());
  answer_what_can_be();
}

void TopicQuestions::answer_what_can_be() {
  std::vector<Question> open;
  for (Question& question : std::exchange(questions_, {})) {
    if (auto answer = find_answer(question)) {
      question.answer(*std::move(answer));
    } else {
      open.push_back(std::move(question));
    }
  }
  for (Question& question : open) questions_.push_back(std::move(question));
}

std::optional<Result<std::int32_t>> TopicQuestions::find_answer(const Question& question) {
  const TopicMetadata* topic = metadata_.topic(question.topic);
  if (topic != nullptr && !topic->partitions.empty()) {
    return static_cast<std::int32_t>(topic->partitions.size());
  }
  if (topic != nullptr && topic->error_code != 0 && !wire::facts_of(topic->error_code).retriable) {
    return give_up(question);
  }
  const bool told = topic != nullptr && !unreachable_;
  const TimePoint until =
      question.asked + (told ? kTopicPatience : context_.options.request_timeout);
  if (context_.loop.now() >= until) return give_up(question);
  alarm_.set(until);
  if (told) metadata_.refresh();
  return std::nullopt;
}

Error TopicQuestions::give_up(const Question& question) const {
  if (unreachable_) {
    return Error(*unreachable_)
        .with_context(concat("cannot learn about topic \"", question.topic,
                             "\", because the Kafka cluster does not answer"));
  }
  const TopicMetadata* topic = metadata_.topic(question.topic);
  if (topic != nullptr && topic->error_code == wire::kafka_code::kUnknownTopicOrPartition) {
    return Error(ErrorCode::kNotFound,
                 concat("topic \"", question.topic,
                        "\" does not exist; create it, or write to another name"))
        .with_kafka_code(topic->error_code);
  }
  return metadata_.why_no_leader({question.topic, {}});
}

}  // namespace weir::kafka
