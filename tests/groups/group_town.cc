#include "group_town.h"

#include <algorithm>

namespace weir {

using namespace std::chrono_literals;
using kafka::GroupGeneration;
using kafka::OffsetStore;
using kafka::TopicPartition;

/// One member in a process of its own, that commits a new position of partitions before it gives
/// them up.
class Resident : private kafka::GroupMember::Owner {
 public:
  Resident(GroupTown& town, std::string name, kafka::MemberOptions options)
      : town_(town),
        name_(std::move(name)),
        context_{
            town.network_.loop(name_), {}, BufferPool(1 << 20), Log(LogLevel::kError, nullptr)},
        metadata_(context_),
        coordinator_(context_, metadata_, "town"),
        store_(
            context_, coordinator_, [](const std::string&) {},
            [this](const GroupGeneration& as, const Error& error) {
              return member_->on_commit_refused(as, error);
            }) {
    context_.options.bootstrap = {{"broker", 9092}};
    kafka::GroupMember::Owner& owner = *this;
    member_ = std::make_unique<kafka::GroupMember>(context_, metadata_, coordinator_,
                                                   std::move(options), owner);
    member_->start();
  }
  ~Resident() override { forget(); }

  void leave() {
    leaving_ = true;
    commit(partitions_, [this] { member_->stop([this] { gone_ = true; }); });
  }
  bool leaving() const { return leaving_; }
  bool gone() const { return gone_; }
  bool is_revoking() const { return is_revoking_; }
  std::optional<std::int32_t> generation() const { return generation_; }
  const std::set<TopicPartition>& partitions() const { return partitions_; }
  OffsetStore& store() { return store_; }

 private:
  void on_assigned(const GroupGeneration& generation,
                   const std::vector<TopicPartition>& added) override {
    store_.go_on_as(as_, generation);
    as_ = generation;
    generation_ = generation.id;
    partitions_.insert(added.begin(), added.end());
    town_.take(name_, generation.id, partitions_);
  }
  void on_revoke(const std::vector<TopicPartition>& partitions,
                 std::function<void()> done) override {
    is_revoking_ = true;
    commit({partitions.begin(), partitions.end()}, std::move(done));
  }
  void on_lost() override { forget(); }
  void on_trouble(const std::string&) override {}
  void on_failure(const Error& error) override {
    town_.wrongs_.push_back(name_ + " failed: " + error.message());
  }

  void commit(const std::set<TopicPartition>& partitions, std::function<void()> then) {
    kafka::LogPositions positions;
    for (const auto& partition : partitions) positions[partition] = {++town_.next_position_};
    store_.commit(as_, positions, name_,
                  [this, positions, losses = losses_, then = std::move(then)](const auto& outcome) {
                    if (outcome.ok()) {
                      for (const auto& [at, offset] : positions) town_.acknowledged_[at] = offset;
                    }
                    // Meanwhile the partitions may have been lost, and others assigned.
                    if (losses == losses_) give_up(positions);
                    then();
                  });
  }
  void give_up(const kafka::LogPositions& positions) {
    is_revoking_ = false;
    for (const auto& [partition, position] : positions) {
      partitions_.erase(partition);
      town_.give_up(name_, partition);
    }
    if (partitions_.empty()) generation_.reset();
  }
  void forget() {
    ++losses_;
    is_revoking_ = false;
    as_ = GroupGeneration();
    for (const TopicPartition& partition : partitions_) town_.give_up(name_, partition);
    generation_.reset();
    partitions_.clear();
  }

  GroupTown& town_;
  const std::string name_;
  kafka::ClientContext context_;
  kafka::Metadata metadata_;
  kafka::Coordinator coordinator_;
  OffsetStore store_;
  std::unique_ptr<kafka::GroupMember> member_;
  GroupGeneration as_;
  std::optional<std::int32_t> generation_;
  std::set<TopicPartition> partitions_;
  int losses_ = 0;
  bool is_revoking_ = false;
  bool leaving_ = false;
  bool gone_ = false;
};

GroupTown::GroupTown(std::uint64_t seed, kafka::MemberOptions options, std::int32_t partitions)
    : network_(seed), options_(std::move(options)), partitions_(partitions) {
  broker::BrokerOptions broker;
  broker.host = "broker";
  broker.port = 9092;
  broker.seed = seed + 1;
  broker.auto_create_topics = false;
  for (const std::string& topic : options_.topics) broker.topics.push_back({topic, partitions});
  broker_ = std::make_unique<broker::Broker>(network_.loop("broker"), broker);
  if (const auto started = broker_->start(); !started.ok()) {
    wrongs_.push_back(started.error().message());
  }
}

GroupTown::~GroupTown() = default;

std::size_t GroupTown::join() {
  residents_.push_back(
      std::make_unique<Resident>(*this, concat("member", residents_.size()), options_));
  return residents_.size() - 1;
}

void GroupTown::leave(std::size_t member) { residents_[member]->leave(); }

void GroupTown::crash(std::size_t member) { residents_[member].reset(); }

std::vector<std::size_t> GroupTown::residents() const {
  std::vector<std::size_t> present;
  for (std::size_t i = 0; i < residents_.size(); ++i) {
    if (residents_[i] && !residents_[i]->leaving()) present.push_back(i);
  }
  return present;
}

bool GroupTown::settle(Duration limit) {
  const std::size_t all = static_cast<std::size_t>(partitions_) * options_.topics.size();
  return network_.run_until(
      [&] {
        std::set<std::optional<std::int32_t>> generations;
        for (const std::size_t i : residents()) generations.insert(residents_[i]->generation());
        const bool none_gives_up =
            std::all_of(residents_.begin(), residents_.end(), [](const auto& resident) {
              return !resident ||
                     (resident->leaving() ? resident->gone() : !resident->is_revoking());
            });
        return none_gives_up && owners_.size() == all && generations.size() == 1 &&
               *generations.begin() != std::nullopt;
      },
      limit);
}

std::vector<std::size_t> GroupTown::shares() const {
  std::vector<std::size_t> counts;
  for (const std::size_t i : residents()) counts.push_back(residents_[i]->partitions().size());
  std::sort(counts.begin(), counts.end());
  return counts;
}

OffsetStore::Committed GroupTown::committed() {
  std::vector<TopicPartition> partitions;
  for (const auto& [partition, offset] : acknowledged_) partitions.push_back(partition);
  OffsetStore::Committed committed;
  bool done = false;
  residents_.at(residents().at(0))->store().fetch(partitions, [&](const auto& answer) {
    if (answer.ok()) committed = *answer;
    done = true;
  });
  network_.run_until([&] { return done; });
  return committed;
}

void GroupTown::take(const std::string& member, std::int32_t generation,
                     const std::set<TopicPartition>& partitions) {
  for (const TopicPartition& partition : partitions) {
    const auto [owner, free] = owners_.emplace(partition, member);
    if (!free && owner->second != member) {
      wrongs_.push_back(concat(member, " got ", partition, " of ", owner->second));
    }
    const auto [first, alone] = generations_[generation].emplace(partition, member);
    if (!alone && first->second != member) {
      wrongs_.push_back(concat(member, " and ", first->second, " got ", partition,
                               " in generation ", generation));
    }
  }
}

void GroupTown::give_up(const std::string& member, const TopicPartition& partition) {
  const auto owner = owners_.find(partition);
  if (owner != owners_.end() && owner->second == member) owners_.erase(owner);
}

}  // namespace weir
