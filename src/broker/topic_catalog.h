#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/id_source.h"
#include "broker/topic_settings.h"
#include "weir/result.h"
#include "wire/schema.h"

namespace weir::broker {

/// The node that has a partition's log and serves it, and how often that has changed.
struct Leader {
  std::int32_t node = 0;
  std::int32_t epoch = 0;
  bool operator==(const Leader&) const = default;
};

/// A topic as all nodes of a cluster know it. Its records are elsewhere, in the nodes' logs.
struct Topic {
  std::string name;
  wire::Uuid id;
  /// Who leads each partition; as many as there are partitions.
  std::vector<Leader> leaders;
  TopicSettings settings;

  std::int32_t partition_count() const { return static_cast<std::int32_t>(leaders.size()); }
  bool has_partition(std::int32_t index) const { return 0 <= index && index < partition_count(); }
};

/// The topics of a cluster, by name and by id. Errors carry the protocol's code and a sentence.
/// Owned by the Cluster; one thread. Pointers to topics stay valid until the topic is removed.
class TopicCatalog {
 public:
  /// Partitions of all topics together: a limit on what a peer can make us keep.
  static constexpr std::int64_t kMaxPartitions = 100'000;

  explicit TopicCatalog(IdSource& ids) : ids_(ids) {}

  /// What a topic is to be.
  struct Wish {
    std::string_view name;
    std::int32_t partitions = 1;
    TopicSettings settings;
  };
  /// Says why a topic cannot be created, if so.
  Result<void> check(const Wish& wish) const;
  /// Creates a topic whose partitions are led by `nodes` in turn.
  Result<const Topic*> create(const Wish& wish, const std::vector<std::int32_t>& nodes);
  /// Takes in a topic that was there before, as it was.
  void restore(Topic topic);
  /// Says why a topic cannot grow to `partitions`, if so.
  Result<void> check_growth(const Topic& topic, std::int32_t partitions) const;
  /// Adds partitions until there are so many.
  Result<void> grow(const Topic& topic, std::int32_t partitions,
                    const std::vector<std::int32_t>& nodes);
  /// Makes another node lead a partition, in the next epoch.
  void set_leader(const Topic& topic, std::int32_t partition, std::int32_t node);
  void set_settings(const Topic& topic, TopicSettings settings);
  void remove(const Topic& topic);

  /// Says why no topic can have this name, if so.
  static Result<void> check_name(std::string_view name);
  /// Null where there is none.
  const Topic* find(std::string_view name) const;
  const Topic* find(const wire::Uuid& id) const;
  const std::map<std::string, Topic, std::less<>>& by_name() const { return by_name_; }

 private:
  Result<void> check_collision(std::string_view name) const;

  IdSource& ids_;
  std::int64_t partitions_ = 0;
  std::map<std::string, Topic, std::less<>> by_name_;
  std::map<wire::Uuid, Topic*> by_id_;
};

}  // namespace weir::broker
