#include "kafka/fetcher.h"

#include <gmock/gmock.h>

#include <deque>

#include "kafka/fake_logs.h"

namespace weir::kafka {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::StartsWith;

/// Two fake brokers with logs that answer fetches, and a Fetcher whose listener notes what it
/// hears.
class FetcherTest : public testing::Test, public Fetcher::Listener {
 protected:
  FetcherTest() {
    context_.options.bootstrap = {{"one", 9092}};
    cluster_.leaders["t"] = {1, 2};
  }

  void start(FetchOptions options = {}) {
    metadata_ = std::make_unique<Metadata>(context_);
    fetcher_ = std::make_unique<Fetcher>(context_, *metadata_, options, *this);
  }
  bool run_until_log(std::size_t size) {
    return network_.run_until([&] { return log_.size() >= size; });
  }

  void on_chunk(FetchedChunk chunk) override {
    std::string line = to_string(chunk.source);
    for (const std::string& value : values_in(chunk.batches)) line += " " + value;
    log_.push_back(line + " from " + std::to_string(chunk.from.value));
    if (in_chunk_) in_chunk_(chunk);
    if (keeps_chunks_) chunks_.push_back(std::move(chunk));
  }
  void on_out_of_range(const TopicPartition& partition, Offset position) override {
    log_.push_back(concat("out of range ", partition, "@", position.value));
  }
  void on_cut_off(const TopicPartition& partition, Offset position, LogPosition common) override {
    log_.push_back(concat("cut off ", partition, "@", position.value, " common ",
                          common.offset.value, " of epoch ", common.epoch));
  }
  void on_failure(const TopicPartition& partition, const Error& error) override {
    log_.push_back(concat("failed ", partition, ": ", error.message()));
  }
  void on_trouble(const Error& error) override { log_.push_back("trouble " + error.message()); }
  void on_recovery() override { log_.push_back("recovered"); }

  net::SimNetwork network_{17};
  FakeCluster cluster_{network_};
  ClientContext context_{network_.loop("client"), {}, BufferPool(1 << 20), Log()};
  FakeLogs logs_{network_, cluster_};
  std::unique_ptr<Metadata> metadata_;
  std::unique_ptr<Fetcher> fetcher_;
  std::vector<std::string> log_;
  bool keeps_chunks_ = false;
  std::deque<FetchedChunk> chunks_;
  std::function<void(const FetchedChunk&)> in_chunk_;
};

const TopicPartition kFirst{"t", {0}};
const TopicPartition kSecond{"t", {1}};

TEST_F(FetcherTest, ReadsPartitionsFromTheirLeadersAndWaitsForMore) {
  logs_[0].append({"a", "b"});
  logs_[1].append({"x"});
  start();
  fetcher_->assign(kFirst, {0});
  fetcher_->assign(kSecond, {0});
  ASSERT_TRUE(run_until_log(2));
  EXPECT_THAT(log_, testing::UnorderedElementsAre("t-0 0:a 1:b from 0", "t-1 0:x from 0"));
  network_.run_for(3s);
  logs_[0].append({"c"});
  ASSERT_TRUE(run_until_log(3));
  EXPECT_EQ(log_.back(), "t-0 2:c from 2");
  EXPECT_EQ(fetcher_->position(kFirst), Offset{3});
  EXPECT_EQ(fetcher_->high_watermark(kFirst), Offset{3});
}

TEST_F(FetcherTest, ReadsWhatIsCommittedWhereThatIsAskedFor) {
  logs_[0].append({"a", "b"});
  logs_.stable_end = 2;
  logs_.aborted.emplace() = {{8, 1}, {7, 0}};
  keeps_chunks_ = true;
  start({.read_committed = true});
  fetcher_->assign(kFirst, {0});
  ASSERT_TRUE(run_until_log(1));
  EXPECT_EQ(logs_.last_isolation_level, 1);
  ASSERT_EQ(chunks_.at(0).aborted.size(), 2u);
  EXPECT_EQ(chunks_[0].aborted[0].producer_id, 7) << "the first to begin comes first";
  EXPECT_EQ(chunks_[0].aborted[1].first, Offset{1});
  logs_[0].append({"c"});
  ASSERT_TRUE(run_until_log(2));
  EXPECT_EQ(fetcher_->high_watermark(kFirst), Offset{2}) << "the rest is open";
}

TEST_F(FetcherTest, ReadsWhatIsNotCommittedOtherwise) {
  logs_[0].append({"a", "b"});
  logs_.stable_end = 0;
  start();
  fetcher_->assign(kFirst, {0});
  ASSERT_TRUE(run_until_log(1));
  EXPECT_EQ(logs_.last_isolation_level, 0);
  EXPECT_EQ(fetcher_->high_watermark(kFirst), Offset{2});
}

TEST_F(FetcherTest, GivesTheWholeBatchThatHoldsThePosition) {
  logs_[0].append({"a", "b", "c"});
  start();
  fetcher_->assign(kFirst, {2});
  ASSERT_TRUE(run_until_log(1));
  EXPECT_THAT(log_, ElementsAre("t-0 0:a 1:b 2:c from 2"));
  EXPECT_EQ(fetcher_->position(kFirst), Offset{3});
}

TEST_F(FetcherTest, LeavesABatchThatIsCutOffToTheNextRequest) {
  logs_[0].append({"a"});
  logs_[0].append({"b"});
  start({.max_partition_bytes = 100});
  fetcher_->assign(kFirst, {0});
  ASSERT_TRUE(run_until_log(2));
  EXPECT_THAT(log_, ElementsAre("t-0 0:a from 0", "t-0 1:b from 1"));
}

TEST_F(FetcherTest, AsksForMoreBeforeItHandsOutWhatCame) {
  logs_[0].append({"a"});
  start();
  std::size_t asked_before = 0;
  in_chunk_ = [&](const FetchedChunk&) { asked_before = cluster_.one.count("FetchRequest"); };
  fetcher_->assign(kFirst, {0});
  ASSERT_TRUE(run_until_log(1));
  // The loops take turns: had it waited for the listener, it could not have been sent by now.
  EXPECT_EQ(asked_before, 1u);
  logs_[0].append({"b"});
  EXPECT_TRUE(run_until_log(2));
}

TEST_F(FetcherTest, StopsAskingWhileTooMuchIsHeld) {
  for (int i = 0; i < 10; ++i) logs_[0].append({std::string(100'000, 'x')});
  keeps_chunks_ = true;
  start({.max_bytes = 100'000, .max_partition_bytes = 100'000, .read_ahead_bytes = 300'000});
  fetcher_->assign(kFirst, {0});
  network_.run_for(10s);
  EXPECT_EQ(log_.size(), 2u);
  EXPECT_GE(fetcher_->held_bytes(), chunks_[0].batches.size() + chunks_[1].batches.size());
  chunks_.pop_front();
  network_.run_for(10s);
  EXPECT_EQ(log_.size(), 3u);
}

TEST_F(FetcherTest, ReadsOfEveryPartitionBeforeTooMuchIsHeld) {
  cluster_.leaders["t"] = {1, 1, 1, 1};
  for (int i = 0; i < 400; ++i) logs_[i % 4].append({std::string(10'000, 'x')});
  keeps_chunks_ = true;
  start({.max_bytes = 1'100'000, .read_ahead_bytes = 2'000'000});
  for (int i = 0; i < 4; ++i) fetcher_->assign({"t", {i}}, {0});
  network_.run_for(10s);
  std::map<TopicPartition, std::size_t> held;
  for (const FetchedChunk& chunk : chunks_) held[chunk.source] += chunk.batches.size();
  EXPECT_THAT(held, testing::SizeIs(4));
  EXPECT_THAT(held, testing::Each(testing::Pair(testing::_, testing::Gt(200'000u))));
}

TEST_F(FetcherTest, LooksAfterPartitionsOfWhichNothingIsHeldNowAndThen) {
  cluster_.leaders["t"] = {1, 1};
  for (int i = 0; i < 10; ++i) logs_[0].append({std::string(100'000, 'x')});
  keeps_chunks_ = true;
  start({.max_bytes = 100'000, .max_partition_bytes = 100'000, .read_ahead_bytes = 300'000});
  fetcher_->assign(kFirst, {0});
  network_.run_for(1s);
  const std::size_t held = chunks_.size();
  fetcher_->assign(kSecond, {0});
  const std::size_t asked = cluster_.one.count("FetchRequest");
  network_.run_for(10s);
  EXPECT_LE(cluster_.one.count("FetchRequest"), asked + 101);  // each 100 ms
  logs_[1].append({"y"});
  ASSERT_TRUE(network_.run_until([&] { return chunks_.size() == held + 1; }, 200ms));
  logs_[1].append({"z"});
  network_.run_for(1s);
  EXPECT_EQ(chunks_.size(), held + 1);  // of the second something is held now, too
  chunks_.pop_back();
  ASSERT_TRUE(network_.run_until([&] { return chunks_.size() == held + 1; }, 200ms));
  EXPECT_EQ(log_.back(), "t-1 1:z from 1");
}

TEST_F(FetcherTest, LooksAfterAPartitionWhoseAnswerIsHeldForAnother) {
  cluster_.leaders["t"] = {1, 1, 1};
  for (int i = 0; i < 10; ++i) logs_[0].append({std::string(100'000, 'x')});
  keeps_chunks_ = true;
  start({.max_bytes = 100'000, .max_partition_bytes = 100'000, .read_ahead_bytes = 300'000});
  fetcher_->assign(kFirst, {0});
  network_.run_for(1s);
  const std::size_t before = log_.size();
  logs_[1].append({"y"});
  logs_[2].append({"z"});
  fetcher_->assign(kSecond, {0});
  fetcher_->assign({"t", {2}}, {0});
  ASSERT_TRUE(run_until_log(before + 2));
  std::erase_if(chunks_, [](const FetchedChunk& chunk) { return chunk.source == kSecond; });
  logs_[1].append({"more"});
  ASSERT_TRUE(network_.run_until([&] { return log_.back() == "t-1 1:more from 1"; }, 500ms));
}

TEST_F(FetcherTest, HoldsAnAnswerUntilTheLastOfItsChunksIsGone) {
  cluster_.leaders["t"] = {1, 1};
  logs_[0].append({std::string(100'000, 'x')});
  logs_[1].append({"y"});
  keeps_chunks_ = true;
  start();
  fetcher_->assign(kFirst, {0});
  fetcher_->assign(kSecond, {0});
  ASSERT_TRUE(run_until_log(2));
  const std::size_t all = fetcher_->held_bytes();
  EXPECT_GE(all, 100'000u);
  EXPECT_LT(all, 150'000u);
  std::erase_if(chunks_, [](const FetchedChunk& chunk) { return chunk.source == kFirst; });
  EXPECT_EQ(fetcher_->held_bytes(), all);
  chunks_.clear();
  EXPECT_EQ(fetcher_->held_bytes(), 0u);
}

TEST_F(FetcherTest, HoldsNothingOfAnAnswerWithoutRecords) {
  start();
  fetcher_->assign(kFirst, {0});
  network_.run_for(3s);
  EXPECT_GE(cluster_.one.count("FetchRequest"), 4u);
  EXPECT_EQ(fetcher_->held_bytes(), 0u);
}

TEST_F(FetcherTest, MayEndBeforeItsChunks) {
  logs_[0].append({"a"});
  keeps_chunks_ = true;
  start();
  fetcher_->assign(kFirst, {0});
  ASSERT_TRUE(run_until_log(1));
  fetcher_.reset();
  EXPECT_THAT(values_in(chunks_[0].batches), ElementsAre("0:a"));
  chunks_.clear();
}

TEST_F(FetcherTest, ReadsABatchLargerThanTheReadAhead) {
  logs_[0].append({std::string(1'000'000, 'x')});
  start({.read_ahead_bytes = 1000});
  fetcher_->assign(kFirst, {0});
  EXPECT_TRUE(run_until_log(1));
}

TEST_F(FetcherTest, AsksWhatToDoWhereThereIsNothingAtThePosition) {
  logs_[0].append({"a"});
  start();
  fetcher_->assign(kFirst, {7});
  ASSERT_TRUE(run_until_log(1));
  network_.run_for(5s);
  EXPECT_THAT(log_, ElementsAre("out of range t-0@7"));
  fetcher_->assign(kFirst, {0});
  ASSERT_TRUE(run_until_log(2));
  EXPECT_EQ(log_.back(), "t-0 0:a from 0");
}

TEST_F(FetcherTest, SaysOfWhichLeaderTheLastRecordWas) {
  logs_[0].append({"a"}, 3);
  start();
  fetcher_->assign(kFirst, {Offset{0}, 2});
  ASSERT_TRUE(network_.run_until([&] { return logs_.last_asked.contains(0); }));
  EXPECT_EQ(logs_.last_asked[0].last_fetched_epoch, 2);
  ASSERT_TRUE(run_until_log(1));
  network_.run_for(1s);
  EXPECT_EQ(logs_.last_asked[0].fetch_offset, 1);
  EXPECT_EQ(logs_.last_asked[0].last_fetched_epoch, 3);
}

TEST_F(FetcherTest, TellsWhereALogWasCutOffAndRests) {
  logs_.cut_off[0] = {4, 5};
  start();
  fetcher_->assign(kFirst, {Offset{7}, 6});
  ASSERT_TRUE(run_until_log(1));
  network_.run_for(5s);
  EXPECT_THAT(log_, ElementsAre("cut off t-0@7 common 5 of epoch 4"));
}

TEST_F(FetcherTest, NeverTakesAPlaceBehindThePositionForTheCut) {
  logs_.cut_off[0] = {4, 50};
  start();
  fetcher_->assign(kFirst, {Offset{7}, 6});
  ASSERT_TRUE(run_until_log(1));
  EXPECT_THAT(log_, ElementsAre("cut off t-0@7 common 7 of epoch 4"));
}

TEST_F(FetcherTest, FollowsThePartitionToItsNewLeader) {
  start();
  fetcher_->assign(kFirst, {0});
  network_.run_for(1s);
  cluster_.leaders["t"] = {2, 2};
  logs_[0].append({"a"});
  ASSERT_TRUE(run_until_log(3));
  EXPECT_THAT(log_[0],
              AllOf(StartsWith("trouble Fetch of t-0 at offset 0 from broker 1 at one:9092"),
                    HasSubstr("NOT_LEADER_OR_FOLLOWER")));
  EXPECT_THAT(log_, IsSupersetOf({std::string("recovered"), std::string("t-0 0:a from 0")}));
}

TEST_F(FetcherTest, RestsWhereTryingAgainIsNoUse) {
  logs_.errors[0] = 29;
  logs_[1].append({"x"});
  start();
  fetcher_->assign(kFirst, {0});
  fetcher_->assign(kSecond, {0});
  network_.run_for(5s);
  EXPECT_EQ(log_.size(), 2u);
  EXPECT_THAT(log_, IsSupersetOf({std::string("t-1 0:x from 0")}));
  EXPECT_THAT(log_, testing::Contains(AllOf(StartsWith("failed t-0: Fetch of t-0 at offset 0"),
                                            HasSubstr("TOPIC_AUTHORIZATION_FAILED"))));
  logs_[1].append({"y"});
  ASSERT_TRUE(run_until_log(3));
  EXPECT_EQ(log_.back(), "t-1 1:y from 1");
}

TEST_F(FetcherTest, ReadsAgainWhatCameWithAWrongChecksum) {
  logs_[0].append({"a"});
  logs_[0].append({"b"});
  logs_.corrupt_next = true;
  start({.max_partition_bytes = 1});
  fetcher_->assign(kFirst, {0});
  ASSERT_TRUE(network_.run_until([&] { return fetcher_->position(kFirst) == Offset{2}; }));
  ASSERT_TRUE(run_until_log(4));
  EXPECT_THAT(log_[0], AllOf(StartsWith("trouble Fetch of t-0 at offset 0 from broker 1"),
                             HasSubstr("record batch at offset 0")));
  EXPECT_THAT(log_, IsSupersetOf({std::string("t-0 0:a from 0"), std::string("t-0 1:b from 1")}));
  EXPECT_GE(cluster_.one.accepted, 3);  // metadata's, and two for fetches
}

TEST_F(FetcherTest, GoesOnWhenABrokerComesBack) {
  logs_[0].append({"a"});
  start();
  fetcher_->assign(kFirst, {0});
  ASSERT_TRUE(run_until_log(1));
  cluster_.one.stop();
  ASSERT_TRUE(run_until_log(2));
  EXPECT_THAT(log_[1], StartsWith("trouble "));
  network_.run_for(5s);
  logs_[0].append({"b"});
  cluster_.one.start();
  ASSERT_TRUE(network_.run_until([&] { return log_.back() == "t-0 1:b from 1"; }));
  EXPECT_EQ(std::count(log_.begin(), log_.end(), "recovered"), 1);
}

TEST_F(FetcherTest, DropsWhatIsUnderWayWhenAPartitionIsMoved) {
  logs_[0].append({"a"});
  logs_[0].append({"b"});
  start();
  fetcher_->assign(kFirst, {0});
  ASSERT_TRUE(network_.run_until([&] { return cluster_.one.count("FetchRequest") == 1; }));
  fetcher_->assign(kFirst, {1});
  ASSERT_TRUE(run_until_log(1));
  EXPECT_THAT(log_, ElementsAre("t-0 1:b from 1"));
}

TEST_F(FetcherTest, DropsWhatIsUnderWayOfAPartitionThatIsRemoved) {
  logs_[0].append({"a"});
  start();
  fetcher_->assign(kFirst, {0});
  ASSERT_TRUE(network_.run_until([&] { return cluster_.one.count("FetchRequest") == 1; }));
  fetcher_->remove(kFirst);
  network_.run_for(5s);
  EXPECT_THAT(log_, ElementsAre());
  EXPECT_EQ(cluster_.one.count("FetchRequest"), 1u);
  EXPECT_EQ(fetcher_->position(kFirst), std::nullopt);
}

TEST_F(FetcherTest, SaysThatAPartitionDoesNotExist) {
  start();
  fetcher_->assign({"t", {9}}, {0});
  ASSERT_TRUE(run_until_log(1));
  EXPECT_EQ(log_[0], "trouble there is no t-9: the topic has 2 partitions");
}

TEST_F(FetcherTest, DoesNotTakeTheAnswerOfAnotherPartitionForRecovery) {
  logs_[0].append({"a"});
  cluster_.leaders["t"] = {1, -1};
  start();
  fetcher_->assign(kFirst, {0});
  fetcher_->assign(kSecond, {0});
  network_.run_for(5s);
  EXPECT_THAT(log_, testing::UnorderedElementsAre(StartsWith("trouble t-1 has no leader now"),
                                                  "t-0 0:a from 0"));
  cluster_.leaders["t"] = {1, 2};
  EXPECT_TRUE(network_.run_until([&] { return log_.back() == "recovered"; }));
}

TEST_F(FetcherTest, MayBeDestroyedByItsListener) {
  logs_[0].append({"a"});
  start();
  in_chunk_ = [&](const FetchedChunk&) { fetcher_.reset(); };
  fetcher_->assign(kFirst, {0});
  ASSERT_TRUE(run_until_log(1));
  network_.run_for(5s);
  EXPECT_EQ(log_.size(), 1u);
}

}  // namespace
}  // namespace weir::kafka
