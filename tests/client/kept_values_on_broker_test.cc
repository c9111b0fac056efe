// KeptValues against the embedded broker on a simulated network: what a process finds that takes
// over, while transactions of others are open and whichever way its own ended.

#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <string>

#include "broker/broker.h"
#include "kafka/kept_values.h"
#include "kafka/producer.h"
#include "kafka/transactional_id.h"
#include "net/sim_network.h"

namespace weir {
namespace {

using namespace std::chrono_literals;
using plan::KeptValue;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// A transactional id with a producer of its own.
class Writer : public kafka::Producer::Listener {
 public:
  Writer(net::SimNetwork& network, kafka::ClientContext& context, kafka::Metadata& metadata,
         const std::string& id)
      : network_(network),
        id_(context, metadata, kafka::TransactionalIdOptions{id, 5min}, [](const auto&) {}),
        producer_(context, metadata, options(id), *this) {
    EXPECT_TRUE(wait([&](plan::Done done) { id_.open(std::move(done)); }).ok());
  }

  void begin() {
    producer_.await_begin();
    EXPECT_TRUE(wait([&](const plan::Done& done) {
                  id_.begin([this, done](const Result<kafka::TransactionIdentity>& begun) {
                    producer_.begin(begun.value());
                    done({});
                  });
                }).ok());
  }
  void write(const kafka::TopicPartition& place, Buffer batch) {
    EXPECT_TRUE(wait([&](const plan::Done& done) {
                  producer_.send(place, std::move(batch), [done](const Result<Offset>& written) {
                    done(written.ok() ? Result<void>() : written.error());
                  });
                  producer_.complete();
                }).ok());
  }
  void end(bool commit) {
    EXPECT_TRUE(wait([&](plan::Done done) { id_.end(commit, std::move(done)); }).ok());
  }

 private:
  static kafka::ProducerOptions options(const std::string& id) {
    kafka::ProducerOptions options;
    options.transactional_id = id;
    return options;
  }
  Result<void> wait(const std::function<void(plan::Done)>& call) {
    std::optional<Result<void>> outcome;
    call([&](const Result<void>& ended) { outcome = ended; });
    EXPECT_TRUE(network_.run_until([&] { return outcome.has_value(); }, 10min));
    return *outcome;
  }
  void on_trouble(const Error&) override {}
  void on_recovery() override {}

  net::SimNetwork& network_;
  kafka::TransactionalId id_;
  kafka::Producer producer_;
};

class KeptValuesOnBroker : public testing::Test {
 protected:
  KeptValuesOnBroker() {
    broker::BrokerOptions options;
    options.port = 9092;
    broker_ = std::make_unique<broker::Broker>(network_.loop("broker"), options);
    EXPECT_TRUE(broker_->start().ok());
    context_.options.bootstrap = {{"127.0.0.1", 9092}};
    metadata_ = std::make_unique<kafka::Metadata>(context_);
    ours_ = make_values("ours");
    theirs_ = make_values("theirs");
  }

  std::unique_ptr<kafka::KeptValues> make_values(const std::string& instance) {
    auto made = std::make_unique<kafka::KeptValues>(context_, *metadata_, "kept", instance);
    EXPECT_TRUE(wait([&](plan::Done done) { made->open(std::move(done)); }).ok());
    return made;
  }
  Writer make_writer(const std::string& id) { return {network_, context_, *metadata_, id}; }
  void write(Writer& writer, const kafka::KeptValues& as, const std::string& value) {
    writer.write(ours_->place(), as.batch_of({{"count", value}}).value());
  }
  /// What the instance finds when it starts; nothing where it waits for somebody.
  std::optional<std::vector<KeptValue>> read(kafka::KeptValues& values) {
    bool done = false;
    values.read([&](const Result<void>& outcome) { done = outcome.ok(); });
    if (!network_.run_until([&] { return done; }, 30s)) return std::nullopt;
    return values.values();
  }
  Result<void> wait(const std::function<void(plan::Done)>& call) {
    std::optional<Result<void>> outcome;
    call([&](const Result<void>& ended) { outcome = ended; });
    EXPECT_TRUE(network_.run_until([&] { return outcome.has_value(); }, 10min));
    return *outcome;
  }

  net::SimNetwork network_{3};
  std::unique_ptr<broker::Broker> broker_;
  kafka::ClientContext context_{network_.loop("client"), {}, BufferPool(1 << 20), Log()};
  std::unique_ptr<kafka::Metadata> metadata_;
  std::unique_ptr<kafka::KeptValues> ours_;
  std::unique_ptr<kafka::KeptValues> theirs_;
};

TEST_F(KeptValuesOnBroker, AreWhatWasCommittedLast) {
  Writer writer = make_writer("0");
  EXPECT_THAT(*read(*ours_), IsEmpty());
  for (const char* value : {"1", "2"}) {
    writer.begin();
    write(writer, *ours_, value);
    writer.end(/*commit=*/true);
  }
  writer.begin();
  write(writer, *ours_, "3");
  writer.end(/*commit=*/false);
  EXPECT_THAT(*read(*ours_), ElementsAre(KeptValue{"count", "2"}));
  EXPECT_THAT(*read(*theirs_), IsEmpty());
}

TEST_F(KeptValuesOnBroker, DoNotWaitForTheOpenTransactionOfAnotherInstance) {
  Writer other = make_writer("other");
  other.begin();
  write(other, *theirs_, "7");
  Writer writer = make_writer("0");
  writer.begin();
  write(writer, *ours_, "1");
  writer.end(/*commit=*/true);
  const auto found = read(*ours_);
  ASSERT_TRUE(found) << "it waits";
  EXPECT_THAT(*found, ElementsAre(KeptValue{"count", "1"}));
}

TEST_F(KeptValuesOnBroker, AreThoseWrittenLastAlsoWhereTransactionsEndInAnotherOrder) {
  Writer first = make_writer("0");
  Writer second = make_writer("1");
  first.begin();
  second.begin();
  write(first, *ours_, "1");
  write(second, *ours_, "2");
  second.end(/*commit=*/true);
  first.end(/*commit=*/true);
  EXPECT_THAT(*read(*ours_), ElementsAre(KeptValue{"count", "2"}));
}

TEST_F(KeptValuesOnBroker, AreReadAnewEachTime) {
  Writer writer = make_writer("0");
  writer.begin();
  write(writer, *ours_, "1");
  EXPECT_THAT(*read(*ours_), IsEmpty());
  writer.end(/*commit=*/true);
  EXPECT_THAT(*read(*ours_), ElementsAre(KeptValue{"count", "1"}));
  EXPECT_THAT(*read(*ours_), UnorderedElementsAre(KeptValue{"count", "1"}));
}

}  // namespace
}  // namespace weir
