#include "kafka/offset_finder.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "wire/error_codes.h"
#include "wire/isolation.h"

namespace weir::kafka {

namespace {

Error as_passing(Error error) {
  return may_pass(error) ? std::move(error).as_retriable() : std::move(error);
}

}  // namespace

OffsetFinder::OffsetFinder(ClientContext& context, Metadata& metadata, bool read_committed)
    : ClusterPart(
          context, metadata, [this](const auto& outcome) { on_metadata(outcome); },
          [this] { pump(); }),
      read_committed_(read_committed) {}

void OffsetFinder::on_metadata(const Result<void>& outcome) {
  for (auto& [id, search] : searches_) {
    if (!outcome.ok()) search.trouble = as_passing(outcome.error());
  }
  alarm_.set_now();
}

void OffsetFinder::find(OffsetQuestions questions, Duration patience, Handler done) {
  for (const auto& [partition, spec] : questions) metadata_.add_topic(partition.topic);
  Search search;
  search.open = std::move(questions);
  search.deadline = context_.loop.now() + patience;
  search.done = std::move(done);
  alarm_.set(search.deadline);
  searches_.emplace(++last_search_, std::move(search));
  alarm_.set_now();
}

void OffsetFinder::pump() {
  end_searches();
  for (auto& [id, search] : searches_) {
    ask(id, search);
    alarm_.set(search.deadline);
  }
}

bool OffsetFinder::ended(const Search& search) const {
  const bool failed_for_good = search.trouble && !search.trouble->retriable();
  return search.open.empty() || failed_for_good || search.deadline <= context_.loop.now();
}

void OffsetFinder::drop(std::string_view topic) {
  std::erase_if(searches_, [topic](const auto& search) {
    const OffsetQuestions& open = search.second.open;
    return !open.empty() && std::all_of(open.begin(), open.end(), [topic](const auto& question) {
      return question.first.topic == topic;
    });
  });
}

void OffsetFinder::end_searches() {
  const std::weak_ptr<OffsetFinder*> alive = self_;
  for (auto search = searches_.begin(); search != searches_.end();) {
    if (!ended(search->second)) {
      ++search;
      continue;
    }
    Search over = std::move(search->second);
    searches_.erase(search);
    if (over.open.empty()) {
      over.done(std::move(over.found));
    } else {
      over.done(over.trouble.value_or(
          Error(ErrorCode::kTimedOut,
                concat("the offsets of ", over.open.begin()->first, " were not found in time"))));
    }
    if (alive.expired()) return;
    search = searches_.begin();  // a handler may have begun others
  }
}

void OffsetFinder::ask(std::uint64_t id, Search& search) {
  std::map<NodeId, OffsetQuestions> by_leader;
  for (const auto& [partition, spec] : search.open) {
    if (search.asked.contains(partition)) continue;
    if (const auto leader = metadata_.leader(partition)) {
      by_leader[*leader].emplace(partition, spec);
    } else if (metadata_.topic(partition.topic) != nullptr) {
      search.trouble = metadata_.why_no_leader(partition).as_retriable();
      metadata_.refresh();
    }
  }
  for (const auto& [leader, questions] : by_leader) ask_leader(id, leader, questions);
}

void OffsetFinder::ask_leader(std::uint64_t id, NodeId leader, const OffsetQuestions& questions) {
  Search& search = searches_.at(id);
  for (const auto& [partition, spec] : questions) search.asked.insert(partition);
  const Duration left = search.deadline - context_.loop.now();
  brokers_.to(leader)->call<wire::ListOffsetsRequest>(
      [this, questions](std::int16_t) { return request(questions); },
      std::min(left, context_.options.request_timeout),
      [this, id, leader, questions](const OffsetsAnswer& answer) {
        on_answer(id, leader, questions, answer);
      });
}

wire::ListOffsetsRequest OffsetFinder::request(const OffsetQuestions& questions) const {
  wire::ListOffsetsRequest request;
  request.replica_id = -1;
  request.isolation_level = read_committed_ ? wire::kReadCommitted : wire::kReadUncommitted;
  for (const auto& [partition, spec] : questions) {
    if (request.topics.empty() || request.topics.back().name != partition.topic) {
      request.topics.emplace_back().name = partition.topic;
    }
    request.topics.back().partitions.push_back({partition.partition.value, -1, spec.timestamp});
  }
  return request;
}

void OffsetFinder::on_answer(std::uint64_t id, NodeId leader, const OffsetQuestions& questions,
                             const OffsetsAnswer& answer) {
  const auto found = searches_.find(id);
  if (found == searches_.end()) return;  // its patience ended
  Search& search = found->second;
  for (const auto& [partition, spec] : questions) search.asked.erase(partition);
  if (answer.ok()) {
    take(search, leader, answer->message);
  } else {
    try_again(search, as_passing(answer.error()));
  }
  // An answer may leave out what was asked for.
  if (!search.open.empty()) alarm_.set(context_.loop.now() + context_.options.retry_backoff);
  end_searches();
}

void OffsetFinder::take(Search& search, NodeId leader, const wire::ListOffsetsResponse& answer) {
  for (const auto& topic : answer.topics) {
    for (const auto& told : topic.partitions) {
      const TopicPartition name{std::string(topic.name), {told.partition_index}};
      if (told.error_code != 0) {
        try_again(search, wire::kafka_error(told.error_code, concat("ListOffsets of ", name,
                                                                    " on broker ", leader)));
        continue;
      }
      if (search.open.erase(name) == 0) continue;
      const bool none = told.offset < 0;
      search.found[name] = none ? std::nullopt : std::optional(Offset{told.offset});
    }
  }
}

void OffsetFinder::try_again(Search& search, Error error) {
  search.trouble = std::move(error);
  metadata_.refresh();
}

}  // namespace weir::kafka
