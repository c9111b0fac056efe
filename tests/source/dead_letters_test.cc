// A whole stream from topic to topic, with a record in it that is none.

#include <gmock/gmock.h>

#include "exec/sim_runtime.h"
#include "source_town.h"
#include "weir/kafka.h"
#include "weir/streaming_context.h"

namespace weir {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::StartsWith;

TEST(DeadLetters, KeepTheRecordWithItsHeadersAndSayWhereItCameFrom) {
  SourceTown town({{"dead", 1}, {"in", 2}, {"out", 2}});
  town.write("in", 0, {"8 bytes."});
  town.write("in", 1, {"number 8", "no number"}, 1000, {{"trace", true, "7"}});
  StreamingContext context({.stop_at_end = true},
                           std::make_unique<exec::SimRuntime>(town.network, "job", 2));
  kafka::StreamOptions options = town.direct({"in"});
  options.bad_records = BadRecords::dead_letter("dead");
  kafka::stream<std::int64_t>(context, options)
      .to(kafka::topic<std::int64_t>({.brokers = "broker:9092", .topic = "out"}));
  ASSERT_TRUE(context.start().ok());
  ASSERT_TRUE(context.await().ok());
  EXPECT_THAT(town.contents("out"), ElementsAre(Pair("out-0", ElementsAre("0:8 bytes.")),
                                                Pair("out-1", ElementsAre("0:number 8"))));
  EXPECT_THAT(town.contents("dead")["dead-0"],
              ElementsAre(StartsWith("0:no number trace=7 weir.topic=in weir.partition=1 "
                                     "weir.offset=1 weir.reason=")));
}

TEST(DeadLetters, KeepANullValueNull) {
  SourceTown town({{"dead", 1}, {"in", 1}});
  town.write_tombstone("in", 0, "key");
  StreamingContext context({.stop_at_end = true},
                           std::make_unique<exec::SimRuntime>(town.network, "job", 1));
  kafka::StreamOptions options = town.direct({"in"});
  options.bad_records = BadRecords::dead_letter("dead");
  kafka::stream<std::string>(context, options).for_each([](const std::string&) {});
  ASSERT_TRUE(context.start().ok());
  ASSERT_TRUE(context.await().ok());
  EXPECT_THAT(town.contents("dead")["dead-0"],
              ElementsAre(StartsWith("0:key=null weir.topic=in weir.partition=0 weir.offset=0")));
}

}  // namespace
}  // namespace weir
