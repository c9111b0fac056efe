#include "broker/segment_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "broker/testing/memory_storage.h"
#include "broker/testing/test_batch.h"
#include "wire/writer.h"

namespace weir::broker {
namespace {

using ::testing::HasSubstr;

const std::string kFirst = "log/00000000000000000000.log";
const std::string kSecond = "log/00000000000000000003.log";

std::string batch_at(std::int64_t base, std::vector<std::string> values) {
  std::string bytes = encode({.values = std::move(values)});
  wire::put_big_endian(bytes.data(), base);
  return bytes;
}

constexpr std::size_t kAll = std::size_t{1} << 40;

// Offsets 0 to 2 in one segment, 3 to 6 in another; returns how many batches were acknowledged.
std::size_t append_some(Storage& storage) {
  SegmentFiles files(storage, "log", false);
  if (!files.begin({0}).ok()) return 0;
  if (!files.append(batch_at(0, {"a"})).ok()) return 0;
  if (!files.append(batch_at(1, {"b", "c"})).ok()) return 1;
  if (!files.begin({3}).ok()) return 2;
  if (!files.append(batch_at(3, {"d"})).ok()) return 2;
  if (!files.append(batch_at(4, {"e", "f", "g"})).ok()) return 3;
  return 4;
}

const std::vector<Offset> kEnds = {{0}, {1}, {3}, {4}, {7}};

using Segments = std::deque<SegmentFiles::Segment>;

/// What is there, oldest first.
Result<Segments> recover(SegmentFiles& files, std::size_t enough = kAll) {
  Segments segments;
  WEIR_RETURN_IF_ERROR(
      files.recover(enough, [&](const auto& segment) { segments.push_front(segment); }));
  return segments;
}

Result<Segments> recover(Storage& storage, std::size_t enough = kAll) {
  SegmentFiles files(storage, "log", false);
  return recover(files, enough);
}

Offset end_of(const Segments& segments) {
  return segments.empty() ? Offset{0} : segments.back().end;
}

TEST(SegmentFiles, FindsWhatWasAppended) {
  MemoryStorage storage;
  append_some(storage);
  const auto segments = recover(storage).value();
  ASSERT_EQ(segments.size(), 2u);
  EXPECT_EQ(segments[0].bytes, batch_at(0, {"a"}) + batch_at(1, {"b", "c"}));
  EXPECT_EQ(segments[0].end, Offset{3});
  EXPECT_EQ(segments[1].bytes, batch_at(3, {"d"}) + batch_at(4, {"e", "f", "g"}));
  EXPECT_EQ(segments[1].end, Offset{7});
}

TEST(SegmentFiles, GoOnWhereTheyEnded) {
  MemoryStorage storage;
  append_some(storage);
  SegmentFiles files(storage, "log", false);
  ASSERT_TRUE(recover(files).ok());
  ASSERT_TRUE(files.append(batch_at(7, {"h"})).ok());
  EXPECT_EQ(end_of(recover(storage).value()), Offset{8});
  EXPECT_EQ(storage.files.size(), 2u);
}

TEST(SegmentFiles, BeginBehindWhatWasDropped) {
  MemoryStorage storage;
  append_some(storage);
  SegmentFiles files(storage, "log", false);
  ASSERT_TRUE(recover(files).ok());
  ASSERT_TRUE(files.drop_oldest().ok());
  const auto segments = recover(storage).value();
  ASSERT_EQ(segments.size(), 1u);
  EXPECT_EQ(segments[0].base, Offset{3});
}

TEST(SegmentFiles, BeginAnywhereOnceAllIsDropped) {
  MemoryStorage storage;
  append_some(storage);
  SegmentFiles files(storage, "log", false);
  ASSERT_TRUE(recover(files).ok());
  ASSERT_TRUE(files.drop_all().ok());
  EXPECT_TRUE(storage.files.empty());
  ASSERT_TRUE(files.begin({9}).ok());
  ASSERT_TRUE(files.append(batch_at(9, {"x"})).ok());
  EXPECT_EQ(end_of(recover(storage).value()), Offset{10});
}

TEST(SegmentFiles, KeepTheNewestThatAreEnough) {
  MemoryStorage storage;
  append_some(storage);
  const std::size_t newest = storage.files[kSecond].size();
  EXPECT_EQ(recover(storage, newest + 1)->size(), 2u);
  EXPECT_EQ(recover(storage, newest)->size(), 1u);
  EXPECT_FALSE(storage.files.contains(kFirst));
  EXPECT_EQ(recover(storage, 0)->size(), 1u);
}

TEST(SegmentFiles, TellWhereTheyEndWithoutABatch) {
  MemoryStorage storage;
  SegmentFiles files(storage, "log", false);
  ASSERT_TRUE(files.begin({5}).ok());
  EXPECT_EQ(end_of(recover(storage).value()), Offset{5});
}

TEST(SegmentFiles, CutAnywhereHoldTheBatchesThatAreWhole) {
  MemoryStorage whole;
  append_some(whole);
  const std::size_t first_batch = batch_at(3, {"d"}).size();
  for (std::size_t size = 0; size < whole.files.at(kSecond).size(); ++size) {
    MemoryStorage cut;
    cut.files = whole.files;
    cut.files[kSecond].resize(size);
    const auto segments = recover(cut);
    ASSERT_TRUE(segments.ok()) << size;
    ASSERT_EQ(end_of(*segments), Offset{size < first_batch ? 3 : 4}) << size;
    ASSERT_EQ(cut.files[kSecond].size(), size < first_batch ? 0 : first_batch) << size;
  }
}

TEST(SegmentFiles, HoldWhatWasAcknowledgedWhereverTheProcessEnds) {
  MemoryStorage calm;
  append_some(calm);
  for (int i = 0; i < calm.operations; ++i) {
    MemoryStorage storage;
    storage.operations_left = i;
    storage.fails_for_good = true;
    const std::size_t acknowledged = append_some(storage);
    storage.operations_left.reset();
    const auto segments = recover(storage);
    ASSERT_TRUE(segments.ok()) << i;
    ASSERT_EQ(end_of(*segments), kEnds[acknowledged]) << i;
  }
}

TEST(SegmentFiles, LeaveNothingOfABatchThatCouldNotBeWritten) {
  MemoryStorage storage;
  SegmentFiles files(storage, "log", false);
  ASSERT_TRUE(files.begin({0}).ok());
  ASSERT_TRUE(files.append(batch_at(0, {"a"})).ok());
  storage.operations_left = 0;
  ASSERT_FALSE(files.append(batch_at(1, {"b"})).ok());
  ASSERT_TRUE(files.append(batch_at(1, {"c"})).ok());
  EXPECT_EQ(storage.files[kFirst], batch_at(0, {"a"}) + batch_at(1, {"c"}));
}

TEST(SegmentFiles, TakeNoOtherSegmentBehindATornOne) {
  MemoryStorage storage;
  SegmentFiles files(storage, "log", false);
  ASSERT_TRUE(files.begin({0}).ok());
  ASSERT_TRUE(files.append(batch_at(0, {"a"})).ok());
  storage.operations_left = 0;
  storage.fails_for_good = true;
  ASSERT_FALSE(files.append(batch_at(1, {"b"})).ok());
  storage.operations_left.reset();
  EXPECT_FALSE(files.append(batch_at(1, {"b"})).ok());
  EXPECT_FALSE(files.begin({1}).ok());
  EXPECT_EQ(end_of(recover(storage).value()), Offset{1});
}

TEST(SegmentFiles, KeepWhatCannotBeRemoved) {
  MemoryStorage storage;
  append_some(storage);
  SegmentFiles files(storage, "log", false);
  ASSERT_TRUE(recover(files).ok());
  storage.operations_left = 1;
  EXPECT_THAT(files.drop_all().error().message(), HasSubstr(kSecond));
  EXPECT_EQ(end_of(recover(storage).value()), Offset{7});
  EXPECT_TRUE(files.drop_all().ok());
}

TEST(SegmentFiles, AreRefusedWhereASegmentIsMissing) {
  MemoryStorage storage;
  append_some(storage);
  storage.files["log/00000000000000000009.log"] = batch_at(9, {"x"});
  EXPECT_EQ(recover(storage).error().message(),
            "'log/00000000000000000009.log' does not go on at offset 7: a segment between is "
            "missing; restore it");
}

TEST(SegmentFiles, AreRefusedWhereASegmentBeforeTheNewestIsCut) {
  MemoryStorage storage;
  append_some(storage);
  storage.files[kFirst].pop_back();
  EXPECT_THAT(recover(storage).error().message(), HasSubstr(kFirst + "' is damaged at byte "));
}

// The leader epoch alone is covered by no checksum, nor is it here.
TEST(SegmentFiles, WithAnyBitDamagedAreRefusedOrHoldAPrefix) {
  MemoryStorage whole;
  append_some(whole);
  const std::string bytes = whole.files.at(kSecond);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    MemoryStorage damaged;
    damaged.files = whole.files;
    std::string& content = damaged.files[kSecond];
    content[bit / 8] ^= static_cast<char>(1 << bit % 8);
    const std::string before = content;
    const auto segments = recover(damaged);
    if (!segments.ok()) continue;
    ASSERT_TRUE(before.starts_with(segments->back().bytes)) << bit;
    ASSERT_THAT(kEnds, ::testing::Contains(end_of(*segments))) << bit;
  }
}

const std::string kCompacted = "log/00000000000000000000-00000000000000000003.compacted";

// What append_some() wrote first, without the records at 0 and 1.
std::string compacted_bytes() { return batch_at(2, {"c"}); }

TEST(SegmentFiles, PutACompactedSegmentInThePlaceOfOthers) {
  MemoryStorage storage;
  append_some(storage);
  SegmentFiles files(storage, "log", false);
  ASSERT_TRUE(recover(files).ok());
  ASSERT_TRUE(files.replace(0, 1, {3}, compacted_bytes()).ok());
  EXPECT_EQ(storage.files.size(), 2u);
  EXPECT_TRUE(storage.files.contains(kCompacted));
  ASSERT_TRUE(files.append(batch_at(7, {"h"})).ok());
  const auto segments = recover(storage).value();
  ASSERT_EQ(segments.size(), 2u);
  EXPECT_EQ(segments[0].base, Offset{0});
  EXPECT_EQ(segments[0].end, Offset{3});
  EXPECT_EQ(segments[0].bytes, compacted_bytes());
  EXPECT_TRUE(segments[0].compacted);
  EXPECT_EQ(segments[1].end, Offset{8});
}

// Four segments of one record become two of two, and these one.
void compact_twice(Storage& storage, bool sync) {
  SegmentFiles files(storage, "log", sync);
  if (!recover(files).ok()) return;
  if (!files.replace(0, 2, {2}, batch_at(1, {"b"})).ok()) return;
  if (!files.replace(1, 2, {4}, batch_at(3, {"d"})).ok()) return;
  static_cast<void>(files.replace(0, 2, {4}, batch_at(3, {"d"})).ok());
}

TEST(SegmentFiles, HoldTheOldOrTheCompactedOnesWhereverTheProcessEnds) {
  MemoryStorage before;
  SegmentFiles files(before, "log", false);
  for (std::int64_t i = 0; i < 5; ++i) {
    ASSERT_TRUE(files.begin({i}).ok());
    ASSERT_TRUE(files.append(batch_at(i, {std::string(1, static_cast<char>('a' + i))})).ok());
  }
  for (const bool sync : {false, true}) {
    std::set<std::size_t> counts;
    for (int end = 0; true; ++end) {
      MemoryStorage storage;
      storage.files = before.files;
      storage.operations_left = end;
      storage.fails_for_good = true;
      compact_twice(storage, sync);
      const bool reached_the_end = storage.operations_left > 0;
      storage.operations_left.reset();
      const auto segments = recover(storage);
      ASSERT_TRUE(segments.ok()) << end << segments.error().message();
      ASSERT_EQ(segments->front().base, Offset{0}) << end;
      ASSERT_EQ(end_of(*segments), Offset{5}) << end;
      ASSERT_EQ(storage.files.size(), segments->size()) << "nothing is left behind";
      counts.insert(segments->size());
      if (reached_the_end) break;
    }
    EXPECT_THAT(counts, ::testing::ElementsAre(2, 3, 4, 5));
  }
}

TEST(SegmentFiles, RemoveWhatWasReplacedBeforeTheyRemoveAnythingElse) {
  MemoryStorage storage;
  append_some(storage);
  SegmentFiles files(storage, "log", false);
  ASSERT_TRUE(recover(files).ok());
  storage.operations_left = 5;  // all but the removal
  ASSERT_TRUE(files.replace(0, 1, {3}, compacted_bytes()).ok());
  EXPECT_TRUE(storage.files.contains(kFirst));
  storage.operations_left = 0;
  EXPECT_THAT(files.drop_oldest().error().message(), HasSubstr(kFirst));
  EXPECT_TRUE(storage.files.contains(kCompacted));
  ASSERT_TRUE(files.drop_oldest().ok());
  EXPECT_FALSE(storage.files.contains(kFirst));
  EXPECT_FALSE(storage.files.contains(kCompacted));
}

TEST(SegmentFiles, ChangeNothingWhereACompactedSegmentCannotBeWritten) {
  for (int operations = 0; operations < 5; ++operations) {
    MemoryStorage storage;
    append_some(storage);
    SegmentFiles files(storage, "log", false);
    ASSERT_TRUE(recover(files).ok());
    storage.operations_left = operations;
    ASSERT_FALSE(files.replace(0, 1, {3}, compacted_bytes()).ok());
    ASSERT_TRUE(storage.files.contains(kFirst));
    ASSERT_FALSE(storage.files.contains(kCompacted));
    ASSERT_TRUE(files.replace(0, 1, {3}, compacted_bytes()).ok());
    ASSERT_EQ(recover(storage)->front().bytes, compacted_bytes());
  }
}

TEST(SegmentFiles, WithAnyBitOfACompactedSegmentDamagedAreRefused) {
  MemoryStorage whole;
  append_some(whole);
  SegmentFiles files(whole, "log", false);
  ASSERT_TRUE(recover(files).ok());
  ASSERT_TRUE(files.replace(0, 1, {3}, compacted_bytes()).ok());
  for (std::size_t bit = 0; bit < whole.files.at(kCompacted).size() * 8; ++bit) {
    MemoryStorage damaged;
    damaged.files = whole.files;
    damaged.files[kCompacted][bit / 8] ^= static_cast<char>(1 << bit % 8);
    ASSERT_THAT(recover(damaged).error().message(), HasSubstr(kCompacted + "' is damaged")) << bit;
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{3}, std::size_t{70}}) {
    MemoryStorage cut;
    cut.files = whole.files;
    cut.files[kCompacted].resize(size);
    ASSERT_THAT(recover(cut).error().message(), HasSubstr(kCompacted + "' is damaged")) << size;
  }
}

TEST(SegmentFiles, DoNotGoOnInACompactedSegment) {
  MemoryStorage storage;
  append_some(storage);
  SegmentFiles before(storage, "log", false);
  ASSERT_TRUE(recover(before).ok());
  ASSERT_TRUE(before.replace(0, 1, {3}, compacted_bytes()).ok());
  storage.files.erase(kSecond);  // a loss of power has taken it
  SegmentFiles files(storage, "log", false);
  EXPECT_EQ(end_of(recover(files).value()), Offset{3});
  EXPECT_FALSE(files.newest_goes_on());
  ASSERT_TRUE(files.begin({3}).ok());
  EXPECT_TRUE(files.newest_goes_on());
  ASSERT_TRUE(files.append(batch_at(3, {"x"})).ok());
  EXPECT_EQ(end_of(recover(storage).value()), Offset{4});
}

TEST(SegmentFiles, LeaveFilesAloneThatAreNotTheirs) {
  MemoryStorage storage;
  append_some(storage);
  for (const char* name : {"log/notes.txt", "log/00000000000000000000-.compacted",
                           "log/00000000000000000003-00000000000000000003.compacted",
                           "log/00000000000000000000-00000000000000000003.log"}) {
    storage.files[name] = "not a segment";
  }
  EXPECT_EQ(end_of(recover(storage).value()), Offset{7});
  EXPECT_EQ(storage.files.size(), 6u);
}

}  // namespace
}  // namespace weir::broker
