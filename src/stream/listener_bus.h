#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/log.h"
#include "net/loop.h"
#include "weir/listener.h"

namespace weir::stream {

/// Brings what happens to a context's listeners: each event is a call on the listeners' own loop,
/// so that nobody waits for them. Thread-safe where nothing else is said.
class ListenerBus {
 public:
  using Event = std::function<void(Listener&)>;
  /// As many events may wait before batches are left out.
  static constexpr std::size_t kMostWaiting = 1000;

  explicit ListenerBus(Log log);

  void add(std::shared_ptr<Listener> listener);
  void remove(const Listener& listener);
  bool empty() const;
  /// Events are told on `loop` from now on; before, nothing is told. Only the first call counts.
  void open(net::Loop& loop);

  /// Whether somebody listens, and there is room for a batch's events. Where there is none, the
  /// batch counts as untold. Driver's thread only.
  bool takes_batch();
  /// Driver's thread only.
  void tell(Event event);
  /// Calls `told` on `driver` when all has been told; nothing is told after that. Driver's thread
  /// only.
  void close(net::Loop& driver, std::function<void()> told);

 private:
  struct Shared;
  static void deliver(const std::shared_ptr<Shared>& shared, const Event& event);

  std::shared_ptr<Shared> shared_;  // with events that wait, which may outlive this object
  std::int64_t untold_ = 0;         // batches, since the log has said so
};

}  // namespace weir::stream
