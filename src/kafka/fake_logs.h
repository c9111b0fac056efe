#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kafka/fake_broker.h"
#include "kafka/fake_log.h"
#include "wire/messages/fetch.h"
#include "wire/messages/list_offsets.h"

namespace weir::kafka {

/// The logs of topic "t" on a FakeCluster, which answers fetches of them, and questions for their
/// starts and ends.
class FakeLogs {
 public:
  FakeLogs(net::SimNetwork& network, FakeCluster& cluster) : network_(network), cluster_(cluster) {
    for (FakeBroker* broker : {&cluster_.one, &cluster_.two}) {
      broker->on<wire::FetchRequest>([this, broker](const auto& request, const auto& reply) {
        answer(*broker, request, reply,
               network_.clock().now() + std::chrono::milliseconds(request.max_wait_ms));
      });
      broker->on<wire::ListOffsetsRequest>(
          [this](const auto& request, const auto& reply) { reply(offsets(request)); });
    }
  }

  FakeLog& operator[](std::int32_t partition) { return logs_[partition]; }

  /// The errors that fetches of partitions are answered with.
  std::map<std::int32_t, std::int16_t> errors;
  /// Where fetches of partitions are told that their logs were cut off.
  std::map<std::int32_t, wire::FetchResponse::EpochEndOffset> cut_off;
  /// What was asked of each partition last.
  std::map<std::int32_t, wire::FetchRequest::FetchPartition> last_asked;
  /// What is told with every fetch of transactions.
  std::optional<std::int64_t> stable_end;
  std::optional<std::vector<wire::FetchResponse::AbortedTransaction>> aborted;
  std::int8_t last_isolation_level = -1;
  /// The next records that are sent have a wrong bit.
  bool corrupt_next = false;

 private:
  /// A request that owns its strings: it outlives the bytes it was read from.
  struct Owned {
    explicit Owned(const wire::FetchRequest& from) : request(from) {
      for (auto& topic : request.topics) topic.topic = "t";
    }
    wire::FetchRequest request;
  };

  /// Answers as a broker does: at once with what there is or is wrong, else when the wait is over.
  void answer(FakeBroker& broker, const wire::FetchRequest& request,
              const Reply<wire::FetchResponse>& reply, TimePoint until) {
    std::vector<std::string> records;
    const wire::FetchResponse response = response_to(broker, request, records);
    const bool empty =
        std::all_of(records.begin(), records.end(), [](auto& r) { return r.empty(); });
    const bool wrong =
        std::any_of(response.responses.begin(), response.responses.end(), [](const auto& topic) {
          return std::any_of(topic.partitions.begin(), topic.partitions.end(), [](const auto& p) {
            return p.error_code != 0 || p.diverging_epoch.end_offset >= 0;
          });
        });
    if (!empty || wrong || network_.clock().now() >= until) return reply(response);
    timers_.push_back(broker.loop().call_after(std::chrono::milliseconds(1),
                                               [=, this, &broker, owned = Owned(request)] {
                                                 answer(broker, owned.request, reply, until);
                                               }));
  }

  wire::FetchResponse response_to(const FakeBroker& broker, const wire::FetchRequest& request,
                                  std::vector<std::string>& records) {
    wire::FetchResponse response;
    records.reserve(100);
    const int node = &broker == &cluster_.one ? 1 : 2;
    last_isolation_level = request.isolation_level;
    const auto most = static_cast<std::size_t>(request.max_bytes);
    std::size_t given = 0;
    for (const auto& topic : request.topics) {
      response.responses.emplace_back().topic = "t";
      for (const auto& asked : topic.partitions) {
        const std::size_t room = most - std::min(given, most);
        response.responses.back().partitions.push_back(read(node, asked, room, records));
        given += response.responses.back().partitions.back().records.view.size();
      }
    }
    return response;
  }

  wire::FetchResponse::PartitionData read(int node, const wire::FetchRequest::FetchPartition& asked,
                                          std::size_t room, std::vector<std::string>& records) {
    last_asked[asked.partition] = asked;
    wire::FetchResponse::PartitionData told;
    told.partition_index = asked.partition;
    const FakeLog& log = logs_[asked.partition];
    told.high_watermark = log.end();
    told.last_stable_offset = stable_end.value_or(log.end());
    told.aborted_transactions = aborted;
    if (auto code = errors.find(asked.partition); code != errors.end()) {
      told.error_code = code->second;
    } else if (cluster_.leaders["t"][static_cast<std::size_t>(asked.partition)] != node) {
      told.error_code = 6;
    } else if (const auto cut = cut_off.find(asked.partition); cut != cut_off.end()) {
      told.diverging_epoch = cut->second;
    } else if (asked.fetch_offset > log.end()) {
      told.error_code = 1;
    } else {
      // Only what is first in an answer may be larger than was asked for.
      const bool is_first =
          std::all_of(records.begin(), records.end(), [](auto& r) { return r.empty(); });
      const std::size_t most = std::min(room, static_cast<std::size_t>(asked.partition_max_bytes));
      records.push_back(log.read(asked.fetch_offset, most));
      if (!is_first && records.back().size() > most) records.back().clear();
      if (corrupt_next && !records.back().empty()) {
        records.back().back() ^= 1;
        corrupt_next = false;
      }
      told.records = {records.back()};
    }
    return told;
  }

  wire::ListOffsetsResponse offsets(const wire::ListOffsetsRequest& request) {
    wire::ListOffsetsResponse response;
    for (const auto& topic : request.topics) {
      auto& answered = response.topics.emplace_back();
      answered.name = "t";
      for (const auto& asked : topic.partitions) {
        auto& told = answered.partitions.emplace_back();
        told.partition_index = asked.partition_index;
        told.offset = asked.timestamp == -2 ? 0 : logs_[asked.partition_index].end();
      }
    }
    return response;
  }

  net::SimNetwork& network_;
  FakeCluster& cluster_;
  std::map<std::int32_t, FakeLog> logs_;
  std::vector<net::Timer> timers_;
};

}  // namespace weir::kafka
