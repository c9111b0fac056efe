#include "broker/group_coordinator.h"

namespace weir::broker {

Group* GroupCoordinator::find(std::string_view name) {
  const auto found = groups_.find(name);
  return found == groups_.end() ? nullptr : found->second.get();
}

Group* GroupCoordinator::find_or_create(std::string_view name) {
  if (Group* known = find(name)) return known;
  if (groups_.size() >= kMaxGroups) {
    std::erase_if(groups_, [](const auto& entry) { return entry.second->is_disposable(); });
  }
  if (groups_.size() >= kMaxGroups) return nullptr;
  auto group = std::make_unique<Group>(std::string(name), loop_, ids_, settings_);
  return groups_.emplace(name, std::move(group)).first->second.get();
}

void GroupCoordinator::remove(std::string_view name) {
  if (const auto found = groups_.find(name); found != groups_.end()) groups_.erase(found);
}

void GroupCoordinator::forget_topic(std::string_view topic) {
  for (auto& [name, group] : groups_) {
    group->offsets().forget(topic);
    group->pending().forget(topic);
  }
}

void GroupCoordinator::unload() {
  for (auto& [name, group] : groups_) group->unload();
}

}  // namespace weir::broker
