#include "kafka/source.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "wire/error_codes.h"

namespace weir::kafka {

namespace {

// A topic that was created a moment ago may not be known to every broker yet.
constexpr Duration kTopicPatience = std::chrono::seconds(2);

OffsetSpec spec_of(const Start& start) {
  switch (start.at) {
    case Start::At::kEarliest:
      return OffsetSpec::earliest();
    case Start::At::kLatest:
      return OffsetSpec::latest();
    case Start::At::kTime:
      return OffsetSpec::at(start.time);
  }
  return OffsetSpec::earliest();
}

// A source that is running waits for its brokers as long as it takes.
constexpr Duration kForEver = std::chrono::hours(24 * 365);

}  // namespace

KafkaSource::KafkaSource(StreamOptions options) : options_(std::move(options)) {}
KafkaSource::~KafkaSource() = default;

std::string KafkaSource::name() const {
  std::string topics;
  for (const std::string& topic : options_.topics) topics += (topics.empty() ? "" : ",") + topic;
  return concat("source topic ", topics, " at ", options_.brokers);
}

Result<void> KafkaSource::validate() const {
  const auto refuse = [this](std::string_view what) {
    return Error(ErrorCode::kInvalidArgument, concat(name(), ": ", what));
  };
  if (auto bootstrap = parse_bootstrap(options_.brokers); !bootstrap.ok()) {
    return refuse(bootstrap.error().message());
  }
  if (options_.topics.empty()) return refuse("no topic is named; set .topics");
  if (options_.inputs < 1) return refuse(".inputs must be 1 or more");
  if (options_.reader_tasks < 0) return refuse(".reader_tasks must be 0 or more");
  if (!in_group() && options_.inputs > 1) {
    return refuse("several .inputs are members of a group; set .group, or leave .inputs at 1");
  }
  if (in_group() && !options_.partitions.empty()) {
    return refuse("a group divides the partitions by itself; set .group or .partitions, not both");
  }
  if (options_.bad_records.action == BadRecords::Action::kDeadLetter &&
      options_.bad_records.topic.empty()) {
    return refuse("dead letters need a topic: BadRecords::dead_letter(\"topic\")");
  }
  return {};
}

ClientOptions KafkaSource::client_options() const {
  ClientOptions client;
  if (auto bootstrap = parse_bootstrap(options_.brokers); bootstrap.ok()) {
    client.bootstrap = std::move(*bootstrap);
  }
  client.client_id = options_.client_id;
  return client;
}

void KafkaSource::open(const plan::Site& site, plan::SourceHost& host, plan::Done opened) {
  site_ = &site;
  host_ = &host;
  opened_ = std::move(opened);
  open_ = std::make_shared<KafkaSource*>(this);
  context_.reset(new ClientContext{*site.driver, client_options(), BufferPool{std::size_t{1} << 20},
                                   site.log});
  metadata_ = std::make_unique<Metadata>(*context_);
  finder_ = std::make_unique<OffsetFinder>(*context_, *metadata_);
  subscription_ =
      metadata_->subscribe([this](const Result<void>& outcome) { on_metadata(outcome); });
  for (const std::string& topic : options_.topics) metadata_->add_topic(topic);
}

void KafkaSource::on_metadata(const Result<void>& outcome) {
  tell_trouble("metadata", outcome.ok() ? "" : outcome.error().message());
  if (!outcome.ok() || topics_known_ || !topics_are_known()) return;
  topics_known_ = true;
  site_->stop_at_end ? find_ends() : make_readers();
}

bool KafkaSource::topics_are_known() {
  const TimePoint now = site_->driver->now();
  for (const std::string& name : options_.topics) {
    const TopicMetadata* topic = metadata_->topic(name);
    if (topic == nullptr) return false;
    if (!topic->partitions.empty()) continue;
    if (unknown_since_ == TimePoint{}) unknown_since_ = now;
    if (now - unknown_since_ < kTopicPatience) {
      metadata_->refresh();
    } else {
      fail(wire::kafka_error(topic->error_code,
                             concat("reading topic ", name, " at ", options_.brokers),
                             "create the topic, or correct its name"));
    }
    return false;
  }
  return true;
}

std::vector<TopicPartition> KafkaSource::all_partitions() const {
  std::vector<TopicPartition> all;
  for (const std::string& name : options_.topics) {
    const auto count = static_cast<std::int32_t>(metadata_->topic(name)->partitions.size());
    for (std::int32_t i = 0; i < count; ++i) all.push_back({name, PartitionId{i}});
  }
  return all;
}

Result<std::vector<TopicPartition>> KafkaSource::direct_partitions() const {
  const std::vector<TopicPartition> all = all_partitions();
  if (options_.partitions.empty()) return all;
  std::vector<TopicPartition> chosen;
  for (const PartitionRange& range : options_.partitions) {
    const TopicPartition name{range.topic, range.partition};
    if (std::find(all.begin(), all.end(), name) == all.end()) {
      return Error(ErrorCode::kNotFound,
                   concat("partition ", to_string(name), " does not exist at ", options_.brokers,
                          "; correct .partitions"));
    }
    chosen.push_back(name);
  }
  return chosen;
}

void KafkaSource::find_ends() {
  find_offsets(all_partitions(), OffsetSpec::latest(), [this](Result<Positions> ends) {
    if (!ends.ok()) return fail(ends.error());
    ends_ = std::move(*ends);
    find_empty_partitions();
  });
}

void KafkaSource::find_empty_partitions() {
  find_offsets(all_partitions(), OffsetSpec::earliest(), [this](Result<Positions> starts) {
    if (!starts.ok()) return fail(starts.error());
    for (const auto& [partition, start] : *starts) {
      if (start >= ends_.at(partition)) done_elsewhere_.insert(partition);
    }
    make_readers();
  });
}

void KafkaSource::find_offsets(const std::vector<TopicPartition>& partitions, OffsetSpec spec,
                               std::function<void(Result<Positions>)> handler) {
  if (partitions.empty()) return handler(Positions{});
  OffsetQuestions questions;
  for (const TopicPartition& partition : partitions) questions.emplace(partition, spec);
  finder_->find(std::move(questions), kForEver, [this, handler](Result<FoundOffsets> found) {
    if (!found.ok()) return handler(found.error());
    Positions positions;
    std::vector<TopicPartition> too_late;
    for (const auto& [partition, offset] : *found) {
      if (offset) {
        positions[partition] = *offset;
      } else {
        too_late.push_back(partition);
      }
    }
    find_offsets(too_late, OffsetSpec::latest(), [positions, handler](Result<Positions> ends) {
      if (ends.ok()) ends->insert(positions.begin(), positions.end());
      handler(std::move(ends));
    });
  });
}

void KafkaSource::make_readers() {
  FetchOptions fetch;
  fetch.read_ahead_bytes = site_->read_ahead_bytes;
  fetch.max_bytes = std::min(fetch.max_bytes, site_->read_ahead_bytes / 2);
  fetch.max_partition_bytes = std::min(fetch.max_partition_bytes, fetch.max_bytes);
  const auto make = [this, fetch](std::size_t worker) {
    return std::make_unique<SourceReader>(*site_->workers[worker], client_options(), fetch,
                                          site_->log, reports_of(worker));
  };
  readers_.make(*site_->driver, site_->workers, make, [this, open = std::weak_ptr(open_)] {
    if (!open.expired()) begin_reading();
  });
}

SourceReader::Reports KafkaSource::reports_of(std::size_t worker) {
  const auto on_driver = [open = std::weak_ptr(open_), driver = site_->driver](auto call) {
    driver->post([open, call = std::move(call)] {
      if (!open.expired()) call();
    });
  };
  SourceReader::Reports reports;
  reports.on_read = [=, this](std::vector<ReadReport> read) {
    on_driver([this, read = std::move(read)] { on_read(read); });
  };
  reports.on_out_of_range = [=, this](AssignmentId id) {
    on_driver([this, id] { on_out_of_range(id); });
  };
  reports.on_failure = [=, this](const Error& error) { on_driver([this, error] { fail(error); }); };
  reports.on_trouble = [=, this](const std::string& what) {
    on_driver([=, this] { tell_trouble(concat("worker ", worker), what); });
  };
  return reports;
}

void KafkaSource::begin_reading() {
  const std::size_t inputs = in_group() ? static_cast<std::size_t>(options_.inputs) : 1;
  for (std::size_t i = 0; i < inputs; ++i) inputs_.push_back(std::make_unique<Input>());
  if (!in_group()) {
    auto partitions = direct_partitions();
    if (!partitions.ok()) return fail(partitions.error());
    assign(0, *partitions);
    return;
  }
  MemberOptions member;
  member.topics = options_.topics;
  member.assignor = options_.assignor;
  member.session_timeout = options_.session_timeout;
  member.rebalance_timeout = options_.rebalance_timeout;
  GroupInput::Owner& owner = *this;
  for (std::size_t i = 0; i < inputs; ++i) {
    inputs_[i]->member =
        std::make_unique<GroupInput>(i, *context_, *metadata_, options_.group, member, owner);
    inputs_[i]->member->start();
  }
  std::exchange(opened_, nullptr)({});
  check_finished();
}

void KafkaSource::assign(std::size_t input, const std::vector<TopicPartition>& partitions) {
  find_positions(input, partitions, [this, input](Result<Positions> positions) {
    if (!positions.ok()) return fail(positions.error());
    begin_partitions(input, *positions);
    resume(input);
    if (opened_) std::exchange(opened_, nullptr)({});
  });
}

void KafkaSource::find_positions(std::size_t input, std::vector<TopicPartition> partitions,
                                 std::function<void(Result<Positions>)> handler) {
  std::vector<TopicPartition> with_commits;
  for (const TopicPartition& partition : partitions) {
    const bool counts = !options_.start.ignore_committed || begun_.contains(partition);
    if (in_group() && counts) with_commits.push_back(partition);
  }
  if (with_commits.empty()) return find_starts(partitions, {}, std::move(handler));
  inputs_[input]->member->offsets().fetch(std::move(with_commits),
                                          [this, partitions = std::move(partitions),
                                           handler](Result<OffsetStore::Committed> committed) {
                                            if (!committed.ok()) return handler(committed.error());
                                            Positions known;
                                            for (const auto& [partition, stored] : *committed)
                                              known[partition] = stored.offset;
                                            find_starts(partitions, std::move(known), handler);
                                          });
}

void KafkaSource::find_starts(const std::vector<TopicPartition>& partitions, Positions known,
                              std::function<void(Result<Positions>)> handler) {
  for (const PartitionRange& range : options_.partitions) {
    if (range.from) known[{range.topic, range.partition}] = *range.from;
  }
  std::vector<TopicPartition> unknown;
  for (const TopicPartition& partition : partitions) {
    if (!known.contains(partition)) unknown.push_back(partition);
  }
  find_offsets(unknown, spec_of(options_.start),
               [known = std::move(known), handler](Result<Positions> found) {
                 if (found.ok()) found->insert(known.begin(), known.end());
                 handler(std::move(found));
               });
}

void KafkaSource::begin_partitions(std::size_t input, const Positions& positions) {
  std::map<std::size_t, std::vector<ReadOrder>> orders;
  for (const auto& [partition, position] : positions) {
    Assignments::Entry entry;
    entry.origin = origin_of(partition);
    entry.input = input;
    entry.worker = worker_for(input, partition);
    entry.taken = position;
    if (const auto end = ends_.find(partition); end != ends_.end()) entry.end = end->second;
    for (const PartitionRange& range : options_.partitions) {
      const bool is_this = range.topic == partition.topic && range.partition == partition.partition;
      if (is_this && range.until) entry.end = *range.until;
    }
    const std::size_t worker = entry.worker;
    orders[worker].push_back(assignments_.add(std::move(entry)));
    begun_.insert(partition);
  }
  for (auto& [worker, mine] : orders) {
    readers_.post(worker, [mine = std::move(mine)](SourceReader& reader) { reader.assign(mine); });
  }
  check_finished();
}

std::size_t KafkaSource::worker_for(std::size_t input, const TopicPartition& partition) const {
  const std::size_t workers = site_->workers.size();
  const auto number = static_cast<std::size_t>(partition.partition.value);
  if (options_.reader_tasks == 0) return number % workers;
  const auto tasks = static_cast<std::size_t>(options_.reader_tasks);
  return (input * tasks + number % tasks) % workers;
}

const RecordOrigin* KafkaSource::origin_of(const TopicPartition& partition) {
  std::unique_ptr<RecordOrigin>& origin = origins_[partition];
  if (!origin) origin.reset(new RecordOrigin{partition.topic, partition.partition});
  return origin.get();
}

void KafkaSource::drop_partitions(std::size_t input) {
  std::vector<Assignments::Entry> gone;
  for (const auto& [origin, entry] : assignments_.entries()) {
    if (entry.input == input) gone.push_back(entry);
  }
  for (const Assignments::Entry& entry : gone) {
    assignments_.remove(entry.origin);
    readers_.post(entry.worker, [origin = entry.origin, taken = entry.taken](SourceReader& reader) {
      reader.remove(origin);
      reader.drop_from(origin, taken);
    });
  }
}

void KafkaSource::on_read(const std::vector<ReadReport>& reports) {
  for (const ReadReport& report : reports) assignments_.on_read(report);
  host_->on_change();
}

void KafkaSource::take(const std::vector<plan::Slice>& slices) {
  assignments_.take(slices);
  check_finished();
}

void KafkaSource::release(const std::vector<plan::Slice>& slices) {
  std::map<std::size_t, std::map<const RecordOrigin*, Offset>> by_worker;
  for (const plan::Slice& slice : slices) by_worker[slice.worker][slice.origin] = slice.until;
  for (auto& [worker, untils] : by_worker) {
    readers_.post(worker, [untils = std::move(untils)](SourceReader& reader) {
      for (const auto& [origin, until] : untils) reader.release(origin, until);
    });
  }
}

void KafkaSource::on_out_of_range(AssignmentId id) {
  const Assignments::Entry* entry = assignments_.find(id);
  if (entry == nullptr) return;
  const TopicPartition partition{entry->origin->topic, entry->origin->partition};
  const std::size_t input = entry->input;
  pause(input, [this, id, partition, input] {
    const Assignments::Entry* still = assignments_.find(id);
    if (still == nullptr) return resume(input);
    const Offset from = still->taken;
    find_starts({partition}, {}, [this, partition, input, from](Result<Positions> found) {
      if (!found.ok()) return fail(found.error());
      on_reset(partition, from, found->at(partition));
      begin_partitions(input, *found);
      resume(input);
    });
  });
}

void KafkaSource::on_reset(const TopicPartition& partition, Offset from, Offset to) {
  site_->log.warning(concat("offset ", from.value, " of ", to_string(partition),
                            " is not in the log any more; reading goes on at ", to.value,
                            from < to ? concat(": ", to.value - from.value,
                                               " records are lost to the "
                                               "topic's retention")
                                      : std::string()));
}

void KafkaSource::on_assigned(std::size_t input, const std::vector<TopicPartition>& partitions) {
  Input& state = *inputs_[input];
  const auto go_on = [this, input, partitions] { assign(input, partitions); };
  if (state.quiet) {
    go_on();
  } else {
    state.when_quiet = go_on;
  }
}

void KafkaSource::on_revoke(std::size_t input, std::function<void()> done) {
  pause(input, [this, input, done = std::move(done)] {
    drop_partitions(input);
    done();
  });
}

void KafkaSource::on_lost(std::size_t input) {
  site_->log.warning(concat(name(), ": input ", input,
                            " lost its partitions to the group; what was "
                            "under way is read again by their next owners"));
  pause(input, [this, input] { drop_partitions(input); });
}

void KafkaSource::pause(std::size_t input, std::function<void()> quiet) {
  Input& state = *inputs_[input];
  if (state.paused) {
    // Paused already (a revocation that took too long): do both once it is quiet.
    if (state.quiet) return quiet();
    state.when_quiet = [first = std::move(state.when_quiet), second = std::move(quiet)] {
      if (first) first();
      second();
    };
    return;
  }
  state.paused = true;
  state.quiet = false;
  state.when_quiet = std::move(quiet);
  host_->on_pause([this, input, open = std::weak_ptr(open_)] {
    if (open.expired()) return;
    inputs_[input]->quiet = true;
    if (auto call = std::exchange(inputs_[input]->when_quiet, nullptr)) call();
  });
}

void KafkaSource::resume(std::size_t input) {
  if (!std::exchange(inputs_[input]->paused, false)) return;
  host_->on_resume();
}

void KafkaSource::on_input_trouble(std::size_t input, const std::string& what) {
  tell_trouble(concat("input ", input), what);
}

void KafkaSource::tell_trouble(const std::string& from, const std::string& what) {
  if (what.empty()) {
    troubles_.erase(from);
  } else {
    troubles_[from] = what;
  }
  host_->on_trouble(troubles_.empty() ? "" : troubles_.begin()->second);
}

void KafkaSource::fail(const Error& error) {
  if (opened_) {
    std::exchange(opened_, nullptr)(error);
  } else {
    host_->on_failure(error);
  }
}

void KafkaSource::close(plan::Done closed) {
  opened_ = nullptr;
  subscription_ = {};
  commit_timer_.cancel();
  finish_timer_.cancel();
  open_.reset();
  auto left = std::make_shared<std::size_t>(1);
  const auto one_done = [this, left, closed] {
    if (--*left > 0) return;
    readers_.destroy(*site_->driver, [this, closed] {
      inputs_.clear();
      finder_.reset();
      metadata_.reset();
      context_.reset();
      closed({});
    });
  };
  for (const auto& input : inputs_) {
    if (!input->member) continue;
    ++*left;
    input->member->stop(one_done);
  }
  one_done();
}

}  // namespace weir::kafka
