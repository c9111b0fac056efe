#include "generator.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <string_view>
#include <utility>

namespace tweets {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::array<std::string_view, 12> kOpenings = {
    "just landed in",     "cannot stop reading about",
    "who else loves",     "so tired of",
    "big news from",      "my cat discovered",
    "finally tried",      "nobody talks about",
    "good morning from",  "breaking:",
    "three things about", "still thinking about"};
constexpr std::array<std::string_view, 12> kThings = {
    "the new stadium", "Tuesday mornings", "stream processing", "homemade ramen",
    "that last goal",  "our river",        "low latency",       "the night train",
    "old synths",      "mountain weather", "exactly-once",      "this bakery"};
constexpr std::array<std::string_view, 12> kTags = {"#kafka", "#news", "#football", "#music",
                                                    "#food",  "#weir", "#travel",   "#cats",
                                                    "#cpp",   "#jobs", "#weather",  "#monday"};
constexpr std::array<std::string_view, 8> kNames = {"ada",    "grace",   "linus", "margaret",
                                                    "dennis", "barbara", "ken",   "radia"};

std::int64_t unix_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace

weir::Result<TweetWriter> TweetWriter::from(const std::string& text_file) {
  TweetWriter writer;
  if (text_file.empty()) return writer;
  std::ifstream file(text_file);
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) writer.lines_.push_back(std::move(line));
  }
  if (writer.lines_.empty()) {
    return weir::Error(weir::ErrorCode::kNotFound,
                       "no tweets in " + text_file + ": it is empty or cannot be read");
  }
  return writer;
}

Tweet TweetWriter::next() {
  Tweet tweet;
  tweet.username =
      std::string(kNames[random_() % kNames.size()]) + "_" + std::to_string(random_() % 1000);
  tweet.text = lines_.empty() ? made_up_text() : lines_[next_line_++ % lines_.size()];
  tweet.timestamp = unix_seconds();
  return tweet;
}

std::string TweetWriter::made_up_text() {
  std::string text(kOpenings[random_() % kOpenings.size()]);
  text.append(" ").append(kThings[random_() % kThings.size()]);
  // Some tags are much more common than others, as in life.
  for (std::uint64_t tags = random_() % 3; tags > 0; --tags) {
    const std::size_t tag = std::min(random_() % kTags.size(), random_() % kTags.size());
    text.append(" ").append(kTags[tag]);
  }
  return text;
}

Generator::Generator(Settings settings, TweetWriter writer, weir::kafka::ProducerPool pool)
    : settings_(std::move(settings)),
      writer_(std::move(writer)),
      pool_(std::move(pool)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Generator::~Generator() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

weir::Result<void> Generator::wait() {
  thread_.join();
  return outcome_;
}

void Generator::run(const std::stop_token& stop) {
  constexpr auto kPeriod = 10ms;
  const auto start = steady_clock::now();
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::int64_t written = 0;
  while (!stop.stop_requested() && (settings_.count == 0 || written < settings_.count)) {
    const double seconds = std::chrono::duration<double>(steady_clock::now() - start).count();
    auto due = static_cast<std::int64_t>(seconds * static_cast<double>(settings_.rate)) + 1;
    if (settings_.count > 0) due = std::min(due, settings_.count);
    if (outcome_ = write(due - written); !outcome_.ok()) {
      std::fprintf(stderr, "tweets: the generator stops: %s\n", outcome_.error().message().c_str());
      return;
    }
    written = due;
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop, kPeriod, [] { return false; });
  }
}

weir::Result<void> Generator::write(std::int64_t count) {
  auto lease = pool_.borrow();
  if (!lease.ok()) return std::move(lease).error();
  std::string bytes;
  for (; count > 0; --count) {
    const Tweet tweet = writer_.next();
    bytes.resize(weir::Codec<Tweet>::size(tweet));
    weir::Codec<Tweet>::write(tweet, bytes.data());
    if (auto sent = lease->send(settings_.topic, {.value = bytes}); !sent.ok()) return sent;
  }
  return lease->flush();
}

}  // namespace tweets
