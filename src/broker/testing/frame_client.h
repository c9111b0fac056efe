#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "net/loop.h"
#include "wire/frame.h"

namespace weir::broker {

/// A peer of a broker, which sends what it is told and keeps what comes. Belongs to its loop's
/// thread.
class FrameClient : public net::SocketHandler {
 public:
  FrameClient(net::Loop& loop, const net::Endpoint& broker)
      : frames_(pool_, 64 << 20), socket_(loop.connect(broker, *this)) {}

  /// Sends a request; returns the id by which its answer is known.
  template <class Request>
  std::int32_t send(const Request& request, std::int16_t version = Request::kSchema.versions.last) {
    wire::Writer writer;
    wire::write_request(request, version, ++last_id_, "test", writer);
    send_bytes(writer.joined());
    return last_id_;
  }
  void send_bytes(std::string_view bytes) {
    unsent_ += bytes;
    flush();
  }

  bool has_answer(std::int32_t id) const { return answers_.contains(id); }
  std::size_t answer_count() const { return answers_.size(); }
  /// Takes the frame of an answer that has come.
  Buffer take_answer(std::int32_t id) { return std::move(answers_.extract(id).mapped()); }

  /// Stops and resumes reading.
  void set_reading(bool reading) {
    reading_ = reading;
    if (reading) on_readable();
  }
  void close() {
    socket_.reset();
    closed = true;
  }

  bool closed = false;

 private:
  void on_connected() override {
    connected_ = true;
    flush();
  }
  void on_readable() override {
    while (socket_ && reading_) {
      const std::span<char> space = frames_.space();
      const std::size_t count = socket_->read(space);
      if (count == 0) return;
      frames_.filled(count);
      while (auto frame = frames_.next().value()) {
        const auto id = wire::big_endian_at<std::int32_t>(frame->data());
        answers_.emplace(id, std::move(*frame));
      }
    }
  }
  void on_writable() override { flush(); }
  void on_closed(const Error&) override { close(); }
  void flush() {
    if (!socket_ || !connected_) return;
    const std::string_view pieces[] = {unsent_};
    unsent_.erase(0, socket_->write(pieces));
  }

  BufferPool pool_{0};
  wire::FrameReader frames_;
  std::string unsent_;
  std::int32_t last_id_ = 0;
  std::map<std::int32_t, Buffer> answers_;
  bool connected_ = false;
  bool reading_ = true;
  std::unique_ptr<net::Socket> socket_;
};

}  // namespace weir::broker
