#include "kafka/ownership.h"

#include <utility>

namespace weir::kafka {

void Ownership::assign(const std::vector<TopicPartition>& partitions) {
  ++turn_;
  for (const TopicPartition& partition : partitions) held_[partition] = turn_;
  owner_.begin(turn_, partitions);
}

void Ownership::revoke(const std::vector<TopicPartition>& partitions, std::function<void()> done) {
  for (const TopicPartition& partition : partitions) held_.erase(partition);
  revoked_ = std::move(done);
  owner_.let_go(partitions);
}

void Ownership::begin_again() {
  std::vector<TopicPartition> partitions;
  for (const auto& [partition, turn] : held_) partitions.push_back(partition);
  if (!partitions.empty()) assign(partitions);
}

void Ownership::lose() {
  held_.clear();
  revoked_ = nullptr;
  owner_.lose();
}

bool Ownership::begun(std::uint64_t turn, const TopicPartition& partition) const {
  const auto held = held_.find(partition);
  return held != held_.end() && held->second == turn;
}

void Ownership::gone() {
  if (const auto done = std::exchange(revoked_, nullptr)) done();
}

}  // namespace weir::kafka
