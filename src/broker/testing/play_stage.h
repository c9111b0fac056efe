#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "broker/testing/frame_client.h"
#include "broker/testing/play_value.h"
#include "weir/result.h"

namespace weir::broker {

/// Where a play takes place: a broker, clients of it, and time.
class PlayHost {
 public:
  virtual ~PlayHost() = default;
  /// How the broker is to be; comes before anything else, or not at all.
  virtual void set_up(const PlayValue& settings) = 0;
  /// Connects a client.
  virtual std::unique_ptr<FrameClient> connect() = 0;
  /// Lets time pass.
  virtual void wait(Duration duration) = 0;
  /// Lets the broker answer: until `all_came` is true, or as long as makes sense.
  virtual void let_answer(const std::function<bool()>& all_came) = 0;
  /// Lets the broker take notice of what it is not expected to answer yet.
  virtual void let_take_notice() {}
  /// Lets all of the broker know of the topics and features as they are now.
  virtual Result<void> settle() { return {}; }
  /// Lets all of the broker know how transactions have ended.
  virtual Result<void> settle_transactions() { return {}; }
};

/// Plays a scene: each line that is a command is followed by all that the broker said then.
///
///   broker auto_create=false            how the broker is set up; may come first
///   a> Metadata 9 {topics=[...]}        client a (another name: another connection) sends this
///   a< {...}                            and is answered so
///   wait 50                             milliseconds pass
///   close a                             client a goes away
///   kafka kind: errorCode=NONE          where Apache Kafka says something else
///   (tests/kafka/plays.py)
///
/// $a stands for the member id that a JoinGroup gave to client a, id-of-t for the id of topic t,
/// producer-of-x for the producer id that InitProducerId gave to the transactional id x; a/2 is a's
/// second connection. Whatever else a play holds is passed on as it is: comments, empty
/// lines.
class PlayStage {
 public:
  explicit PlayStage(PlayHost& host) : host_(host) {}

  /// Returns the play with what was said this time in the place of what it has written. Fails on
  /// what is no command.
  Result<std::string> run(std::string_view play);

 private:
  struct Asked {
    std::string client;
    std::int32_t id;
    std::function<std::string(std::string_view frame)> print;
  };
  /// How many answers each client should get.
  using Expected = std::map<std::string, std::size_t>;

  Result<void> perform(const std::string& line, const Expected& expected);
  Result<void> set_up(std::string_view settings);
  Result<void> send(const std::string& name, const std::string& api, std::int16_t version,
                    std::string text);
  template <class Request>
  Result<void> send_request(const std::string& name, std::int16_t version, const PlayValue& value);
  template <class Response>
  void note(const std::string& client, const Response& response);
  void note_producer(const std::string& transactional_id, std::int64_t producer_id);
  FrameClient& client(const std::string& name);
  bool all_came(const Expected& expected) const;
  bool somebody_waits() const;
  std::string what_was_said();

  PlayHost& host_;
  std::map<std::string, std::unique_ptr<FrameClient>> clients_;
  std::map<std::string, bool> told_closed_;
  std::vector<Asked> asked_;
  /// What stands in the play for ids that brokers make up.
  std::map<std::string, std::string> holders_;
};

}  // namespace weir::broker
