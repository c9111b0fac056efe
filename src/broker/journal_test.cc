#include "broker/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/testing/memory_storage.h"

namespace weir::broker {
namespace {

using ::testing::HasSubstr;

const std::string kPath = "data/metadata";

Result<void> put(Result<Journal>& journal, std::string key, std::string value) {
  return journal->apply({{std::move(key), std::move(value)}});
}

// What the journal holds after each of some changes.
std::vector<Journal::Entries> write_some(Storage& storage) {
  std::vector<Journal::Entries> states;
  auto journal = Journal::open(storage, kPath, false);
  if (!journal.ok()) return states;
  states.push_back(journal->entries());
  const auto note = [&](const Result<void>& outcome) {
    if (outcome.ok()) states.push_back(journal->entries());
  };
  note(put(journal, "a", "1"));
  note(put(journal, "b", std::string(40, 'x')));
  note(put(journal, "a", "2"));
  note(journal->apply({{"b", std::nullopt}, {"c", "3"}, {"c", std::nullopt}}));
  note(put(journal, "", ""));
  return states;
}

TEST(Journal, HoldsAfterAReopenWhatWasPutAndNotErased) {
  MemoryStorage storage;
  write_some(storage);
  const Journal::Entries expected = {{"a", "2"}, {"", ""}};
  EXPECT_EQ(Journal::open(storage, kPath, false)->entries(), expected);
  EXPECT_EQ(Journal::open(storage, kPath, false)->entries(), expected);
}

TEST(Journal, TakesChangesAfterAReopen) {
  MemoryStorage storage;
  write_some(storage);
  ASSERT_TRUE(Journal::open(storage, kPath, false)->apply({{"c", "3"}}).ok());
  EXPECT_EQ(Journal::open(storage, kPath, false)->entries().at("c"), "3");
}

TEST(Journal, CutAnywhereHoldsTheChangesThatAreWhole) {
  MemoryStorage whole;
  const auto states = write_some(whole);
  const std::string bytes = whole.files.at(kPath);
  std::size_t reached = 0;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    MemoryStorage cut;
    cut.files[kPath] = bytes.substr(0, size);
    const auto journal = Journal::open(cut, kPath, false);
    ASSERT_TRUE(journal.ok()) << size;
    if (journal->entries() != states[reached]) ++reached;
    ASSERT_EQ(journal->entries(), states[reached]) << size;
  }
  EXPECT_EQ(reached, states.size() - 1);
}

TEST(Journal, HoldsWhatWasAcknowledgedWhereverTheProcessEnds) {
  MemoryStorage calm;
  write_some(calm);
  for (int i = 0; i < calm.operations; ++i) {
    MemoryStorage storage;
    storage.operations_left = i;
    storage.fails_for_good = true;
    const auto states = write_some(storage);
    storage.operations_left.reset();
    const auto after = Journal::open(storage, kPath, false);
    ASSERT_TRUE(after.ok()) << i;
    ASSERT_EQ(after->entries(), states.empty() ? Journal::Entries() : states.back()) << i;
  }
}

TEST(Journal, LosesNothingOfWhatFollowsAFailedWrite) {
  MemoryStorage calm;
  write_some(calm);
  for (int i = 0; i < calm.operations; ++i) {
    MemoryStorage storage;
    storage.operations_left = i;
    const auto states = write_some(storage);
    storage.operations_left.reset();
    const auto after = Journal::open(storage, kPath, false);
    ASSERT_TRUE(after.ok()) << i;
    ASSERT_EQ(after->entries(), states.empty() ? Journal::Entries() : states.back()) << i;
  }
}

TEST(Journal, TakesNothingMoreBehindATornRecordThatCannotBeCut) {
  MemoryStorage storage;
  auto journal = Journal::open(storage, kPath, false);
  storage.operations_left = 0;
  storage.fails_for_good = true;
  ASSERT_FALSE(put(journal, "a", "1").ok());
  storage.operations_left.reset();
  EXPECT_THAT(put(journal, "b", "2").error().message(), HasSubstr("until the broker starts again"));
}

TEST(Journal, AnyDamagedBitIsAnError) {
  MemoryStorage whole;
  write_some(whole);
  const std::string bytes = whole.files.at(kPath);
  for (std::size_t at = 0; at < bytes.size() * 8; ++at) {
    MemoryStorage damaged;
    damaged.files[kPath] = bytes;
    damaged.files[kPath][at / 8] ^= static_cast<char>(1 << at % 8);
    const auto journal = Journal::open(damaged, kPath, false);
    ASSERT_FALSE(journal.ok()) << at;
    ASSERT_THAT(journal.error().message(), HasSubstr("'data/metadata' is damaged at byte"));
  }
}

// Values so large that every second one is reason for a new file.
std::vector<Journal::Entries> write_much(Storage& storage, bool sync) {
  std::vector<Journal::Entries> states;
  auto journal = Journal::open(storage, kPath, sync);
  if (!journal.ok()) return states;
  states.push_back(journal->entries());
  for (int i = 0; i < 6; ++i) {
    const std::string value(80'000, static_cast<char>('a' + i));
    if (put(journal, i % 2 == 0 ? "a" : "b", i == 5 ? "small" : value).ok()) {
      states.push_back(journal->entries());
    }
    if (journal->apply({{"a", std::nullopt}}).ok()) states.push_back(journal->entries());
  }
  return states;
}

TEST(Journal, TakesNoMoreThanSomeTimesItsContent) {
  MemoryStorage storage;
  auto journal = Journal::open(storage, kPath, false);
  const std::string value(1000, 'x');
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(put(journal, "key " + std::to_string(i % 10), value).ok());
    ASSERT_LE(storage.files[kPath].size(), 110'000u);
  }
  const auto entries = journal->entries();
  EXPECT_EQ(entries.size(), 10u);
  EXPECT_EQ(Journal::open(storage, kPath, false)->entries(), entries);
}

TEST(Journal, HoldsWhatWasAcknowledgedWhereverARewriteEnds) {
  for (const bool for_good : {true, false}) {
    for (const bool sync : {true, false}) {
      MemoryStorage calm;
      const auto all_states = write_much(calm, sync);
      for (int i = 0; i < calm.operations; ++i) {
        MemoryStorage storage;
        storage.operations_left = i;
        storage.fails_for_good = for_good;
        const auto states = write_much(storage, sync);
        storage.operations_left.reset();
        const auto after = Journal::open(storage, kPath, sync);
        ASSERT_TRUE(after.ok()) << i;
        // What could be written but not synced, nor cut off again, may be there.
        const bool may_be_there = sync && for_good && states.size() < all_states.size();
        ASSERT_TRUE((states.empty() && after->entries().empty()) ||
                    after->entries() == states.back() ||
                    (may_be_there && after->entries() == all_states[states.size()]))
            << i;
      }
    }
  }
}

}  // namespace
}  // namespace weir::broker
