#include "broker/testing/memory_storage.h"

#include <gmock/gmock.h>

namespace weir::broker {
namespace {

using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

class PowerLoss : public testing::Test {
 protected:
  std::unique_ptr<StorageFile> written(const std::string& path, std::string_view bytes) {
    auto file = storage.open(path).value();
    EXPECT_TRUE(file->append(bytes).ok());
    return file;
  }

  MemoryStorage storage;
};

TEST_F(PowerLoss, LeavesWhatWasSynced) {
  const auto file = written("data/a", "one");
  ASSERT_TRUE(file->sync().ok());
  ASSERT_TRUE(storage.sync_directory("data").ok());
  ASSERT_TRUE(file->append("two").ok());
  storage.lose_power();
  EXPECT_THAT(storage.files, UnorderedElementsAre(Pair("data/a", "one")));
}

TEST_F(PowerLoss, TakesFilesWhoseNamesWereNotSynced) {
  ASSERT_TRUE(written("data/a", "one")->sync().ok());
  storage.lose_power();
  EXPECT_THAT(storage.files, IsEmpty());
}

TEST_F(PowerLoss, TakesDirectoriesWhoseNamesWereNotSynced) {
  ASSERT_TRUE(written("data/t/a", "one")->sync().ok());
  ASSERT_TRUE(written("data/u/a", "one")->sync().ok());
  ASSERT_TRUE(storage.sync_directory("data/t").ok());
  ASSERT_TRUE(storage.sync_directory("data").ok());
  ASSERT_TRUE(written("data/v/a", "one")->sync().ok());
  ASSERT_TRUE(storage.sync_directory("data/v").ok());
  storage.lose_power();
  EXPECT_THAT(storage.files, UnorderedElementsAre(Pair("data/t/a", "one")));
}

TEST_F(PowerLoss, TakesBackANewName) {
  ASSERT_TRUE(written("data/a", "old")->sync().ok());
  ASSERT_TRUE(storage.sync_directory("data").ok());
  ASSERT_TRUE(written("data/a.new", "new")->sync().ok());
  ASSERT_TRUE(storage.rename("data/a.new", "data/a").ok());
  const MemoryStorage renamed = storage;
  storage.lose_power();
  EXPECT_THAT(storage.files, UnorderedElementsAre(Pair("data/a", "old")));
  storage = renamed;
  ASSERT_TRUE(storage.sync_directory("data").ok());
  storage.lose_power();
  EXPECT_THAT(storage.files, UnorderedElementsAre(Pair("data/a", "new")));
}

}  // namespace
}  // namespace weir::broker
