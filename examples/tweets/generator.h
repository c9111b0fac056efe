#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tweet.avro.h"
#include "weir/producer_pool.h"
#include "weir/result.h"

namespace tweets {

/// Makes up tweets, or takes their texts from a file.
class TweetWriter {
 public:
  /// Fails when the file cannot be read or is empty.
  static weir::Result<TweetWriter> from(const std::string& text_file);
  Tweet next();
  /// The number of lines of the file; 0 when tweets are made up.
  std::size_t lines() const { return lines_.size(); }

 private:
  std::string made_up_text();
  std::vector<std::string> lines_;
  std::size_t next_line_ = 0;
  std::mt19937_64 random_{2014};
};

/// Writes tweets to a topic at a steady rate, on a thread of its own, until its count is reached or
/// it is destroyed.
class Generator {
 public:
  struct Settings {
    std::string brokers;
    std::string topic;
    std::int64_t rate = 1000;
    std::int64_t count = 0;  ///< 0: no end
  };
  Generator(Settings settings, TweetWriter writer, weir::kafka::ProducerPool pool);
  ~Generator();

  /// Waits until all of a limited count are written; the error is the reason if they were not.
  weir::Result<void> wait();

 private:
  void run(const std::stop_token& stop);
  weir::Result<void> write(std::int64_t count);

  Settings settings_;
  TweetWriter writer_;
  weir::kafka::ProducerPool pool_;
  weir::Result<void> outcome_;
  std::jthread thread_;
};

}  // namespace tweets
