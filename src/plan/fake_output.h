#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plan/io.h"
#include "weir/task_error.h"

namespace weir::plan {

/// An output in memory, for tests of the engine: keeps what was acknowledged, in order.
/// Acknowledges at once unless told to hold. Runs on simulated loops, so all of it is one thread's.
class FakeOutput final : public Output {
 public:
  struct Written {
    std::string value;
    std::string key;
    std::int64_t timestamp = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::int32_t task_partition = 0;
  };
  std::vector<Written> records;
  std::vector<std::string> values() const {
    std::vector<std::string> all;
    for (const Written& record : records) all.push_back(record.value);
    return all;
  }
  std::optional<Error> open_error;
  std::optional<Error> write_error;
  std::optional<Error> submit_error;
  bool hold = false;  ///< acknowledgements wait for let_go()
  bool closed = false;

  /// Acknowledges the `index`th of those that are held.
  void let_go_one(std::size_t index) {
    const auto at = held_.begin() + static_cast<std::ptrdiff_t>(index);
    const auto acknowledge = std::move(*at);
    held_.erase(at);
    acknowledge();
  }
  void let_go() {
    for (auto& acknowledge : std::exchange(held_, {})) acknowledge();
  }
  std::size_t held() const { return held_.size(); }

  std::string name() const override { return "fake output"; }
  Result<void> validate() const override { return {}; }
  void open(const Site& site, OutputHost&, Done opened) override {
    site_ = &site;
    for (std::size_t i = 0; i < site.workers.size(); ++i) writers_.emplace_back(*this, i);
    site.driver->post(
        [this, opened] { opened(open_error ? Result<void>(*open_error) : Result<void>()); });
  }
  Writer& writer(std::size_t worker) override { return writers_[worker]; }
  void close(Done done) override {
    closed = true;
    site_->driver->post([done] { done({}); });
  }

 private:
  /// One worker's end.
  class FakeWriter final : public Writer {
   public:
    FakeWriter(FakeOutput& output, std::size_t worker) : output_(output), worker_(worker) {}
    std::unique_ptr<TaskWriter> open_task(BatchTime, PartitionId partition,
                                          OutputSize size) override {
      return std::make_unique<FakeTask>(*this, partition, size.most);
    }
    std::size_t pending_bytes() const override { return pending_; }

    void check_submit() const {
      if (output_.submit_error) throw detail::TaskError(*output_.submit_error);
    }
    void submit(std::deque<Written> written, std::size_t bytes, Done acknowledged) {
      pending_ += bytes;
      auto acknowledge = [this, written = std::move(written), bytes,
                          acknowledged = std::move(acknowledged)] {
        pending_ -= bytes;
        acknowledged(output_.keep(written));
      };
      if (output_.hold) {
        output_.held_.push_back(std::move(acknowledge));
      } else {
        output_.site_->workers[worker_]->post(std::move(acknowledge));
      }
    }

   private:
    FakeOutput& output_;
    std::size_t worker_;
    std::size_t pending_ = 0;
  };
  class FakeTask final : public TaskWriter {
   public:
    FakeTask(FakeWriter& writer, PartitionId partition, std::size_t most)
        : writer_(writer), partition_(partition), most_(most) {}
    char* append(const Envelope& envelope, std::size_t value_size) override {
      if (bytes() + value_size > most_) {
        throw detail::OutputTooLarge(
            Error(ErrorCode::kResourceExhausted, "it writes more than it may"));
      }
      Written& record = written_.emplace_back();
      record.value.resize(value_size);
      record.key = envelope.key.value_or("");
      record.timestamp = envelope.timestamp.millis;
      record.task_partition = partition_.value;
      for (const HeaderView& header : envelope.headers) {
        record.headers.emplace_back(header.key, header.value);
      }
      return record.value.data();
    }
    void submit(Done acknowledged) override {
      writer_.check_submit();
      const std::size_t size = bytes();
      writer_.submit(std::move(written_), size, std::move(acknowledged));
    }
    std::size_t bytes() const override {
      std::size_t sum = 0;
      for (const Written& record : written_) sum += record.value.size();
      return sum;
    }
    std::int64_t records() const override { return static_cast<std::int64_t>(written_.size()); }

   private:
    FakeWriter& writer_;
    PartitionId partition_;
    std::size_t most_;
    std::deque<Written> written_;
  };

  Result<void> keep(const std::deque<Written>& written) {
    if (write_error) return *write_error;
    records.insert(records.end(), written.begin(), written.end());
    return {};
  }

  std::deque<FakeWriter> writers_;  // by worker; a deque: they keep their addresses
  const Site* site_ = nullptr;
  std::vector<std::function<void()>> held_;
};

}  // namespace weir::plan
