#pragma once

#include <memory>
#include <optional>
#include <string>

#include "stream/queue_source.h"
#include "stream/receiver_core.h"
#include "weir/listener.h"

namespace weir::detail {

/// Runs a receiver on a loop of its own, again and again, and gives what it stores to batches.
/// Owned by the graph.
class ReceiverSource final : public QueueSource, private ReceiverListener {
 public:
  struct Setup {
    std::unique_ptr<AnyReceiver> receiver;
    std::shared_ptr<ReceiverCore> core;  ///< shared with the receiver's handles
    std::shared_ptr<QueueCore> queue;    ///< the core's
    ReceiverOptions options;
    std::size_t number = 0;  ///< among the sources of its pipeline
  };
  explicit ReceiverSource(Setup setup);

  Result<void> validate() const override;
  void open(const plan::Site& site, plan::SourceHost& host, plan::Done opened) override;
  void stop_receiving() override;
  bool drained() const override { return has_taken_all(); }
  bool finished() const override { return ended_ && has_taken_all(); }
  void close(plan::Done closed) override;

 private:
  /// Why the next run is not the first one.
  struct Restart {
    std::string why;
    std::optional<Duration> after;
  };
  void on_error(const std::string& what) override;
  void on_success() override;
  void on_restart(const std::string& why, std::optional<Duration> after) override;

  void run();
  void end_run();
  void on_returned(Result<void> result);
  void start_again(const Restart& restart);
  Duration take_pause();
  void show(const std::string& what);
  void tell_error(const std::string& what);
  void set_active(bool active);
  void finish_close();

  const std::unique_ptr<AnyReceiver> receiver_;
  const std::shared_ptr<ReceiverCore> core_;
  const ReceiverOptions options_;
  const std::size_t number_;
  net::Loop* loop_ = nullptr;  // the receiver's
  Log log_;
  bool ends_ = false;     // to return is the stream's end, under stop_at_end
  bool ended_ = false;    // it has come
  bool running_ = false;  // on_start() has been posted and has not returned
  bool stopped_ = false;  // there is no other run
  bool troubled_ = false;
  ReceiverInfo info_;               // what listeners have been told
  std::optional<Restart> restart_;  // was asked for
  Duration pause_;                  // before the next start
  net::Timer timer_;                // of the next start; or of patience, when closing
  plan::Done closed_;
};

}  // namespace weir::detail
