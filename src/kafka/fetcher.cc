#include "kafka/fetcher.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "kafka/chunk_checks.h"
#include "wire/error_codes.h"
#include "wire/isolation.h"

namespace weir::kafka {

namespace {

/// Less than this is not worth a request while there is still something to work on.
constexpr std::size_t kLeastBytes = 64 * 1024;

/// A broker leaves out what is larger than was asked for, so not much less than a batch is asked of
/// a partition, however many there are.
constexpr std::size_t kLeastPartitionBytes = 256 * 1024;

std::string describe_fetch(const Channel& channel, const TopicPartition& partition,
                           Offset position) {
  return concat("Fetch of ", partition, " at offset ", position.value, " from ", channel.peer());
}

/// By first offset, as brokers do not promise it.
std::vector<AbortedTransaction> aborted_of(const wire::FetchResponse::PartitionData& data) {
  std::vector<AbortedTransaction> aborted;
  if (!data.aborted_transactions) return aborted;
  for (const auto& one : *data.aborted_transactions) {
    aborted.push_back({one.producer_id, Offset{one.first_offset}});
  }
  std::sort(aborted.begin(), aborted.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return aborted;
}

}  // namespace

class HeldAnswer {
 public:
  HeldAnswer(Buffer bytes, std::function<void()> gone)
      : bytes_(std::move(bytes)), gone_(std::move(gone)) {}
  ~HeldAnswer() { gone_(); }
  HeldAnswer(const HeldAnswer&) = delete;
  HeldAnswer& operator=(const HeldAnswer&) = delete;

 private:
  const Buffer bytes_;
  const std::function<void()> gone_;
};

Fetcher::Fetcher(ClientContext& context, Metadata& metadata, FetchOptions options,
                 Listener& listener)
    : ClusterPart(
          context, metadata, [this](const auto& outcome) { on_metadata(outcome); },
          [this] { pump(); }),
      options_(options),
      listener_(listener) {}

void Fetcher::on_metadata(const Result<void>& outcome) {
  if (outcome.ok()) return pump();
  if (!partitions_.empty()) tell_trouble(outcome.error());
}

void Fetcher::assign(const TopicPartition& partition, LogPosition position) {
  Partition& assigned = partitions_[partition];
  assigned.name = partition;
  assigned.position = position;
  assigned.generation = ++last_generation_;
  assigned.resting = false;
  assigned.not_before = {};
  metadata_.add_topic(partition.topic);
  alarm_.set_now();  // soon: others may be assigned right now too
}

void Fetcher::remove(const TopicPartition& partition) { partitions_.erase(partition); }

std::shared_ptr<const HeldAnswer> Fetcher::hold(const Buffer& answer) {
  const std::size_t bytes = answer.capacity();
  held_bytes_ += bytes;
  return std::make_shared<const HeldAnswer>(answer, [this, bytes, alive = std::weak_ptr(self_)] {
    if (alive.expired()) return;
    held_bytes_ -= bytes;
    alarm_.set_now();
  });
}

std::optional<Offset> Fetcher::position(const TopicPartition& partition) const {
  const auto found = partitions_.find(partition);
  if (found == partitions_.end()) return std::nullopt;
  return found->second.position.offset;
}

std::optional<Offset> Fetcher::high_watermark(const TopicPartition& partition) const {
  const auto found = partitions_.find(partition);
  if (found == partitions_.end()) return std::nullopt;
  return found->second.high_watermark;
}

void Fetcher::pump() {
  std::map<NodeId, std::vector<Partition*>> by_leader;
  const Partition* without_leader = nullptr;
  for (Partition* partition : due_partitions()) {
    if (const auto leader = metadata_.leader(partition->name)) {
      by_leader[*leader].push_back(partition);
    } else {
      metadata_.refresh();
      without_leader = partition;
    }
  }
  for (const auto& [node, partitions] : by_leader) ask(node, partitions);
  has_leaderless_ = without_leader != nullptr;
  if (without_leader && metadata_.topic(without_leader->name.topic)) {
    tell_trouble(metadata_.why_no_leader(without_leader->name));
  }
}

/// Returns the partitions to ask for, who waits longest first, and sets the timer for the others.
std::vector<Fetcher::Partition*> Fetcher::due_partitions() {
  const TimePoint now = context_.loop.now();
  std::optional<TimePoint> next;
  std::vector<Partition*> due;
  for (auto& [name, partition] : partitions_) {
    if (partition.resting || partition.asked == partition.generation) continue;
    if (partition.not_before <= now) {
      due.push_back(&partition);
    } else {
      next = std::min(next.value_or(partition.not_before), partition.not_before);
    }
  }
  if (next) alarm_.set(*next);
  std::stable_sort(due.begin(), due.end(), [](const Partition* a, const Partition* b) {
    return a->last_served < b->last_served;
  });
  return due;
}

void Fetcher::ask(NodeId node, const std::vector<Partition*>& partitions) {
  Leader& leader = leaders_[node];
  if (leader.asked) return;
  if (leader.not_before > context_.loop.now()) return alarm_.set(leader.not_before);
  const std::size_t bytes = room();
  if (bytes == 0) return ask_for_extra(node, partitions);  // more once an answer is gone
  send(node, {{}, bytes, options_.max_wait}, partitions);
}

/// Has a look, now and then, at the partitions of which nothing is held. The broker must not wait
/// for them: others could not be asked for meanwhile.
void Fetcher::ask_for_extra(NodeId node, std::vector<Partition*> partitions) {
  Leader& leader = leaders_[node];
  const TimePoint now = context_.loop.now();
  if (leader.next_extra <= now) {
    leader.next_extra = now + context_.options.retry_backoff;
    std::erase_if(partitions, [](const Partition* one) { return !one->holds_nothing(); });
    if (!partitions.empty()) send(node, {{}, kLeastBytes, Duration::zero()}, partitions);
  }
  alarm_.set(leader.next_extra);
}

void Fetcher::send(NodeId node, Question question, const std::vector<Partition*>& partitions) {
  for (Partition* partition : partitions) {
    partition->asked = partition->generation;
    question.partitions.emplace_back(partition->name, partition->generation);
  }
  leaders_[node].asked = true;
  asked_bytes_ += question.room;
  brokers_.to(node)->call<wire::FetchRequest>(
      [this, question](std::int16_t) { return request(question); },
      question.max_wait + context_.options.request_timeout,
      [this, node, question](const FetchAnswer& answer) { on_answer(node, question, answer); });
}

/// Returns how much an answer may take now.
std::size_t Fetcher::room() const {
  const std::size_t for_extra =
      std::min(options_.read_ahead_bytes / 8, kLeastBytes * partitions_.size());
  const std::size_t limit = options_.read_ahead_bytes - for_extra;
  // So that all leaders can have a request under way while an answer of each is worked on.
  const std::size_t share = std::max(kLeastBytes, limit / (2 * leaders_.size()));
  const std::size_t wanted = std::min(options_.max_bytes, share);
  const bool fits = held_bytes_ + asked_bytes_ + wanted <= limit;
  return fits || held_bytes_ == 0 ? wanted : 0;
}

/// Divides an answer among its partitions: if a few of them could fill the read-ahead, the others
/// would get nothing until what is held of these has been worked off.
std::size_t Fetcher::partition_bytes(const Question& question) const {
  const std::size_t share = question.max_bytes() / question.partitions.size();
  return std::min(
      {std::max(share, kLeastPartitionBytes), options_.max_partition_bytes, question.max_bytes()});
}

wire::FetchRequest Fetcher::request(const Question& question) const {
  wire::FetchRequest request;
  request.max_wait_ms = in_millis(question.max_wait);
  request.min_bytes = 1;
  request.isolation_level = options_.read_committed ? wire::kReadCommitted : wire::kReadUncommitted;
  request.max_bytes = static_cast<std::int32_t>(question.max_bytes());
  for (const auto& [name, generation] : question.partitions) {
    const auto found = partitions_.find(name);
    if (found == partitions_.end() || found->second.generation != generation) continue;
    auto topic = std::find_if(request.topics.begin(), request.topics.end(),
                              [&](const auto& t) { return t.topic == name.topic; });
    if (topic == request.topics.end()) {
      topic = request.topics.emplace(request.topics.end());
      topic->topic = name.topic;
    }
    auto& partition = topic->partitions.emplace_back();
    partition.partition = name.partition.value;
    partition.current_leader_epoch = metadata_.leader_epoch(name);
    partition.fetch_offset = found->second.position.offset.value;
    partition.last_fetched_epoch = found->second.position.epoch;
    partition.partition_max_bytes = static_cast<std::int32_t>(partition_bytes(question));
  }
  return request;
}

void Fetcher::on_answer(NodeId node, const Question& question, const FetchAnswer& answer) {
  leaders_[node].asked = false;
  asked_bytes_ -= question.room;
  for (const auto& [name, generation] : question.partitions) {
    if (Partition* partition = find(name, generation)) partition->asked = 0;
  }
  if (!answer.ok()) return on_lost(node, answer.error());
  ++answers_;
  Channel* channel = brokers_.to(node);
  if (channel == nullptr) return metadata_.refresh();
  if (answer->message.error_code != 0) {
    return on_lost(node, wire::kafka_error(answer->message.error_code,
                                           concat("Fetch from ", channel->peer())));
  }
  auto arrived = arrivals(*channel, question, *answer);
  const std::weak_ptr<Fetcher*> alive = self_;
  pump();  // the next request travels while what came is worked on
  if (!alive.expired()) deliver(node, std::move(arrived));
}

void Fetcher::on_lost(NodeId node, const Error& error) {
  leaders_[node].not_before = context_.loop.now() + context_.options.retry_backoff;
  metadata_.refresh();
  alarm_.set(leaders_[node].not_before);
  tell_trouble(error);
}

std::vector<Fetcher::Arrival> Fetcher::arrivals(const Channel& channel, const Question& question,
                                                const Answer<wire::FetchResponse>& answer) {
  std::vector<Arrival> all;
  const auto pin = hold(answer.bytes);
  for (const auto& topic : answer.message.responses) {
    for (const auto& data : topic.partitions) {
      Partition* partition = asked_partition(question, topic.topic, data.partition_index);
      if (partition == nullptr) continue;
      if (auto one = arrival(channel, *partition, data, pin)) {
        all.push_back(std::move(*one));
      }
    }
  }
  return all;
}

Fetcher::Partition* Fetcher::asked_partition(const Question& question, std::string_view topic,
                                             std::int32_t partition) {
  for (const auto& [name, generation] : question.partitions) {
    if (name.partition.value == partition && name.topic == topic) return find(name, generation);
  }
  return nullptr;
}

std::optional<Fetcher::Arrival> Fetcher::arrival(const Channel& channel, Partition& partition,
                                                 const wire::FetchResponse::PartitionData& data,
                                                 const std::shared_ptr<const HeldAnswer>& pin) {
  if (data.error_code != 0) return refusal(channel, partition, data.error_code);
  partition.high_watermark =
      Offset{options_.read_committed ? data.last_stable_offset : data.high_watermark};
  if (data.diverging_epoch.end_offset >= 0) return cut_off(partition, data.diverging_epoch);
  if (data.records.view.empty()) return std::nullopt;
  Arrival arrived{partition.name, partition.generation, {}, {}, {}};
  auto extent = measure_batches(data.records.view, partition.position);
  if (!extent.ok()) {
    partition.not_before = context_.loop.now() + context_.options.retry_backoff;
    arrived.error = std::move(extent).error().with_context(
        describe_fetch(channel, partition.name, partition.position.offset));
    return arrived;
  }
  if (extent->batches.empty()) return std::nullopt;
  arrived.chunk = FetchedChunk{partition.name,
                               pin,
                               partition.mark,
                               extent->batches,
                               partition.position.offset,
                               extent->until.offset,
                               *partition.high_watermark,
                               partition.position.epoch,
                               extent->until.epoch,
                               aborted_of(data)};
  partition.position = extent->until;
  partition.last_served = answers_;
  return arrived;
}

Fetcher::Arrival Fetcher::cut_off(Partition& partition,
                                  const wire::FetchResponse::EpochEndOffset& common) {
  Arrival arrived{partition.name, partition.generation, {}, {}, {}};
  const Offset end = std::min(Offset{common.end_offset}, partition.position.offset);
  arrived.common = LogPosition{end, common.epoch};
  partition.resting = true;
  return arrived;
}

Fetcher::Arrival Fetcher::refusal(const Channel& channel, Partition& partition, std::int16_t code) {
  Arrival arrived{partition.name, partition.generation, {}, {}, {}};
  arrived.error =
      wire::kafka_error(code, describe_fetch(channel, partition.name, partition.position.offset));
  arrived.out_of_range = code == wire::kafka_code::kOffsetOutOfRange;
  arrived.final = arrived.out_of_range || !wire::facts_of(code).retriable;
  partition.resting = arrived.final;
  if (!arrived.final) {
    partition.not_before = context_.loop.now() + context_.options.retry_backoff;
    metadata_.refresh();
  }
  return arrived;
}

void Fetcher::deliver(NodeId node, std::vector<Arrival> arrivals) {
  const std::weak_ptr<Fetcher*> alive = self_;
  const auto is_trouble = [](const Arrival& a) { return a.error && !a.final; };
  if (!trouble_.empty() && !has_leaderless_ &&
      std::none_of(arrivals.begin(), arrivals.end(), is_trouble)) {
    trouble_.clear();
    listener_.on_recovery();
  }
  for (Arrival& arrived : arrivals) {
    if (alive.expired()) return;
    Partition* partition = find(arrived.name, arrived.generation);
    if (partition == nullptr) continue;  // an earlier call has moved or removed it
    if (arrived.chunk) {
      deliver_chunk(node, *partition, std::move(*arrived.chunk));
    } else if (arrived.common) {
      listener_.on_cut_off(arrived.name, partition->position.offset, *arrived.common);
    } else if (arrived.out_of_range) {
      listener_.on_out_of_range(arrived.name, partition->position.offset);
    } else if (arrived.final) {
      listener_.on_failure(arrived.name, *arrived.error);
    } else {
      tell_trouble(*arrived.error);
    }
  }
}

void Fetcher::deliver_chunk(NodeId node, Partition& partition, FetchedChunk chunk) {
  const auto verified = verify_batches(chunk.batches);
  if (verified.ok()) return listener_.on_chunk(std::move(chunk));
  // Nothing is skipped: the same is read again, on a new connection.
  partition.position = {chunk.from, chunk.from_epoch};
  partition.generation = ++last_generation_;
  partition.not_before = context_.loop.now() + context_.options.retry_backoff;
  alarm_.set(partition.not_before);
  Channel* channel = brokers_.to(node);
  if (channel == nullptr) return tell_trouble(verified.error());
  const Error error =
      Error(verified.error()).with_context(describe_fetch(*channel, partition.name, chunk.from));
  const std::weak_ptr<Fetcher*> alive = self_;
  tell_trouble(error);
  if (!alive.expired()) channel->reset(error);
}

void Fetcher::tell_trouble(const Error& error) {
  if (std::exchange(trouble_, error.message()) == error.message()) return;
  listener_.on_trouble(error);
}

Fetcher::Partition* Fetcher::find(const TopicPartition& name, std::uint64_t generation) {
  const auto found = partitions_.find(name);
  if (found == partitions_.end() || found->second.generation != generation) return nullptr;
  return &found->second;
}

}  // namespace weir::kafka
