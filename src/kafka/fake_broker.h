#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/buffer.h"
#include "base/check.h"
#include "net/sim_network.h"
#include "wire/frame.h"
#include "wire/messages/api_versions.h"
#include "wire/messages/metadata.h"

/// A scripted broker for the tests of this folder: it answers what the test tells it to.
namespace weir::kafka {

/// A connection of a FakeBroker: like Kafka, it handles one request at a time.
class FakeSession : public net::SocketHandler, public std::enable_shared_from_this<FakeSession> {
 public:
  using Handle = std::function<void(FakeSession&, const Buffer&)>;
  explicit FakeSession(Handle handle) : handle_(std::move(handle)) {}

  void reply(const wire::Writer& response) {
    unsent_ += response.joined();
    busy_ = false;
    flush();
    handle_next();
  }
  void close() { socket.reset(); }

  void on_connected() override {}
  void on_readable() override {
    while (socket) {
      const std::size_t count = socket->read(frames_.space());
      if (count == 0) return;
      frames_.filled(count);
      while (auto frame = frames_.next().value()) requests_.push_back(std::move(*frame));
      handle_next();
    }
  }
  void on_writable() override { flush(); }
  void on_closed(const Error&) override { socket.reset(); }

  std::unique_ptr<net::Socket> socket;

 private:
  void handle_next() {
    if (busy_ || requests_.empty() || !socket) return;
    busy_ = true;
    const Buffer request = std::move(requests_.front());
    requests_.pop_front();
    handle_(*this, request);
  }
  void flush() {
    if (!socket) return;
    const std::string_view pieces[] = {unsent_};
    unsent_.erase(0, socket->write(pieces));
  }

  Handle handle_;
  BufferPool buffers_{1 << 20};
  wire::FrameReader frames_{buffers_, 64 << 20};
  std::deque<Buffer> requests_;
  bool busy_ = false;
  std::string unsent_;
};

/// Answers one request, now or later; nothing where the connection has gone by then.
template <class Response>
class Reply {
 public:
  Reply(std::weak_ptr<FakeSession> session, std::int16_t version, std::int32_t correlation_id)
      : session_(std::move(session)), version_(version), correlation_id_(correlation_id) {}

  void operator()(const Response& response) const {
    const auto session = session_.lock();
    if (!session) return;
    wire::Writer writer;
    wire::write_response(response, version_, correlation_id_, writer);
    session->reply(writer);
  }
  /// Answers with error 35 and nothing else, in version 0.
  void refuse_version() const {
    const auto session = session_.lock();
    if (!session) return;
    wire::Writer writer;
    Response response;
    response.error_code = 35;
    wire::write_response(response, 0, correlation_id_, writer);
    session->reply(writer);
  }
  /// Answers with a frame that ends within the message.
  void cut_short() const {
    const auto session = session_.lock();
    if (!session) return;
    wire::Writer writer;
    writer.integer(std::int32_t{5});
    writer.integer(correlation_id_);
    writer.integer(std::int8_t{0});
    session->reply(writer);
  }
  /// Breaks the connection instead.
  void hang_up() const {
    if (const auto session = session_.lock()) session->close();
  }
  std::int16_t version() const { return version_; }

 private:
  std::weak_ptr<FakeSession> session_;
  std::int16_t version_;
  std::int32_t correlation_id_;
};

/// A broker at "<name>:9092" of a simulated network.
class FakeBroker : public net::AcceptHandler {
 public:
  FakeBroker(net::SimNetwork& network, std::string name)
      : network_(network), name_(std::move(name)) {
    on<wire::ApiVersionsRequest>([this](const auto&, const auto& reply) {
      wire::ApiVersionsResponse response;
      for (const auto& [key, handler] : handlers_) {
        response.api_keys.push_back({key, handler.versions.first, handler.versions.last});
      }
      for (const auto& [feature, level] : features) {
        response.finalized_features.push_back({feature, level, level});
      }
      reply(response);
    });
    start();
  }

  /// What to do with a request; replaces what was to be done before.
  template <class Request>
  void on(std::function<void(const Request&, Reply<typename Request::Response>)> handle,
          wire::Versions versions = Request::kSchema.versions) {
    handlers_[static_cast<std::int16_t>(Request::kSchema.api)] = {
        versions, [this, handle = std::move(handle)](
                      FakeSession& session, const wire::RequestHeader& header, wire::Reader& body) {
          const std::int16_t version = header.request_api_version;
          const auto request = wire::decode<Request>(body.rest(), version).value();
          seen.push_back(std::string(Request::kSchema.name));
          handle(request, {session.weak_from_this(), version, header.correlation_id});
        }};
  }

  void start() { listener_ = std::move(network_.loop(name_).listen({"", 9092}, *this)).value(); }
  void stop() {
    listener_.reset();
    for (const auto& session : sessions_) session->close();
    sessions_.clear();
  }
  std::size_t count(std::string_view message) const {
    return static_cast<std::size_t>(std::count(seen.begin(), seen.end(), message));
  }
  net::Loop& loop() { return network_.loop(name_); }
  const std::string& name() const { return name_; }

  /// The names of all requests, in the order they were handled.
  std::vector<std::string> seen;
  /// What ApiVersions says: the cluster's features and their levels.
  std::map<std::string, std::int16_t> features;
  /// How many connections there were.
  int accepted = 0;

 private:
  struct Handler {
    wire::Versions versions;
    std::function<void(FakeSession&, const wire::RequestHeader&, wire::Reader&)> handle;
  };

  void on_accept(
      const std::function<std::unique_ptr<net::Socket>(net::SocketHandler&)>& adopt) override {
    ++accepted;
    auto session = std::make_shared<FakeSession>(
        [this](FakeSession& from, const Buffer& frame) { dispatch(from, frame); });
    session->socket = adopt(*session);
    sessions_.push_back(std::move(session));
  }

  void dispatch(FakeSession& session, const Buffer& frame) {
    wire::Reader reader(frame.view());
    const auto header = wire::read_request_header(reader).value();
    const auto handler = handlers_.find(header.request_api_key);
    WEIR_CHECK(handler != handlers_.end(), "the client asks only for what the broker claims");
    const auto handle = handler->second.handle;  // may be replaced while it runs
    handle(session, header, reader);
  }

  net::SimNetwork& network_;
  const std::string name_;
  std::map<std::int16_t, Handler> handlers_;
  std::vector<std::shared_ptr<FakeSession>> sessions_;
  std::unique_ptr<net::Listener> listener_;
};

/// Two fake brokers, "one" (node 1) and "two" (node 2), that agree on who leads what.
class FakeCluster {
 public:
  explicit FakeCluster(net::SimNetwork& network) : one(network, "one"), two(network, "two") {
    for (FakeBroker* broker : {&one, &two}) {
      broker->on<wire::MetadataRequest>(
          [this](const auto& request, const auto& reply) { reply(answer(request)); });
    }
  }

  wire::MetadataResponse answer(const wire::MetadataRequest& request) const {
    wire::MetadataResponse response;
    if (!fenced) response.brokers = {{1, one.name(), 9092, {}}, {2, two.name(), 9092, {}}};
    response.cluster_id = "fake";
    response.controller_id = 1;
    std::vector<std::string_view> names;
    if (request.topics) {
      for (const auto& asked : *request.topics) names.push_back(*asked.name);
    } else {
      for (const auto& [name, partitions] : leaders) names.push_back(name);
    }
    for (const std::string_view name : names) {
      auto& topic = response.topics.emplace_back();
      const auto known = leaders.find(name);
      topic.name = name;
      topic.is_internal = name.starts_with("__");
      topic.topic_id = topic_id;
      if (known == leaders.end()) topic.error_code = 3;
      if (known == leaders.end()) continue;
      for (const std::int32_t leader : known->second) {
        auto& partition = topic.partitions.emplace_back();
        partition.partition_index = static_cast<std::int32_t>(topic.partitions.size()) - 1;
        partition.leader_id = leader;
        partition.leader_epoch = leader_epoch;
        partition.error_code = leader < 0 ? 5 : 0;
      }
    }
    return response;
  }

  FakeBroker one;
  FakeBroker two;
  /// The brokers know of no broker, as when they have just been started.
  bool fenced = false;
  /// Of all topics.
  wire::Uuid topic_id;
  std::int32_t leader_epoch = -1;
  /// The leaders of each topic's partitions.
  std::map<std::string, std::vector<std::int32_t>, std::less<>> leaders;
};

}  // namespace weir::kafka
