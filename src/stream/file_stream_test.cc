#include "weir/file_stream.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "exec/sim_runtime.h"
#include "net/sim_network.h"
#include "weir/streaming_context.h"

namespace weir::stream {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FileStreamTest : public testing::Test {
 protected:
  FileStreamTest() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    directory = fs::temp_directory_path() /
                (std::string("weir-files-") + test->name() + "-" + std::to_string(::getpid()));
    fs::remove_all(directory);
    fs::create_directories(directory);
    make();
  }
  ~FileStreamTest() override {
    context.reset();
    fs::remove_all(directory);
  }

  void make(StreamingOptions options = {}) {
    options.log = [](std::string_view, std::string_view) {};
    context = std::make_unique<StreamingContext>(
        options, std::make_unique<exec::SimRuntime>(network, "job", 1));
  }
  /// A file that was last changed so long after now, by the simulated clock.
  void write(const std::string& name, const std::string& text, Duration after = 0s) const {
    const fs::path path = directory / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    const auto wall = std::chrono::milliseconds(network.clock().wall().millis);
    const auto time = std::chrono::sys_time<std::chrono::nanoseconds>(wall + after);
    fs::last_write_time(path, fs::file_time_type::clock::from_sys(time));
  }
  void collect(const DStream<std::string>& stream) {
    stream.for_each_batch([this](const Dataset<std::string>& batch) {
      for (const std::string& record : batch.records()) all.push_back(record);
    });
  }
  void start() {
    ASSERT_TRUE(context->start().ok());
    network.run_for(100ms);
  }
  std::string path() const { return directory.string(); }

  net::SimNetwork network{7};
  fs::path directory;
  std::vector<std::string> all;
  std::unique_ptr<StreamingContext> context;
};

TEST_F(FileStreamTest, IS4_ReadsNewFilesOnly) {
  write("0", "0\n", -10s);
  collect(text_file_stream(*context, path()));
  start();
  for (int i = 1; i <= 5; ++i) {
    write(std::to_string(i), std::to_string(i) + "\n");
    network.run_for(1s);
  }
  EXPECT_THAT(all, ElementsAre("1", "2", "3", "4", "5"));
}

TEST_F(FileStreamTest, IS4_ReadsWhatIsThereTooIfTold) {
  write("0", "0\n", -10s);
  collect(text_file_stream(*context, path(), {.new_files_only = false}));
  start();
  write("1", "1");
  write("later", "2", 2s);
  network.run_for(1s);
  EXPECT_THAT(all, ElementsAre("0", "1"));
  network.run_for(2s);
  EXPECT_THAT(all, ElementsAre("0", "1", "2"));
}

TEST_F(FileStreamTest, LeavesOutFilesThatAreTooOld) {
  write("old", "old\n", -61s);
  collect(text_file_stream(*context, path(), {.new_files_only = false}));
  start();
  write("moved in with its old time", "old\n", -61s);
  network.run_for(2s);
  EXPECT_THAT(all, IsEmpty());
}

TEST_F(FileStreamTest, RemembersForAsLongAsItIsTold) {
  write("old", "old\n", -61s);
  collect(text_file_stream(*context, path(), {.new_files_only = false, .remember = 2h}));
  start();
  EXPECT_THAT(all, ElementsAre("old"));
  network.run_for(1h);
  EXPECT_THAT(all, ElementsAre("old"));
}

TEST_F(FileStreamTest, AFileIsReadOnceHoweverItChanges) {
  collect(text_file_stream(*context, path()));
  start();
  write("1", "1\n");
  network.run_for(1s);
  write("1", "1\n2\n");
  network.run_for(30s);
  EXPECT_THAT(all, ElementsAre("1"));
}

TEST_F(FileStreamTest, TheOldestComesFirst) {
  write("a", "second\n", -1s);
  write("b", "first\n", -2s);
  collect(text_file_stream(*context, path(), {.new_files_only = false}));
  start();
  EXPECT_THAT(all, ElementsAre("first", "second"));
}

TEST_F(FileStreamTest, LeavesOutHiddenFilesAndWhatAFilterDoes) {
  write(".hidden", "hidden\n");
  write("a.csv", "a\n");
  write("b.tmp", "b\n");
  write("c/d.csv", "d\n");
  collect(text_file_stream(*context, path(), {.new_files_only = false}));
  start();
  EXPECT_THAT(all, ElementsAre("a", "b"));
  all.clear();
  make();
  const auto csv = [](const std::string& file) { return file.ends_with(".csv"); };
  collect(text_file_stream(*context, path(), {.new_files_only = false, .filter = csv}));
  start();
  EXPECT_THAT(all, ElementsAre("a"));
}

TEST_F(FileStreamTest, IS5_ADirectoryMayBeAPattern) {
  collect(text_file_stream(*context, path() + "/in-*"));
  start();
  std::vector<std::string> expected;
  for (int i = 1; i <= 10; ++i) {
    expected.push_back(std::to_string(i));
    write("in-" + std::to_string(i % 2) + "/" + expected.back(), expected.back());
    network.run_for(1s);
  }
  write("in-a-file", "no");
  write("out/11", "no");
  network.run_for(1s);
  EXPECT_EQ(all, expected);
}

TEST_F(FileStreamTest, IS3_BinaryRecordsHaveTheirLength) {
  collect(binary_records_stream(*context, path(), 1));
  start();
  for (char first = 1; first <= 3; ++first) {
    std::string bytes;
    for (char i = 0; i < 5; ++i) bytes.push_back(static_cast<char>(first + i));
    write(std::to_string(first), bytes);
    network.run_for(1s);
  }
  std::string joined;
  for (const std::string& record : all) joined += record;
  EXPECT_EQ(joined, "\1\2\3\4\5\2\3\4\5\6\3\4\5\6\7");
}

TEST_F(FileStreamTest, AFileThatCannotBeReadHoldsUpNoOtherAndIsNamed) {
  collect(binary_records_stream(*context, path(), 2, {.new_files_only = false}));
  write("a", "abc", -2s);
  write("b", "de", -1s);
  start();
  EXPECT_THAT(all, ElementsAre("ab", "de"));
  EXPECT_THAT(context->status().trouble,
              HasSubstr(path() + "/a: the end came within a record, after 1 of 2 bytes; it is "
                                 "started again in"));
  fs::remove(directory / "a");
  network.run_for(10s);
  EXPECT_THAT(context->status().trouble, "");
}

TEST_F(FileStreamTest, AFunctionThatThrowsIsNamedWithItsFile) {
  collect(file_stream(*context, path(),
                      [](ByteInput&) -> Result<std::optional<std::string>> {
                        throw std::runtime_error("no header");
                      },
                      {.new_files_only = false}));
  write("a", "abc");
  start();
  EXPECT_THAT(context->status().trouble, HasSubstr("/a: no header"));
}

TEST_F(FileStreamTest, ADirectoryThatIsNotThereIsWaitedFor) {
  collect(text_file_stream(*context, path() + "/later"));
  start();
  EXPECT_THAT(context->status().trouble, HasSubstr("/later: No such file or directory"));
  network.run_for(2s);
  write("later/1", "1");
  network.run_for(10s);
  EXPECT_THAT(all, ElementsAre("1"));
  EXPECT_EQ(context->status().trouble, "");
}

// A process that dies at random moments loses no file; what it had read, the next one reads again.
TEST_F(FileStreamTest, FS1_NoFileIsLostOverManyDeaths) {
  std::mt19937 random(1);
  const auto seconds = [&](unsigned least, unsigned most) {
    return std::chrono::milliseconds(1000 * least + random() % (1000 * (most - least)));
  };
  int written = 0;
  const auto run_for = [&](Duration time) {
    for (const TimePoint end = network.clock().now() + time; network.clock().now() < end;) {
      network.run_for(100ms);
      const auto due = network.clock().now().time_since_epoch() / 1s;
      while (written < 30 && written < due) {
        ++written;
        write(std::to_string(written), std::to_string(written));
      }
    }
  };
  for (int process = 0; written < 30 || process < 4; ++process) {
    make({.batch_interval = 1s});
    collect(text_file_stream(*context, path(), {.new_files_only = false}));
    ASSERT_TRUE(context->start().ok());
    run_for(process == 0 ? seconds(5, 15) : seconds(2, 12));
    context.reset();
    run_for(seconds(0, 10));
  }
  std::set<int> seen;
  for (const std::string& record : all) seen.insert(std::stoi(record));
  std::set<int> expected;
  for (int i = 1; i <= 30; ++i) expected.insert(i);
  EXPECT_EQ(seen, expected);
}

TEST_F(FileStreamTest, StopAtEndReadsWhatIsThere) {
  make({.stop_at_end = true});
  write("1", "1\n2\n");
  collect(text_file_stream(*context, path(), {.new_files_only = false}));
  ASSERT_TRUE(context->start().ok());
  EXPECT_TRUE(context->await().ok());
  EXPECT_THAT(all, ElementsAre("1", "2"));
}

TEST_F(FileStreamTest, ABinaryRecordHasBytes) {
  collect(binary_records_stream(*context, path(), 0));
  const Result<void> started = context->start();
  ASSERT_FALSE(started.ok());
  EXPECT_THAT(started.error().message(), HasSubstr("a record must have at least 1 byte"));
}

}  // namespace
}  // namespace weir::stream
