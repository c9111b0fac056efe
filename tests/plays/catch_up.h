#pragma once

#include <unistd.h>

#include <string>

#include "broker/testing/frame_client.h"
#include "net/epoll_loop.h"
#include "weir/result.h"
#include "wire/error_codes.h"
#include "wire/messages/all.h"

namespace weir::broker {

/// Waits until a broker knows of all changes of topics that it has answered. Kafka's brokers learn
/// of them later than the client, but in their order: the one that leads one more topic knows of
/// all before it. Nor do they tell a transaction's end before they answer. Belongs to its loop's
/// thread.
class CatchUp {
 public:
  CatchUp(net::EpollLoop& loop, const net::Endpoint& broker) : loop_(loop), client_(loop, broker) {}

  Result<void> wait(Duration limit) {
    const TimePoint give_up = loop_.now() + limit;
    const std::string marker = "known-" + std::to_string(getpid()) + "-" + std::to_string(++count_);
    wire::CreateTopicsRequest create;
    create.topics.push_back({marker, 1, 1, {}, {}});
    WEIR_ASSIGN_OR_RETURN(const auto created, ask(create, 4, give_up));
    WEIR_RETURN_IF_ERROR(check(created.topics.at(0).error_code));
    wire::ListOffsetsRequest end;
    end.topics.push_back({marker, {{.partition_index = 0, .timestamp = -1}}});
    while (true) {
      WEIR_ASSIGN_OR_RETURN(const auto found, ask(end, 4, give_up));
      const std::int16_t error = found.topics.at(0).partitions.at(0).error_code;
      if (error == wire::kafka_code::kNone) return {};
      if (give_up < loop_.now()) return check(error);
      pause();
    }
  }

  /// Waits until no transaction's end is still to be told.
  Result<void> wait_for_transactions(Duration limit) {
    const TimePoint give_up = loop_.now() + limit;
    wire::ListTransactionsRequest prepared;
    prepared.state_filters = {"PrepareCommit", "PrepareAbort"};
    while (true) {
      WEIR_ASSIGN_OR_RETURN(const auto listed, ask(prepared, 0, give_up));
      if (listed.error_code == wire::kafka_code::kNone && listed.transaction_states.empty()) {
        return {};
      }
      if (give_up < loop_.now()) {
        return Error(ErrorCode::kTimedOut, "a transaction's end is not told to all");
      }
      pause();
    }
  }

 private:
  /// Between two questions, so that they do not keep the broker from what is asked about.
  void pause() {
    const TimePoint end = loop_.now() + kPause;
    while (loop_.now() < end) loop_.run_once(end - loop_.now());
  }

  static Result<void> check(std::int16_t error) {
    if (error == wire::kafka_code::kNone) return {};
    return wire::kafka_error(error, "catching up");
  }

  template <class Request>
  Result<typename Request::Response> ask(const Request& request, std::int16_t version,
                                         TimePoint give_up) {
    const std::int32_t id = client_.send(request, version);
    while (!client_.has_answer(id)) {
      if (client_.closed || give_up < loop_.now()) {
        return Error(ErrorCode::kUnavailable, "the broker does not say that it has caught up");
      }
      loop_.run_once(std::chrono::milliseconds(10));
    }
    frame_ = client_.take_answer(id);
    return wire::read_response<typename Request::Response>(frame_.view(), version, id);
  }

  static constexpr Duration kPause = std::chrono::milliseconds(20);

  net::EpollLoop& loop_;
  FrameClient client_;
  Buffer frame_;
  int count_ = 0;
};

}  // namespace weir::broker
