// The Kafka output: what tasks write, what the topic has then, and what is told of it.

#include "kafka/topic_output.h"

#include <gmock/gmock.h>

#include "base/log.h"
#include "source_town.h"
#include "weir/task_error.h"
#include "wire/murmur2.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

/// A process with an output to the topic "t" of a town, and a source that reads it.
class TopicOutputTest : public testing::Test, public plan::OutputHost {
 protected:
  static constexpr std::int32_t kPartitions = 3;

  TopicOutputTest() {
    site_.driver = &town_.network.loop("out");
    site_.workers = {&town_.network.loop("out-worker-0"), &town_.network.loop("out-worker-1")};
    site_.buffers = std::make_shared<BufferPool>(1 << 20);
    site_.log = Log(LogLevel::kError, [](LogLevel, auto) {});
  }
  ~TopicOutputTest() override {
    if (output_ && !closed_) close();
    town_.run_until([&] { return closed_ || !output_; });
  }

  void open(kafka::TopicOptions options = {}) {
    options.brokers = "broker:9092";
    if (options.topic.empty()) options.topic = "t";
    output_ = std::make_unique<kafka::TopicOutput>(options);
    ASSERT_TRUE(output_->validate().ok());
    plan::OutputHost& host = *this;
    output_->open(site_, host, [this](Result<void> outcome) {
      EXPECT_FALSE(opened_ || closed_);
      opened_ = std::move(outcome);
    });
  }
  void open_now(kafka::TopicOptions options = {}) {
    open(std::move(options));
    ASSERT_TRUE(town_.run_until([&] { return opened_.has_value(); }));
    ASSERT_TRUE(opened_->ok()) << opened_->error().message();
  }
  void close() {
    output_->close([this](const Result<void>&) { closed_ = true; });
  }
  void on_trouble(const std::string& what) override {
    if (troubles_.empty() || troubles_.back() != what) troubles_.push_back(what);
  }

  std::unique_ptr<plan::TaskWriter> task(std::int32_t partition = 0, std::size_t worker = 0) {
    return output_->writer(worker).open_task(BatchTime{1}, {partition}, {.expected = 1000});
  }
  static void append(plan::TaskWriter& task, const std::string& value,
                     std::optional<std::string_view> key = {},
                     std::optional<PartitionId> partition = {}) {
    RecordWriter::Envelope envelope;
    envelope.timestamp = {1000};
    envelope.key = key;
    envelope.partition = partition;
    value.copy(task.append(envelope, value.size()), value.size());
  }
  /// Submits a task and returns what is said of it.
  Result<void> submit(std::unique_ptr<plan::TaskWriter> task) {
    std::optional<Result<void>> outcome;
    task->submit([&](Result<void> told) {
      EXPECT_FALSE(outcome);
      outcome = std::move(told);
    });
    EXPECT_FALSE(outcome) << "told from inside submit()";
    EXPECT_TRUE(town_.run_until([&] { return outcome.has_value(); }));
    return outcome.value_or(Error(ErrorCode::kTimedOut, "no outcome"));
  }
  SourceTown town_{{{"t", kPartitions}}};
  plan::Site site_;
  std::unique_ptr<kafka::TopicOutput> output_;
  std::optional<Result<void>> opened_;
  bool closed_ = false;
  std::vector<std::string> troubles_;
};

TEST_F(TopicOutputTest, SK6_PutsRecordsWhereTheyBelong) {
  open_now();
  auto writer = task(4);
  append(*writer, "keyless");
  append(*writer, "keyed", "user");
  append(*writer, "chosen", "user", PartitionId{0});
  EXPECT_EQ(writer->records(), 3);
  EXPECT_TRUE(submit(std::move(writer)).ok());
  ASSERT_EQ(wire::key_partition("user", kPartitions), 2);
  EXPECT_THAT(town_.contents("t"), ElementsAre(Pair("t-0", ElementsAre("0:user=chosen")),
                                               Pair("t-1", ElementsAre("0:keyless")),
                                               Pair("t-2", ElementsAre("0:user=keyed"))));
}

TEST_F(TopicOutputTest, NothingLeavesBeforeItIsSubmitted) {
  open_now();
  auto dropped = task();
  append(*dropped, "never");
  town_.run_for(2s);
  dropped.reset();
  town_.run_for(2s);
  EXPECT_THAT(town_.contents("t"), IsEmpty());
}

TEST_F(TopicOutputTest, ATaskWithoutRecordsIsAcknowledged) {
  open_now();
  EXPECT_TRUE(submit(task()).ok());
}

TEST_F(TopicOutputTest, AcknowledgesOnceAllIsWrittenAndNothingPends) {
  open_now();
  auto writer = task();
  for (std::int32_t i = 0; i < kPartitions; ++i) append(*writer, "a", {}, PartitionId{i});
  std::size_t pending = 1;
  int acknowledged = 0;
  writer->submit([&](const Result<void>& outcome) {
    EXPECT_TRUE(outcome.ok());
    pending = output_->writer(0).pending_bytes();
    ++acknowledged;
  });
  EXPECT_GT(output_->writer(0).pending_bytes(), 0u);
  ASSERT_TRUE(town_.run_until([&] { return acknowledged > 0; }));
  town_.run_for(1s);
  EXPECT_EQ(acknowledged, 1);
  EXPECT_EQ(pending, 0u);
}

TEST_F(TopicOutputTest, KeepsOrderOverManyBatchesInEveryCompression) {
  for (const auto compression :
       {kafka::Compression::kNone, kafka::Compression::kGzip, kafka::Compression::kSnappy,
        kafka::Compression::kLz4, kafka::Compression::kZstd}) {
    open_now({.compression = compression, .batch_bytes = 1024});
    auto writer = task();
    for (int i = 0; i < 200; ++i) append(*writer, std::to_string(i) + std::string(100, '.'));
    EXPECT_TRUE(submit(std::move(writer)).ok());
    close();
    ASSERT_TRUE(town_.run_until([&] { return closed_; }));
    opened_.reset();
    closed_ = false;
  }
  closed_ = true;
  const auto read = town_.contents("t")["t-0"];
  ASSERT_THAT(read, SizeIs(1000));
  for (std::size_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(
        read[i].substr(0, 10),
        (std::to_string(i) + ":" + std::to_string(i % 200) + std::string(20, '.')).substr(0, 10));
  }
}

TEST_F(TopicOutputTest, WorkersWriteByThemselves) {
  open_now();
  auto one = task(0, 0);
  auto other = task(1, 1);
  append(*one, "a");
  append(*other, "b");
  EXPECT_TRUE(submit(std::move(one)).ok());
  EXPECT_TRUE(submit(std::move(other)).ok());
  EXPECT_THAT(town_.contents("t"),
              ElementsAre(Pair("t-0", ElementsAre("0:a")), Pair("t-1", ElementsAre("0:b"))));
}

TEST_F(TopicOutputTest, RefusesARecordThatNoTopicTakes) {
  open_now();
  auto writer = task();
  try {
    append(*writer, std::string(2'000'000, 'x'));
    ADD_FAILURE() << "the record should be refused";
  } catch (const detail::TaskError& refused) {
    EXPECT_THAT(refused.error().message(), AllOf(HasSubstr("topic t"), HasSubstr("2000")));
  }
}

TEST_F(TopicOutputTest, SK6_FailsATaskWhoseRecordNamesAPartitionThatIsNotThere) {
  open_now();
  auto writer = task();
  append(*writer, "a", {}, PartitionId{kPartitions});
  EXPECT_THAT(submit(std::move(writer)).error().message(),
              HasSubstr("a record names partition 3 of topic t, which has 3"));
}

TEST_F(TopicOutputTest, FailsATaskWhoseRecordTheBrokerRefuses) {
  town_.create_narrow("narrow", 2000);
  open_now({.topic = "narrow"});
  auto writer = task();
  append(*writer, std::string(5000, 'x'));
  EXPECT_THAT(submit(std::move(writer)).error().message(),
              AllOf(HasSubstr("Produce to narrow-0"), HasSubstr("MESSAGE_TOO_LARGE")));
  auto next = task();
  append(*next, "small");
  EXPECT_TRUE(submit(std::move(next)).ok());
  EXPECT_THAT(town_.contents("narrow"), ElementsAre(Pair("narrow-0", ElementsAre("0:small"))));
}

TEST_F(TopicOutputTest, WritesToATopicThatTakesLessAtOnce) {
  town_.create_narrow("narrow", 2000);
  open_now({.topic = "narrow"});
  std::vector<std::string> expected;
  for (int number = 0; number < 3; ++number) {
    auto writer = task();
    for (int i = 0; i < 50; ++i) {
      const std::string value = concat(number, "-", i, std::string(100, ' '));
      append(*writer, value);
      expected.push_back(concat(expected.size(), ":", value.substr(0, 20)));
    }
    EXPECT_TRUE(submit(std::move(writer)).ok());
  }
  EXPECT_EQ(town_.contents("narrow")["narrow-0"], expected);
}

TEST_F(TopicOutputTest, SaysThatItsTopicIsMissing) {
  open({.topic = "none"});
  ASSERT_TRUE(town_.run_until([&] { return opened_.has_value(); }, 10s));
  ASSERT_FALSE(opened_->ok());
  EXPECT_THAT(opened_->error().message(), AllOf(HasSubstr("output topic none at broker:9092"),
                                                HasSubstr("does not exist; create it")));
}

TEST_F(TopicOutputTest, WaitsForABrokerThatIsAwayAndSaysSo) {
  town_.network.set_silent("broker", true);
  open();
  town_.run_for(30s);
  EXPECT_FALSE(opened_);
  EXPECT_THAT(troubles_, Contains(HasSubstr("broker:9092")));
  town_.network.set_silent("broker", false);
  ASSERT_TRUE(town_.run_until([&] { return opened_.has_value(); }));
  EXPECT_TRUE(opened_->ok());
  EXPECT_EQ(troubles_.back(), "");
}

TEST_F(TopicOutputTest, WritesOnceWhatABrokerThatWasAwayDidNotAnswer) {
  open_now();
  auto first = task();
  append(*first, "a");
  EXPECT_TRUE(submit(std::move(first)).ok());
  auto second = task();
  append(*second, "b");
  int acknowledged = 0;
  second->submit([&](const Result<void>& outcome) { acknowledged += outcome.ok() ? 1 : 100; });
  town_.network.set_silent("broker", true);
  town_.run_for(2min);
  EXPECT_THAT(troubles_, Contains(HasSubstr("broker:9092")));
  town_.network.set_silent("broker", false);
  ASSERT_TRUE(town_.run_until([&] { return acknowledged > 0; }));
  town_.run_for(1s);
  EXPECT_EQ(acknowledged, 1);
  EXPECT_EQ(troubles_.back(), "");
  EXPECT_THAT(town_.contents("t"), ElementsAre(Pair("t-0", ElementsAre("0:a", "1:b"))));
}

TEST_F(TopicOutputTest, ClosesInEveryPhase) {
  for (int steps = 0; steps < 120; ++steps) {
    opened_.reset();
    closed_ = false;
    open();
    for (int i = 0; i < steps; ++i) town_.network.step();
    if (opened_) {
      auto writer = task();
      append(*writer, "a");
      writer->submit([](const Result<void>&) {});
      for (int i = 0; i < steps / 4; ++i) town_.network.step();
    }
    close();
    ASSERT_TRUE(town_.run_until([&] { return closed_; }, 1s)) << steps;
  }
}

TEST(TopicOutputOptions, SK6_SayWhatMakesNoSense) {
  const auto refusal = [](kafka::TopicOptions options) {
    const Result<void> valid = kafka::TopicOutput(std::move(options)).validate();
    return valid.ok() ? std::string() : valid.error().message();
  };
  EXPECT_EQ(refusal({.brokers = "a:1", .topic = "t"}), "");
  EXPECT_THAT(refusal({.brokers = "a:1"}), HasSubstr("set .topic"));
  EXPECT_THAT(refusal({.brokers = "a:b", .topic = "t"}),
              AllOf(HasSubstr("output topic t"), HasSubstr("\"a:b\"")));
  EXPECT_THAT(refusal({.brokers = "a:1", .topic = "t", .batch_bytes = 5}),
              HasSubstr("between 1024 and 1000000"));
}

TEST_F(TopicOutputTest, RefusesMoreThanATaskMayWrite) {
  open_now({.batch_bytes = 10'000});
  const auto task =
      output_->writer(0).open_task(BatchTime{1}, {0}, {.expected = 10'000, .most = 50'000});
  const std::string value(5'000, 'x');
  EXPECT_THROW(
      {
        for (int i = 0; i < 20; ++i) append(*task, value);
      },
      detail::OutputTooLarge);
  EXPECT_GE(task->bytes(), 50'000u);
  EXPECT_LT(task->bytes(), 60'000u);
}

}  // namespace
}  // namespace weir
