#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plan/io.h"
#include "stream/queue_core.h"

namespace weir::detail {

/// Gives what was pushed into a queue to batches, in one partition. Owned by the graph.
class QueueSource : public plan::Source {
 public:
  struct Setup {
    std::shared_ptr<QueueCore> core;  ///< shared with those who push
    std::string name;
    std::size_t number = 0;  ///< among the sources of its pipeline; chooses the worker
    bool one_at_a_time = false;
    std::int64_t max_rate = 0;
  };
  explicit QueueSource(Setup setup);
  ~QueueSource() override;

  std::string name() const override { return setup_.name; }
  Result<void> validate() const override { return {}; }
  void open(const plan::Site& site, plan::SourceHost& host, plan::Done opened) override;
  std::vector<plan::ReadAhead> read_ahead() const override;
  void take(const std::vector<plan::Slice>& slices) override;
  void release(const std::vector<plan::Slice>&) override {}  // commit() follows at once
  void commit(BatchTime batch, const std::vector<plan::Slice>& slices, plan::Done done) override;
  bool finished() const override;
  std::int64_t lag() const override { return core().end() - taken_; }
  plan::Reader& reader(std::size_t worker) override;
  void close(plan::Done closed) override;

 protected:
  /// The part of open() that every queue has.
  void attach(const plan::Site& site, plan::SourceHost& host);
  QueueCore& core() const { return *setup_.core; }
  net::Loop& driver() const { return *driver_; }
  plan::SourceHost& host() const { return *host_; }
  bool has_taken_all() const { return taken_ >= core().end(); }

 private:
  class Reader;
  void acknowledge(const std::function<void()>& committed);

  const Setup setup_;
  const RecordOrigin origin_;
  std::unique_ptr<Reader> reader_;
  net::Loop* driver_ = nullptr;
  plan::SourceHost* host_ = nullptr;
  std::size_t worker_ = 0;
  std::int64_t taken_ = 0;
  std::optional<std::int64_t> end_;  // under stop_at_end
};

}  // namespace weir::detail
