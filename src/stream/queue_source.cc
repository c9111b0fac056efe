#include "stream/queue_source.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "plan/graph.h"

namespace weir::detail {

/// Reads a queue on whichever worker.
class QueueSource::Reader final : public plan::Reader {
 public:
  Reader(const QueueCore& core, const RecordOrigin& origin) : core_(core), origin_(origin) {}
  Result<void> read(const plan::Slice& slice, TaskContext& context, Sink<Record>& into) override {
    for (const QueueBlock& block : core_.after(slice.from.value)) {
      if (block.from >= slice.until.value) break;
      const std::int64_t until = std::min(block.until, slice.until.value);
      into.push(record_of(block, std::max(block.from, slice.from.value), until, context));
    }
    return {};
  }

 private:
  /// The objects from `from` to `until`, as one.
  Record record_of(const QueueBlock& block, std::int64_t from, std::int64_t until,
                   const TaskContext& context) const {
    const auto index = static_cast<std::size_t>(from - block.from);
    Record record;
    record.value = {block.first + index * block.stride,
                    static_cast<std::size_t>(until - from) * block.stride};
    record.has_value = true;
    record.offset = Offset{from};
    record.timestamp = context.record_time;
    record.origin = &origin_;
    return record;
  }

  const QueueCore& core_;
  const RecordOrigin& origin_;
};

QueueSource::QueueSource(Setup setup)
    : setup_(std::move(setup)),
      origin_{setup_.name, PartitionId{0}},
      reader_(std::make_unique<Reader>(*setup_.core, origin_)) {}
QueueSource::~QueueSource() = default;

void QueueSource::attach(const plan::Site& site, plan::SourceHost& host) {
  driver_ = site.driver;
  host_ = &host;
  worker_ = setup_.number % site.workers.size();
  core().attach(*driver_, [&host] { host.on_change(); });
}

void QueueSource::open(const plan::Site& site, plan::SourceHost& host, plan::Done opened) {
  if (site.stop_at_end) end_ = core().end();
  attach(site, host);
  driver_->post([opened = std::move(opened)] { opened({}); });
}

std::vector<plan::ReadAhead> QueueSource::read_ahead() const {
  plan::ReadAhead ahead{&origin_, worker_, {}, setup_.max_rate};
  for (const QueueBlock& block : core().after(taken_)) {
    const std::int64_t from = std::max(block.from, taken_);
    const std::int64_t until = end_ ? std::min(block.until, *end_) : block.until;
    if (from >= until) break;
    ahead.pieces.push_back(
        {Offset{from}, Offset{until}, block.bytes_of(until - from), until - from});
    if (setup_.one_at_a_time) break;
  }
  if (ahead.pieces.empty()) return {};
  return {std::move(ahead)};
}

void QueueSource::take(const std::vector<plan::Slice>& slices) {
  for (const plan::Slice& slice : slices) taken_ = std::max(taken_, slice.until.value);
  core().end_block();
}

void QueueSource::commit(BatchTime, const std::vector<plan::Slice>& slices, plan::Done done) {
  for (const plan::Slice& slice : slices) {
    for (const auto& committed : core().forget_before(slice.until.value)) acknowledge(committed);
  }
  driver_->post([done = std::move(done)] { done({}); });
}

void QueueSource::acknowledge(const std::function<void()>& committed) {
  const auto fail_soon = [this](std::string_view what) {
    Error error(ErrorCode::kUserFunction,
                concat(name(), ": what was to be called after a commit threw: ", what));
    driver_->post([this, error = std::move(error)] { host_->on_failure(error); });
  };
  try {
    committed();
  } catch (const std::exception& error) {
    fail_soon(error.what());
  } catch (...) {
    fail_soon("something that is no std::exception");
  }
}

bool QueueSource::finished() const {
  const bool ends = end_ || core().is_closed();
  return ends && taken_ >= end_.value_or(core().end());
}

plan::Reader& QueueSource::reader(std::size_t) { return *reader_; }

void QueueSource::close(plan::Done closed) {
  core().detach();
  driver_->post([closed = std::move(closed)] { closed({}); });
}

std::shared_ptr<QueueCore> make_queue() { return std::make_shared<QueueCore>(); }

void push_to_queue(QueueCore& queue, std::shared_ptr<const void> owner, const void* first,
                   std::size_t stride, std::size_t count, std::size_t bytes) {
  queue.push({std::move(owner), static_cast<const char*>(first), stride, 0, 0, bytes}, count);
}

void close_queue(QueueCore& queue) { queue.close(); }

plan::Node* append_queue_source(Pipeline& pipeline, std::shared_ptr<QueueCore> queue,
                                QueueOptions options) {
  return append_source(pipeline, std::make_unique<QueueSource>(QueueSource::Setup{
                                     std::move(queue), "queue", pipeline.graph().sources().size(),
                                     options.one_at_a_time}));
}

}  // namespace weir::detail
