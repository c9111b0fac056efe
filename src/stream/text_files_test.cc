#include "weir/text_files.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>

#include "weir/testing.h"

namespace weir::stream {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

/// A stream with a batch a second, of which the first is at "...01000", and a directory.
class TextFilesTest : public testing::Test {
 protected:
  TextFilesTest() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    directory = fs::temp_directory_path() /
                (std::string("weir-text-files-") + info->name() + "-" + std::to_string(::getpid()));
    fs::remove_all(directory);
    fs::create_directories(directory);
  }
  ~TextFilesTest() override { fs::remove_all(directory); }

  std::string at(const std::string& name) const { return (directory / name).string(); }
  /// All files below, and what is in them.
  std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
      if (!entry.is_regular_file()) continue;
      std::ostringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      all[fs::relative(entry.path(), directory).string()] = text.str();
    }
    return all;
  }

  fs::path directory;
  StreamTest test;
  TestInput<std::string> lines = test.input<std::string>(2);
};

TEST_F(TextFilesTest, ABatchIsADirectoryWithAFileForEachPartition) {
  save_as_text_files(lines, at("lines"), "txt");
  lines.add(PartitionId{0}, {"a", "b"});
  lines.add(PartitionId{1}, {"c"});
  ASSERT_TRUE(test.run_batch().ok());
  EXPECT_THAT(contents(), ElementsAre(Pair("lines-1767225601000.txt/_SUCCESS", ""),
                                      Pair("lines-1767225601000.txt/part-00000", "a\nb\n"),
                                      Pair("lines-1767225601000.txt/part-00001", "c\n")));
}

TEST_F(TextFilesTest, EachBatchHasItsOwnAndRecordsAreAsPrintShowsThem) {
  save_as_text_files(lines.map([](const std::string& line) { return std::pair(line, 1); }),
                     at("pairs"));
  lines.add(PartitionId{0}, {"a"});
  ASSERT_TRUE(test.run_batch().ok());
  ASSERT_TRUE(test.run_batch().ok());
  EXPECT_THAT(contents(), ElementsAre(Pair("pairs-1767225601000/_SUCCESS", ""),
                                      Pair("pairs-1767225601000/part-00000", "(a,1)\n"),
                                      Pair("pairs-1767225602000/_SUCCESS", "")));
}

TEST_F(TextFilesTest, WhatIsThereIsReplaced) {
  fs::create_directories(at("lines-1767225601000"));
  std::ofstream(at("lines-1767225601000/part-00007")) << "old";
  fs::create_directories(at("lines-1767225601000.unfinished"));
  std::ofstream(at("lines-1767225601000.unfinished/part-00008")) << "of one that died";
  save_as_text_files(lines, at("lines"));
  lines.add(PartitionId{0}, {"new"});
  ASSERT_TRUE(test.run_batch().ok());
  EXPECT_THAT(contents(), ElementsAre(Pair("lines-1767225601000/_SUCCESS", ""),
                                      Pair("lines-1767225601000/part-00000", "new\n")));
}

TEST_F(TextFilesTest, WhatCannotBeWrittenEndsTheStreamWithThePathAndTheReason) {
  std::ofstream(at("file")) << "no directory";
  save_as_text_files(lines, at("file/lines"));
  const Result<void> ran = test.run_batch();
  ASSERT_FALSE(ran.ok());
  EXPECT_THAT(ran.error().message(),
              AllOf(HasSubstr("file/lines-1767225601000"), HasSubstr("Not a directory")));
}

TEST_F(TextFilesTest, NothingIsLeftOfWhatIsNotFinished) {
  {
    detail::TextDirectory unfinished(at("half"));
    unfinished.begin_part();
    unfinished.add_line("a");
  }
  EXPECT_THAT(contents(), IsEmpty());
}

TEST(BatchDirectory, HasThePartsThatAreThere) {
  EXPECT_EQ(detail::batch_directory("a", "b", BatchTime{1'000'000}), "a-1000.b");
  EXPECT_EQ(detail::batch_directory("a", "", BatchTime{1'000'042}), "a-1000.042");
  EXPECT_EQ(detail::batch_directory("", "b", BatchTime{1'000'000}), "1000.b");
}

}  // namespace
}  // namespace weir::stream
