#include "broker/topic_catalog.h"

#include <algorithm>

#include "base/log.h"
#include "wire/error_codes.h"

namespace weir::broker {

namespace {

namespace code = wire::kafka_code;

constexpr std::size_t kLongestName = 249;

Error refusal(ErrorCode kind, std::int16_t kafka_code, std::string message) {
  return Error(kind, std::move(message)).with_kafka_code(kafka_code);
}

bool is_legal(char c) {
  return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

/// Whether the names are one in metrics, which write '_' for '.'.
bool collide(std::string_view a, std::string_view b) {
  const auto is_bar = [](char c) { return c == '.' || c == '_'; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char of_a, char of_b) {
    return of_a == of_b || (is_bar(of_a) && is_bar(of_b));
  });
}

}  // namespace

Result<void> TopicCatalog::check_name(std::string_view name) {
  if (!name.empty() && name != "." && name != ".." && name.size() <= kLongestName &&
      std::all_of(name.begin(), name.end(), is_legal)) {
    return {};
  }
  return refusal(
      ErrorCode::kInvalidArgument, code::kInvalidTopicException,
      concat("'", name.substr(0, kLongestName),
             "' cannot be a topic: a name has 1 to 249 of a-z, A-Z, 0-9, '.', '_', '-'"));
}

Result<void> TopicCatalog::check_collision(std::string_view name) const {
  if (name.find_first_of("._") == std::string_view::npos) return {};
  const auto other = std::find_if(by_name_.begin(), by_name_.end(),
                                  [&](const auto& entry) { return collide(entry.first, name); });
  if (other == by_name_.end()) return {};
  return refusal(ErrorCode::kInvalidArgument, code::kInvalidTopicException,
                 concat("'", name, "' cannot be a topic beside '", other->first,
                        "': names that differ only in '.' and '_' are one in Kafka's metrics"));
}

Result<void> TopicCatalog::check(const Wish& wish) const {
  WEIR_RETURN_IF_ERROR(check_name(wish.name));
  if (find(wish.name) != nullptr) {
    return refusal(ErrorCode::kAlreadyExists, code::kTopicAlreadyExists,
                   concat("topic '", wish.name, "' already exists"));
  }
  WEIR_RETURN_IF_ERROR(check_collision(wish.name));
  if (wish.partitions < 1 || partitions_ + wish.partitions > kMaxPartitions) {
    return refusal(
        ErrorCode::kInvalidArgument, code::kInvalidPartitions,
        concat("topic '", wish.name, "' cannot have ", wish.partitions,
               " partitions: at least 1, and all topics together at most ", kMaxPartitions));
  }
  return {};
}

Result<const Topic*> TopicCatalog::create(const Wish& wish,
                                          const std::vector<std::int32_t>& nodes) {
  WEIR_RETURN_IF_ERROR(check(wish));
  const auto [at, inserted] = by_name_.emplace(
      wish.name, Topic{std::string(wish.name), ids_.next_uuid(), {}, wish.settings});
  by_id_.emplace(at->second.id, &at->second);
  WEIR_RETURN_IF_ERROR(grow(at->second, wish.partitions, nodes));
  return &at->second;
}

void TopicCatalog::restore(Topic topic) {
  partitions_ += topic.partition_count();
  const auto [at, inserted] = by_name_.emplace(topic.name, std::move(topic));
  by_id_.emplace(at->second.id, &at->second);
}

Result<void> TopicCatalog::check_growth(const Topic& topic, std::int32_t partitions) const {
  if (partitions > topic.partition_count() &&
      partitions_ + partitions - topic.partition_count() <= kMaxPartitions) {
    return {};
  }
  return refusal(
      ErrorCode::kInvalidArgument, code::kInvalidPartitions,
      concat("topic '", topic.name, "' has ", topic.partition_count(),
             " partitions and cannot get ", partitions,
             ": it can only grow, and all topics together have at most ", kMaxPartitions));
}

Result<void> TopicCatalog::grow(const Topic& topic, std::int32_t partitions,
                                const std::vector<std::int32_t>& nodes) {
  WEIR_RETURN_IF_ERROR(check_growth(topic, partitions));
  auto& leaders = by_id_.at(topic.id)->leaders;
  partitions_ += partitions - topic.partition_count();
  while (topic.partition_count() < partitions) {
    leaders.push_back({nodes[leaders.size() % nodes.size()]});
  }
  return {};
}

void TopicCatalog::set_leader(const Topic& topic, std::int32_t partition, std::int32_t node) {
  Leader& leader = by_id_.at(topic.id)->leaders.at(static_cast<std::size_t>(partition));
  leader = {node, leader.epoch + 1};
}

void TopicCatalog::set_settings(const Topic& topic, TopicSettings settings) {
  by_id_.at(topic.id)->settings = std::move(settings);
}

void TopicCatalog::remove(const Topic& topic) {
  partitions_ -= topic.partition_count();
  by_id_.erase(topic.id);
  by_name_.erase(by_name_.find(topic.name));
}

const Topic* TopicCatalog::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &found->second;
}

const Topic* TopicCatalog::find(const wire::Uuid& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

}  // namespace weir::broker
