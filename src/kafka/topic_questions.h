#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kafka/alarm.h"
#include "kafka/metadata.h"
#include "weir/result.h"

namespace weir::kafka {

/// Answers how many partitions topics have, with a little patience: a topic that was just created
/// is not known to all brokers at once. Owned by who asks, on the loop's thread; destroying it
/// drops its questions.
class TopicQuestions {
 public:
  /// Is called once, with the number or with why there is none.
  using Answer = std::function<void(Result<std::int32_t>)>;

  /// `patience` is for a cluster that does not answer at all; as long as it takes where unset.
  TopicQuestions(ClientContext& context, Metadata& metadata,
                 std::optional<Duration> patience = std::nullopt);

  /// Asks on behalf of `asker`. The answer may come at once.
  void ask(const void* asker, const std::string& topic, Answer answer);
  /// Ends the questions of `asker`.
  void end(const void* asker, const Error& reason);

 private:
  struct Question {
    const void* asker;
    std::string topic;
    TimePoint asked;
    std::optional<TimePoint> unknown_since;  // when the cluster first said that it is not there
    Answer answer;
  };

  void on_metadata(const Result<void>& outcome);
  void answer_what_can_be();
  /// Nothing while the question must wait.
  std::optional<Result<std::int32_t>> find_answer(Question& question);
  bool patience_ends(Question& question, bool told);
  Error give_up(const Question& question) const;

  ClientContext& context_;
  Metadata& metadata_;
  const std::optional<Duration> patience_;
  std::vector<Question> questions_;
  std::optional<Error> unreachable_;  // why the cluster did not answer the last time
  Metadata::Subscription subscription_;
  Alarm alarm_;
  // Expires with this object: tells after a callback whether it is still there.
  std::shared_ptr<TopicQuestions*> self_ = std::make_shared<TopicQuestions*>(this);
};

}  // namespace weir::kafka
