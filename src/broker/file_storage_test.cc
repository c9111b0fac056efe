#include "broker/file_storage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

namespace weir::broker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FileStorageTest : public ::testing::Test {
 protected:
  FileStorageTest() {
    std::string pattern = ::testing::TempDir() + "/weir-storage-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~FileStorageTest() override { std::filesystem::remove_all(path_); }

  FileStorage storage_;
  std::string path_;
};

TEST_F(FileStorageTest, AppendsAndCutsAndReads) {
  {
    auto file = storage_.open(path_ + "/a").value();
    ASSERT_TRUE(file->append("hello").ok());
    ASSERT_TRUE(file->truncate(2).ok());
    ASSERT_TRUE(file->sync().ok());
  }
  ASSERT_TRUE(storage_.open(path_ + "/a").value()->append("y").ok());
  EXPECT_EQ(storage_.read(path_ + "/a").value(), "hey");
}

TEST_F(FileStorageTest, ListsRenamesAndRemoves) {
  ASSERT_TRUE(storage_.create_directory(path_ + "/x/y").ok());
  for (const char* name : {"/x/y/b", "/x/y/a", "/x/y/c"}) {
    ASSERT_TRUE(storage_.open(path_ + name).ok());
  }
  ASSERT_TRUE(storage_.rename(path_ + "/x/y/b", path_ + "/x/y/a").ok());
  EXPECT_THAT(storage_.list(path_ + "/x/y").value(), ElementsAre("a", "c"));
  ASSERT_TRUE(storage_.remove(path_ + "/x/y/a").ok());
  EXPECT_THAT(storage_.list(path_ + "/x/y").value(), ElementsAre("c"));
  ASSERT_TRUE(storage_.remove_directory(path_ + "/x").ok());
  EXPECT_THAT(storage_.list(path_).value(), ElementsAre());
}

TEST_F(FileStorageTest, LocksAFileOnce) {
  {
    const auto first = storage_.lock(path_ + "/lock");
    ASSERT_TRUE(first.ok());
    EXPECT_THAT(storage_.lock(path_ + "/lock").error().message(),
                HasSubstr("another broker uses this directory; stop it"));
  }
  EXPECT_TRUE(storage_.lock(path_ + "/lock").ok());
}

TEST_F(FileStorageTest, NamesPathAndReasonOfAFailure) {
  EXPECT_EQ(storage_.read(path_ + "/none").error().message(),
            "cannot open '" + path_ + "/none': No such file or directory");
  EXPECT_EQ(storage_.list(path_ + "/none").error().message(),
            "cannot list '" + path_ + "/none': No such file or directory");
  EXPECT_EQ(storage_.remove(path_ + "/none").error().message(),
            "cannot remove '" + path_ + "/none': No such file or directory");
}

TEST(FileStorage, SaysThatTheDiskIsFull) {
  FileStorage storage;
  EXPECT_EQ(storage.open("/dev/full").value()->append("x").error().message(),
            "cannot write to '/dev/full': No space left on device");
}

}  // namespace
}  // namespace weir::broker
