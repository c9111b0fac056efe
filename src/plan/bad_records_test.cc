#include <gmock/gmock.h>

#include <cstdlib>

#include "base/log.h"
#include "weir/record_operators.h"
#include "wire/record_batch_builder.h"

namespace weir::detail {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// A task whose only output keeps what is written.
class BadRecordsTest : public testing::Test, public TaskContext, public RecordWriter {
 protected:
  BatchTime batch_time() const override { return {}; }
  const std::vector<OffsetRange>& offset_ranges() const override { return ranges_; }
  PartitionId partition() const override { return {}; }
  RecordWriter& writer(OutputIndex) override { return *this; }
  void deliver(ExchangePort, PartitionId, std::unique_ptr<const Block>) override {}
  void count_held(std::size_t) override {}
  void count_skipped() override { ++skipped_; }
  PartitionState& state(StateIndex) override { std::abort(); }

  char* append(const Envelope& envelope, std::size_t value_size) override {
    key_ = envelope.key;
    timestamp_ = envelope.timestamp.millis;
    for (const HeaderView& header : envelope.headers) {
      headers_.push_back(concat(header.key, "=", header.has_value ? header.value : "null"));
    }
    value_.resize(value_size);
    return value_.data();
  }

  /// A record with these headers, as it stands in a batch.
  Record make(const std::vector<wire::RecordHeader>& headers) {
    wire::RecordBatchBuilder builder(buffers_.take(1000));
    std::string_view("value").copy(builder.append(77, "key", 5, headers), 5);
    batch_ = std::move(builder).seal(wire::Compression::kNone, buffers_).value();
    const auto batch = *wire::RecordBatchCursor(batch_.view()).next().value();
    wire::Reader reader(batch.payload());
    const wire::RecordView view = wire::read_record(reader, batch.header);
    Record record;
    record.key = view.key;
    record.has_key = true;
    record.value = view.value;
    record.has_value = true;
    record.headers = view.headers;
    record.header_count = view.header_count;
    record.offset = Offset{9};
    record.timestamp = WallTime{view.timestamp};
    record.origin = &origin_;
    return record;
  }

  const RecordOrigin origin_{"t", PartitionId{3}};
  BufferPool buffers_{1 << 20};
  Buffer batch_;
  std::vector<OffsetRange> ranges_;
  int skipped_ = 0;
  std::optional<std::string_view> key_;
  std::int64_t timestamp_ = 0;
  std::string value_;
  std::vector<std::string> headers_;
};

TEST_F(BadRecordsTest, ADeadLetterKeepsTheRecordAndItsHeadersAndSaysWhereItCameFrom) {
  const Record record = make({{"trace", true, "12"}, {"none", false, ""}, {"empty", true, ""}});
  handle_bad_record(BadRecords::dead_letter("dead"), OutputIndex{0}, record, "no tweet", *this);
  EXPECT_THAT(headers_, ElementsAre("trace=12", "none=null", "empty=", "weir.topic=t",
                                    "weir.partition=3", "weir.offset=9", "weir.reason=no tweet"));
  EXPECT_EQ(key_, "key");
  EXPECT_EQ(timestamp_, 77);
  EXPECT_EQ(value_, "value");
  EXPECT_EQ(skipped_, 1);
}

TEST_F(BadRecordsTest, ADeadLetterKeepsTheHeadersThatCanBeRead) {
  Record record = make({{"trace", true, "12"}, {"broken", true, "34"}});
  record.headers.remove_suffix(1);
  handle_bad_record(BadRecords::dead_letter("dead"), OutputIndex{0}, record, "no tweet", *this);
  ASSERT_THAT(headers_, SizeIs(5));
  EXPECT_EQ(headers_[0], "trace=12");
}

TEST_F(BadRecordsTest, ASkippedRecordIsCountedAndNotWritten) {
  handle_bad_record(BadRecords::skip(), {}, make({}), "no tweet", *this);
  EXPECT_EQ(skipped_, 1);
  EXPECT_THAT(headers_, IsEmpty());
}

TEST_F(BadRecordsTest, FailingSaysWhereAndWhatToDo) {
  try {
    handle_bad_record(BadRecords::fail(), {}, make({}), "no tweet", *this);
    ADD_FAILURE() << "the batch should fail";
  } catch (const TaskError& failed) {
    EXPECT_THAT(failed.error().message(),
                AllOf(HasSubstr("topic t, partition 3, offset 9"), HasSubstr("no tweet"),
                      HasSubstr("BadRecords::skip()")));
  }
}

}  // namespace
}  // namespace weir::detail
