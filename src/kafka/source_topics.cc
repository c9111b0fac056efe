// The part of KafkaSource that finds out which topics it reads, and follows a pattern of their
// names.

#include <algorithm>
#include <iterator>
#include <regex>
#include <utility>

#include "base/log.h"
#include "kafka/source.h"
#include "wire/error_codes.h"

namespace weir::kafka {

void KafkaSource::on_metadata(const Result<void>& outcome) {
  tell_trouble("metadata", outcome.ok() ? "" : outcome.error().message());
  if (!outcome.ok()) return;
  if (has_pattern() && metadata_->knows_all()) found_topics_ ? follow_pattern() : find_topics();
  check_access();
}

std::vector<std::string> KafkaSource::matching_topics() const {
  const std::regex pattern(options_.topic_pattern);
  std::vector<std::string> matching;
  for (const auto& [name, topic] : metadata_->topics()) {
    if (topic.is_internal || topic.partitions.empty()) continue;
    if (std::regex_match(name, pattern)) matching.push_back(name);
  }
  return matching;
}

void KafkaSource::find_topics() {
  found_topics_ = true;
  topics_ = matching_topics();
  site_->log.info(concat(name(), ": ", topics_.size(), " topics match"));
  if (!topics_.empty()) return ask_for_topics();
  if (in_group()) return on_topics();
  fail(Error(ErrorCode::kNotFound, concat(name(),
                                          ": no topic matches; correct .topic_pattern, or "
                                          "set .group to wait for one")));
}

/// Topics have come or gone, or have not.
void KafkaSource::follow_pattern() {
  if (!in_group() || site_->stop_at_end) return;
  std::vector<std::string> matching = matching_topics();
  if (matching == topics_) return;
  std::vector<std::string> added;
  std::set_difference(matching.begin(), matching.end(), topics_.begin(), topics_.end(),
                      std::back_inserter(added));
  site_->log.info(concat(name(), ": ", matching.size(), " topics match, of which ", added.size(),
                         added.size() == 1 ? " is new" : " are new"));
  for (const std::string& topic : topics_) {
    if (!std::binary_search(matching.begin(), matching.end(), topic)) finder_->forget(topic);
  }
  topics_ = std::move(matching);
  if (watch_) watch_->subscribe(topics_);
  for (const auto& input : inputs_) input->subscribe(topics_);
}

/// At the start the questions about the topics find out the same.
void KafkaSource::check_access() {
  if (opened_) return;
  for (const std::string& name : topics_) {
    const TopicMetadata* topic = metadata_->topic(name);
    const bool is_refused =
        topic != nullptr && topic->error_code == wire::kafka_code::kTopicAuthorizationFailed;
    if (is_refused) return fail(metadata_->why_no_leader({name, {}}).with_context(this->name()));
  }
}

void KafkaSource::ask_for_topics() {
  unknown_topics_ = topics_.size();
  for (const std::string& topic : topics_) {
    questions_->ask(this, topic, [this, topic](const auto& answer) { on_topic(topic, answer); });
  }
}

void KafkaSource::on_topic(const std::string& topic, const Result<std::int32_t>& partitions) {
  if (!partitions.ok()) return fail(Error(partitions.error()).with_context(name()));
  for (std::int32_t i = 0; i < *partitions; ++i) partitions_.push_back({topic, PartitionId{i}});
  if (--unknown_topics_ == 0) on_topics();
}

void KafkaSource::on_topics() {
  finder_->note_there(partitions_);
  if (transactions_ != nullptr) {
    Result<void> same = transactions_->check_cluster(metadata_->cluster_id());
    if (!same.ok()) return fail(std::move(same).error().with_context(name()));
  }
  site_->stop_at_end ? find_ends() : make_readers();
}

}  // namespace weir::kafka
