#include "kafka/topic_questions.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "wire/error_codes.h"

namespace weir::kafka {

namespace {

/// How long a topic that the cluster does not know may take to appear.
constexpr Duration kTopicPatience = std::chrono::seconds(5);

}  // namespace

TopicQuestions::TopicQuestions(ClientContext& context, Metadata& metadata,
                               std::optional<Duration> patience)
    : context_(context),
      metadata_(metadata),
      patience_(patience),
      subscription_(
          metadata.subscribe([this](const Result<void>& outcome) { on_metadata(outcome); })),
      alarm_(context.loop, [this] { answer_what_can_be(); }) {}

void TopicQuestions::ask(const void* asker, const std::string& topic, Answer answer) {
  metadata_.add_topic(topic);
  questions_.push_back({asker, topic, context_.loop.now(), std::nullopt, std::move(answer)});
  answer_what_can_be();
}

void TopicQuestions::end(const void* asker, const Error& reason) {
  const std::weak_ptr<TopicQuestions*> alive = self_;
  const Error why = reason;
  while (!alive.expired()) {
    const auto found = std::find_if(questions_.begin(), questions_.end(),
                                    [&](const Question& one) { return one.asker == asker; });
    if (found == questions_.end()) return;
    const Answer answer = std::move(found->answer);
    questions_.erase(found);
    answer(why);
  }
}

void TopicQuestions::on_metadata(const Result<void>& outcome) {
  unreachable_ = outcome.ok() ? std::nullopt : std::optional(outcome.error());
  answer_what_can_be();
}

void TopicQuestions::answer_what_can_be() {
  std::vector<std::pair<Answer, Result<std::int32_t>>> answered;
  std::erase_if(questions_, [&](Question& question) {
    auto answer = find_answer(question);
    if (!answer) return false;
    answered.emplace_back(std::move(question.answer), *std::move(answer));
    return true;
  });
  const std::weak_ptr<TopicQuestions*> alive = self_;
  for (auto& [tell, answer] : answered) {
    tell(std::move(answer));
    if (alive.expired()) return;
  }
}

std::optional<Result<std::int32_t>> TopicQuestions::find_answer(Question& question) {
  const TopicMetadata* topic = metadata_.topic(question.topic);
  if (topic != nullptr && !topic->partitions.empty()) {
    return static_cast<std::int32_t>(topic->partitions.size());
  }
  if (topic != nullptr && topic->error_code != 0 && !wire::facts_of(topic->error_code).retriable) {
    return give_up(question);
  }
  const bool told = topic != nullptr && !unreachable_;
  if (patience_ends(question, told)) return give_up(question);
  if (told) metadata_.refresh();
  return std::nullopt;
}

bool TopicQuestions::patience_ends(Question& question, bool told) {
  const TimePoint now = context_.loop.now();
  std::optional<TimePoint> until;
  if (told) {
    if (!question.unknown_since) question.unknown_since = now;
    until = *question.unknown_since + kTopicPatience;
  } else if (patience_) {
    until = question.asked + *patience_;
  }
  if (!until) return false;
  if (now >= *until) return true;
  alarm_.set(*until);
  return false;
}

Error TopicQuestions::give_up(const Question& question) const {
  if (unreachable_) {
    return Error(*unreachable_)
        .with_context(concat("cannot learn about topic \"", question.topic,
                             "\", because the Kafka cluster does not answer"));
  }
  const TopicMetadata* topic = metadata_.topic(question.topic);
  if (topic != nullptr && topic->error_code == wire::kafka_code::kUnknownTopicOrPartition) {
    return Error(ErrorCode::kNotFound, concat("topic \"", question.topic,
                                              "\" does not exist; create it, or correct its name"))
        .with_kafka_code(topic->error_code);
  }
  return metadata_.why_no_leader({question.topic, {}});
}

}  // namespace weir::kafka
