#include "kafka/aborted_filter.h"

#include <gmock/gmock.h>

#include "kafka/fake_log.h"

namespace weir::kafka {
namespace {

using testing::ElementsAre;

class AbortedFilterTest : public testing::Test {
 protected:
  void write(std::int64_t producer, const std::string& value) {
    Buffer batch = batch_of({value});
    wire::set_transactional(batch);
    wire::stamp(batch, producer, 0, 0);
    log.append_batch(batch.view());
  }
  void end(std::int64_t producer, wire::ControlType how) {
    Buffer marker = wire::build_end_marker(how, 1000, buffers);
    wire::stamp(marker, producer, 0, -1);
    log.append_batch(marker.view());
  }
  /// What is left, from an offset on, of the batches of records.
  std::vector<std::string> left(std::int64_t from, const std::vector<AbortedTransaction>& aborted) {
    const std::string bytes = log.read(from, 1 << 20);
    wire::RecordBatchCursor cursor(bytes);
    AbortedFilter filter(aborted);
    std::vector<std::string> values;
    while (const auto batch = cursor.next().value()) {
      if (filter.drops(*batch) || batch->header.control()) continue;
      for (std::string& value : values_in(batch->bytes)) values.push_back(std::move(value));
    }
    return values;
  }

  BufferPool buffers{0};
  FakeLog log;
};

TEST_F(AbortedFilterTest, LeavesOutWhatWasAborted) {
  write(7, "a");                       // 0
  end(7, wire::ControlType::kCommit);  // 1
  write(7, "b");                       // 2
  write(8, "x");                       // 3
  log.append({"plain"});               // 4
  write(7, "c");                       // 5
  end(7, wire::ControlType::kAbort);   // 6
  write(7, "d");                       // 7
  end(8, wire::ControlType::kCommit);  // 8
  end(7, wire::ControlType::kCommit);  // 9
  EXPECT_THAT(left(0, {{7, {2}}}), ElementsAre("0:a", "3:x", "4:plain", "7:d"));
  EXPECT_THAT(left(5, {{7, {2}}}), ElementsAre("7:d")) << "it began before what is read";
  EXPECT_THAT(left(7, {}), ElementsAre("7:d"));
}

TEST_F(AbortedFilterTest, KnowsOneProducersTransactionsApart) {
  write(7, "a");                       // 0
  end(7, wire::ControlType::kAbort);   // 1
  write(7, "b");                       // 2
  end(7, wire::ControlType::kCommit);  // 3
  write(7, "c");                       // 4
  end(7, wire::ControlType::kAbort);   // 5
  EXPECT_THAT(left(0, {{7, {0}}, {7, {4}}}), ElementsAre("2:b"));
}

}  // namespace
}  // namespace weir::kafka
