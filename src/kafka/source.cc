#include "kafka/source.h"

#include <algorithm>
#include <regex>
#include <utility>

#include "base/log.h"
#include "wire/murmur2.h"

namespace weir::kafka {

namespace {

/// Kafka takes 249; the input's number comes behind it.
constexpr std::size_t kLongestInstance = 240;

bool is_instance_name(std::string_view name) {
  return name.size() <= kLongestInstance && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

bool is_regular_expression(const std::string& pattern) {
  try {
    const std::regex compiled(pattern);
    return true;
  } catch (const std::regex_error&) {
    return false;
  }
}

/// Partitions name their topics, where nothing else does.
StreamOptions with_topics(StreamOptions options) {
  if (!options.topics.empty()) return options;
  for (const PartitionRange& range : options.partitions) {
    const auto known = std::find(options.topics.begin(), options.topics.end(), range.topic);
    if (known == options.topics.end()) options.topics.push_back(range.topic);
  }
  return options;
}

}  // namespace

KafkaSource::KafkaSource(StreamOptions options) : options_(with_topics(std::move(options))) {}
KafkaSource::~KafkaSource() = default;

std::string KafkaSource::name() const {
  if (has_pattern()) {
    return concat("source topics like ", options_.topic_pattern, " at ", options_.brokers);
  }
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
  if (options_.topics.empty() && !has_pattern()) {
    return refuse("no topic is named; set .topics or .topic_pattern");
  }
  if (has_pattern() && !options_.topics.empty()) {
    return refuse("a pattern finds the topics by itself; leave .topics and .partitions out");
  }
  if (!is_regular_expression(options_.topic_pattern)) {
    return refuse(concat(".topic_pattern \"", options_.topic_pattern,
                         "\" is no regular expression; the syntax is ECMAScript's, such as "
                         "\"orders-.*\""));
  }
  if (options_.metadata_max_age <= Duration::zero()) {
    return refuse(".metadata_max_age must be more than 0");
  }
  if (options_.inputs < 1) return refuse(".inputs must be 1 or more");
  if (options_.reader_tasks < 0) return refuse(".reader_tasks must be 0 or more");
  if (!in_group() && options_.inputs > 1) {
    return refuse("several .inputs are members of a group; set .group, or leave .inputs at 1");
  }
  if (!in_group() && !options_.instance.empty()) {
    return refuse(".instance names the members of a group; set .group, or leave .instance out");
  }
  if (!is_instance_name(options_.instance)) {
    return refuse(concat(".instance \"", options_.instance, "\" may have up to ", kLongestInstance,
                         " letters, digits, '.', '_' and '-'"));
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

void KafkaSource::open(const plan::Site& site, plan::SourceHost& host, plan::Done opened) {
  site_ = &site;
  host_ = &host;
  transactions_ = Transactions::of(site);
  opened_ = std::move(opened);
  open_ = std::make_shared<KafkaSource*>(this);
  auto client = client_options(options_.brokers, options_.client_id, site.driver->clock());
  if (client.ok()) client->metadata_max_age = options_.metadata_max_age;
  context_.reset(new ClientContext{*site.driver, std::move(client).value(),
                                   BufferPool{std::size_t{1} << 20}, site.log});
  metadata_ = std::make_unique<Metadata>(*context_);
  subscription_ =
      metadata_->subscribe([this](const Result<void>& outcome) { on_metadata(outcome); });
  questions_ = std::make_unique<TopicQuestions>(*context_, *metadata_);
  finder_ = std::make_unique<StartFinder>(*context_, *metadata_, options_, reads_committed());
  if (has_pattern()) return metadata_->want_all();
  topics_ = options_.topics;
  ask_for_topics();
}

void KafkaSource::find_ends() {
  finder_->find_log_ends(partitions_, [this](Result<Positions> ends) {
    if (!ends.ok()) return fail(ends.error());
    ends_ = std::move(*ends);
    find_empty_partitions();
  });
}

void KafkaSource::find_empty_partitions() {
  finder_->find_log_starts(partitions_, [this](const Result<Positions>& starts) {
    if (!starts.ok()) return fail(starts.error());
    for (const auto& [partition, start] : *starts) {
      if (start.offset >= ends_.at(partition).offset) done_elsewhere_.insert(partition);
    }
    make_readers();
  });
}

void KafkaSource::make_readers() {
  FetchOptions fetch;
  fetch.read_committed = reads_committed();
  fetch.read_ahead_bytes = site_->read_ahead_bytes;
  fetch.max_bytes = std::min(fetch.max_bytes, site_->read_ahead_bytes / 2);
  fetch.max_partition_bytes = std::min(fetch.max_partition_bytes, fetch.max_bytes);
  const std::weak_ptr open = open_;
  const auto make = [this, open, fetch, client = context_->options](std::size_t worker) {
    return std::make_unique<SourceReader>(*site_->workers[worker], for_part(client, worker), fetch,
                                          site_->log, reports_of(worker, open));
  };
  readers_.make(*site_->driver, site_->workers, make, [this, open] {
    if (!open.expired()) begin_reading();
  });
}

/// Called on the worker's thread: `open_` is the driver's.
SourceReader::Reports KafkaSource::reports_of(std::size_t worker,
                                              const std::weak_ptr<KafkaSource*>& open) {
  const auto on_driver = [open, driver = site_->driver](auto call) {
    driver->post([open, call = std::move(call)] {
      if (!open.expired()) call();
    });
  };
  SourceReader::Reports reports;
  reports.on_read = [=, this](std::vector<ReadReport> read) {
    on_driver([this, read = std::move(read)] { on_read(read); });
  };
  reports.on_failure = [=, this](const Error& error) { on_driver([this, error] { fail(error); }); };
  reports.on_trouble = [=, this](const std::string& what) {
    on_driver([=, this] { tell_trouble(concat("worker ", worker), what); });
  };
  return reports;
}

void KafkaSource::begin_reading() { in_group() ? join_group() : begin_direct(); }

void KafkaSource::join_group() {
  MemberOptions member;
  member.topics = topics_;
  member.assignor = options_.assignor;
  member.session_timeout = options_.session_timeout;
  member.rebalance_timeout = options_.rebalance_timeout;
  member.at_stop = options_.at_stop;
  GroupInput::Owner& owner = *this;
  for (std::size_t i = 0; i < static_cast<std::size_t>(options_.inputs); ++i) {
    join_as_instance(member, i);
    inputs_.push_back(std::make_unique<GroupInput>(
        GroupInput::Setup{i, context_.get(), metadata_.get(), options_.group, member}, owner));
  }
  if (host_->needs_all_records() && !options_.shares_keys) {
    GroupWatch::Owner& watching = *this;
    watch_ = std::make_unique<GroupWatch>(*context_, *metadata_, options_.group, member, watching);
    watch_->look();
  } else {
    on_may_join();
  }
  tell_opened();
  check_finished();
}

void KafkaSource::on_may_join() {
  for (const auto& input : inputs_) input->start();
}

bool KafkaSource::is_own(std::string_view member_id,
                         std::optional<std::string_view> instance_id) const {
  return std::any_of(inputs_.begin(), inputs_.end(),
                     [&](const auto& input) { return input->is(member_id, instance_id); });
}

void KafkaSource::join_as_instance(MemberOptions& member, std::size_t input) const {
  if (!options_.instance.empty()) {
    member.instance_id = concat(options_.instance, "-", input);
  } else if (!site_->instance.empty()) {
    // The process has its name from the context, and each of its sources one of its own.
    member.instance_id = concat(site_->instance, "-", name_among_sources(), "-", input);
    if (member.at_stop == AtStop::kDefault) member.at_stop = AtStop::kLeave;
  }
}

/// What it reads; of a pattern the letters that a name may have, and a number that tells patterns
/// with the same ones apart.
std::string KafkaSource::name_among_sources() const {
  if (!has_pattern()) return options_.topics.front().substr(0, 100);
  std::string letters = options_.topic_pattern;
  std::erase_if(letters, [](char c) { return !is_instance_name({&c, 1}); });
  return concat(letters.substr(0, 80), "-", wire::murmur2(options_.topic_pattern) & 0x7fffffff);
}

void KafkaSource::begin_direct() {
  const auto partitions = direct_partitions();
  if (!partitions.ok()) return fail(partitions.error());
  finder_->find_begin(*partitions, nullptr, [this](const Result<Positions>& positions) {
    if (!positions.ok()) return fail(positions.error());
    begin_partitions(0, *positions);
    tell_opened();
  });
}

Result<KafkaSource::Partitions> KafkaSource::direct_partitions() const {
  if (options_.partitions.empty()) return partitions_;
  Partitions chosen;
  for (const PartitionRange& range : options_.partitions) {
    const TopicPartition partition{range.topic, range.partition};
    if (std::find(partitions_.begin(), partitions_.end(), partition) == partitions_.end()) {
      return Error(ErrorCode::kNotFound,
                   concat("partition ", to_string(partition), " does not exist at ",
                          options_.brokers, "; correct .partitions"));
    }
    chosen.push_back(partition);
  }
  return chosen;
}

void KafkaSource::on_read(const std::vector<ReadReport>& reports) {
  for (const ReadReport& report : reports) assignments_.on_read(report);
  restart_where_due();
  host_->on_change();
}

void KafkaSource::take(const std::vector<plan::Slice>& slices) {
  assignments_.take(slices);
  check_finished();
}

void KafkaSource::release(const std::vector<plan::Slice>& slices) {
  std::map<std::size_t, std::map<const RecordOrigin*, Offset, plan::OriginOrder>> by_worker;
  for (const plan::Slice& slice : slices) by_worker[slice.worker][slice.origin] = slice.until;
  for (auto& [worker, untils] : by_worker) {
    readers_.post(worker, [untils = std::move(untils)](SourceReader& reader) {
      for (const auto& [origin, until] : untils) reader.release(origin, until);
    });
  }
}

void KafkaSource::on_input_trouble(std::size_t input, std::string_view part,
                                   const std::string& what) {
  tell_trouble(concat("input ", input, " ", part), what);
}

void KafkaSource::tell_trouble(const std::string& from, const std::string& what) {
  if (what.empty()) {
    troubles_.erase(from);
  } else {
    troubles_[from] = what;
  }
  host_->on_trouble(troubles_.empty() ? "" : troubles_.begin()->second);
}

void KafkaSource::tell_opened(Result<void> outcome) {
  if (const plan::Done opened = std::exchange(opened_, nullptr)) opened(std::move(outcome));
}

void KafkaSource::fail(const Error& error) {
  if (opened_) return tell_opened(error);
  host_->on_failure(error);
}

void KafkaSource::close(plan::Done closed) {
  open_.reset();
  opened_ = nullptr;
  subscription_ = {};
  questions_.reset();
  finder_.reset();
  watch_.reset();
  commit_timer_.cancel();
  finish_timer_.cancel();
  auto left = std::make_shared<std::size_t>(inputs_.size() + 1);
  const auto one_done = [this, left, closed = std::move(closed)] {
    if (--*left > 0) return;
    readers_.destroy(*site_->driver, [this, closed] {
      inputs_.clear();
      metadata_.reset();
      context_.reset();
      closed({});
    });
  };
  for (const auto& input : inputs_) input->stop(one_done);
  one_done();
}

}  // namespace weir::kafka
