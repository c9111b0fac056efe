#include "state/state_log.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace weir::state {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Pair;
using testing::SizeIs;
using testing::UnorderedElementsAre;

namespace fs = std::filesystem;

/// A log in a directory of its own, of states whose keys and values are words.
class StateLogTest : public testing::Test {
 protected:
  StateLogTest() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = fs::path(testing::TempDir()) / (std::string("state-") + test->name());
    fs::remove_all(path_);
    reopen();
  }
  ~StateLogTest() override {
    log_.reset();
    directory_.reset();
    fs::remove_all(path_);
  }

  void reopen(const std::string& app = "app") {
    log_.reset();
    directory_.reset();
    directory_ = open_directory(path_).value();
    log_ = std::make_unique<StateLog>(*directory_, app);
  }
  /// Writes a batch that gives keys of "counts" values; "-" takes a key away.
  void write(std::int64_t batch, std::int64_t follows,
             const std::vector<std::pair<std::string, std::string>>& entries, bool is_all = false) {
    BatchChanges changes{{batch}, {follows}, {batch * 10}, {{"counts", 0, is_all, {}}}};
    for (const auto& [key, value] : entries) {
      detail::append_entry(changes.changes[0].entries, {key, value != "-", {batch}, value});
    }
    ASSERT_TRUE(log_->write(changes, is_all).ok());
  }
  std::vector<std::pair<std::string, std::string>> read(std::optional<std::int64_t> committed) {
    reopen();
    const auto stored = log_->read(committed ? std::optional(BatchTime{*committed}) : std::nullopt);
    if (!stored.ok()) return {{"error", stored.error().message()}};
    last_ = *stored;
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& [state, entries] : stored->states) {
      for (const auto& [key, value] : entries) all.emplace_back(key, value.value);
    }
    return all;
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    const auto all = directory_->list();
    for (const std::string& name : *all) {
      if (name != "lock") names.push_back(name);
    }
    return names;
  }
  std::string path_of(const std::string& name) const { return path_ / name; }

  fs::path path_;
  std::unique_ptr<Directory> directory_;
  std::unique_ptr<StateLog> log_;
  Stored last_;
};

TEST_F(StateLogTest, CP1_AnEmptyDirectoryHasNoState) {
  EXPECT_THAT(read(std::nullopt), IsEmpty());
  EXPECT_EQ(last_.batch, BatchTime{});
  EXPECT_THAT(read(0), IsEmpty());
}

TEST_F(StateLogTest, HasTheStateOfExactlyTheBatchThatWasCommitted) {
  write(1, 0, {{"a", "1"}, {"b", "1"}}, true);
  write(2, 1, {{"a", "2"}, {"b", "-"}});
  write(3, 2, {{"a", "3"}, {"c", "1"}});
  EXPECT_THAT(read(1), UnorderedElementsAre(Pair("a", "1"), Pair("b", "1")));
  EXPECT_THAT(read(2), ElementsAre(Pair("a", "2")));
  EXPECT_EQ(last_.ended_until, BatchTime{20});
  EXPECT_EQ(last_.states.at("counts").at("a").touched, BatchTime{2});
  EXPECT_THAT(read(3), UnorderedElementsAre(Pair("a", "3"), Pair("c", "1")));
  EXPECT_THAT(read(std::nullopt), UnorderedElementsAre(Pair("a", "3"), Pair("c", "1")));
}

TEST_F(StateLogTest, WhatWasGivenUpIsNotInIt) {
  write(1, 0, {{"a", "1"}}, true);
  write(2, 1, {{"a", "2"}, {"lost", "1"}});
  write(3, 2, {{"lost", "2"}});
  write(4, 1, {{"a", "3"}});
  EXPECT_THAT(read(4), ElementsAre(Pair("a", "3")));
}

TEST_F(StateLogTest, AGenerationBeginsWithAllThatThereIs) {
  write(1, 0, {{"a", "1"}, {"b", "1"}}, true);
  write(2, 1, {{"a", "2"}});
  write(3, 2, {{"a", "3"}}, true);
  EXPECT_THAT(read(3), ElementsAre(Pair("a", "3")));
  EXPECT_THAT(read(2), UnorderedElementsAre(Pair("a", "2"), Pair("b", "1")));
}

TEST_F(StateLogTest, CP2_SM9_OldGenerationsGoOnceANewerOneIsCommitted) {
  for (std::int64_t batch = 1; batch <= 3; ++batch) write(batch, batch - 1, {{"a", "1"}}, true);
  EXPECT_THAT(files(), SizeIs(3));
  ASSERT_TRUE(log_->on_committed({1}, {"counts"}).ok());
  EXPECT_THAT(files(), SizeIs(3));
  ASSERT_TRUE(log_->on_committed({3}, {"counts"}).ok());
  EXPECT_THAT(files(), ElementsAre("state-0000000002", "state-0000000003"));
  EXPECT_THAT(read(3), ElementsAre(Pair("a", "1")));
}

TEST_F(StateLogTest, AGenerationStaysWhileAStateIsOnlyThere) {
  write(1, 0, {{"a", "1"}}, true);
  write(2, 1, {{"a", "2"}}, true);
  write(3, 2, {{"a", "3"}}, true);
  ASSERT_TRUE(log_->on_committed({3}, {"counts", "another"}).ok());
  EXPECT_THAT(files(), SizeIs(3));
}

TEST_F(StateLogTest, WhatAGivenUpBatchHasWrittenReplacesNothing) {
  for (std::int64_t batch = 1; batch <= 3; ++batch) write(batch, batch - 1, {{"a", "1"}}, true);
  log_->give_up_after({1});
  write(4, 1, {{"a", "4"}});
  ASSERT_TRUE(log_->on_committed({4}, {"counts"}).ok());
  EXPECT_THAT(files(), SizeIs(3));
  EXPECT_THAT(read(4), ElementsAre(Pair("a", "4")));
}

TEST_F(StateLogTest, ATornEndIsPassedOver) {
  write(1, 0, {{"a", "1"}}, true);
  const auto whole = fs::file_size(path_of("state-0000000001"));
  write(2, 1, {{"a", "2"}});
  const auto longer = fs::file_size(path_of("state-0000000001"));
  for (auto size = longer - 1; size > whole; --size) {
    fs::resize_file(path_of("state-0000000001"), size);
    EXPECT_THAT(read(1), ElementsAre(Pair("a", "1")));
    EXPECT_THAT(read(std::nullopt), ElementsAre(Pair("a", "1")));
    const auto missing = read(2);
    ASSERT_THAT(missing, SizeIs(1));
    EXPECT_THAT(missing[0].second, AllOf(HasSubstr("nothing of batch 2 us"), HasSubstr("cut off")));
  }
}

TEST_F(StateLogTest, SC24_EveryDamageIsFound) {
  write(1, 0, {{"a", "1"}}, true);
  write(2, 1, {{"a", "2"}});
  const std::string bytes = directory_->read("state-0000000001").value();
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
    std::ofstream(path_of("state-0000000001"), std::ios::binary) << damaged;
    const auto found = read(2);
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].first, "error") << at;
    EXPECT_THAT(found[0].second, HasSubstr("state-0000000001")) << at;
  }
}

TEST_F(StateLogTest, CP14_OtherFilesInTheDirectoryAreLeftAlone) {
  for (const char* odd : {"state-", "state-1", "state-000000000x", "state-0000000009.new",
                          "checkpoint-1000.bk", "temp"}) {
    std::ofstream(path_of(odd)) << "odd";
  }
  fs::create_directories(path_of("below") + "/state-0000000005");
  write(1, 0, {{"a", "1"}}, true);
  EXPECT_THAT(read(std::nullopt), ElementsAre(Pair("a", "1")));
  EXPECT_THAT(files(), IsSupersetOf({"state-", "state-1", "below", "state-0000000001"}));
}

TEST_F(StateLogTest, ChangesWithoutWhatTheyChangeAreRefused) {
  write(1, 0, {{"a", "1"}}, true);
  write(2, 1, {{"a", "2"}});
  reopen();
  ASSERT_TRUE(log_->read(BatchTime{2}).ok());
  write(3, 2, {{"a", "3"}});
  fs::remove(path_of("state-0000000001"));
  const auto found = read(3);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0].second, HasSubstr("only changes since batch 2 us"));
}

TEST_F(StateLogTest, CP3_AnotherApplicationsStateIsRefused) {
  write(1, 0, {{"a", "1"}}, true);
  reopen("another");
  const auto stored = log_->read(std::nullopt);
  ASSERT_FALSE(stored.ok());
  EXPECT_THAT(stored.error().message(), HasSubstr("application 'another'"));
}

TEST_F(StateLogTest, ASecondProcessIsRefused) {
  const auto second = open_directory(path_);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().message(), HasSubstr("in use by another process"));
}

TEST_F(StateLogTest, CP1_ADirectoryThatCannotBeMadeIsAnError) {
  std::ofstream(path_of("file")) << "x";
  const auto opened = open_directory(path_of("file") + "/below");
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.error().message(), HasSubstr("cannot make the directory"));
}

}  // namespace
}  // namespace weir::state
