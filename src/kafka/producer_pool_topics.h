#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kafka/alarm.h"
#include "kafka/metadata.h"
#include "weir/result.h"

namespace weir::kafka {

/// Answers how many partitions topics have, with a little patience: a topic that was just created
/// is not known to all brokers at once. Owned by the PoolCore, on the loop's thread.
class TopicQuestions {
 public:
  /// Is called once, with the number or with why there is none.
  using Answer = std::function<void(Result<std::int32_t>)>;

  TopicQuestions(ClientContext& context, Metadata& metadata);

  /// Asks on behalf of `asker`, which has at most one question open. The answer may come at once.
  void ask(const void* asker, const std::string& topic, Answer answer);
  /// Ends the question of `asker`, if it has one.
  void end(const void* asker, const Error& reason);

 private:
  struct Question {
    const void* asker;
    std::string topic;
    TimePoint asked;
    Answer answer;
  };

  void on_metadata(const Result<void>& outcome);
  void answer_what_can_be();
  /// Nothing while the question must wait.
  std::optional<Result<std::int32_t>> find_answer(const Question& question);
  Error give_up(const Question& question) const;

  ClientContext& context_;
  Metadata& metadata_;
  std::vector<Question> questions_;
  std::optional<Error> unreachable_;  // why the cluster did not answer the last time
  Metadata::Subscription subscription_;
  Alarm alarm_;
};

}  // namespace weir::kafka
