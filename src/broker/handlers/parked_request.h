#pragma once

#include <memory>
#include <vector>

#include "broker/handlers/handlers.h"
#include "broker/node.h"
#include "broker/resumable.h"

namespace weir::broker {

/// A request that waits for its partitions to change, or for its time to be over. Owned by its
/// connection, until it is answered or the peer has gone; one thread.
class ParkedRequest : public PartitionWatcher,
                      public Resumable,
                      public std::enable_shared_from_this<ParkedRequest> {
 public:
  ParkedRequest(const Call& call, std::vector<std::shared_ptr<Partition>> partitions, Duration wait)
      : call_(call), partitions_(std::move(partitions)) {
    for (const auto& partition : partitions_) partition->watch(*this);
    timer_ = call_.node.loop().call_after(wait, [this] {
      Node::Event event(call_.node);
      answer();
      end();
    });
  }
  ~ParkedRequest() override { stop_watching(); }

  void on_change() override {
    if (is_woken_) return;
    is_woken_ = true;
    call_.node.resume_soon(weak_from_this());
  }

  void resume() override {
    is_woken_ = false;
    if (!is_over_ && answer_if_due()) end();
  }

 protected:
  const Call& call() const { return call_; }

 private:
  // An answer lets others go on with the connection; this object is destroyed later, by its owner.

  /// Answers if there is no reason to wait any longer, and returns whether it did.
  virtual bool answer_if_due() = 0;
  /// Answers, as the time is over.
  virtual void answer() = 0;

  void end() {
    is_over_ = true;
    timer_ = {};
    stop_watching();
  }
  void stop_watching() {
    for (const auto& partition : partitions_) partition->unwatch(*this);
    partitions_.clear();
  }

  const Call call_;
  std::vector<std::shared_ptr<Partition>> partitions_;
  net::Timer timer_;
  bool is_woken_ = false;
  bool is_over_ = false;
};

}  // namespace weir::broker
