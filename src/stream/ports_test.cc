#include "stream/ports.h"

#include <gmock/gmock.h>

#include "net/sim_network.h"
#include "plan/fake_pipeline.h"

namespace weir::stream {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// One source and one output, and what is heard of them.
class PortsTest : public testing::Test {
 protected:
  PortsTest() {
    auto owned = std::make_unique<plan::FakeSource>("in", 1);
    source = owned.get();
    output =
        plan::write_to_fake(plan::fake_strings(detail::append_source(pipeline, std::move(owned))));
    site.driver = &network.loop("driver");
    site.workers = {&network.loop("worker")};
  }
  plan::Done hear(const char* what) {
    return [this, what](const Result<void>& result) {
      heard.push_back(concat(what, ": ", result.ok() ? "well" : result.error().message()));
    };
  }
  void open() {
    ports.open(site, hear("opened"));
    run_until_quiet();
  }
  void run_until_quiet() {
    while (network.step()) {
    }
  }

  net::SimNetwork network{7};
  Pipeline pipeline;
  plan::FakeSource* source = nullptr;
  plan::FakeOutput* output = nullptr;
  plan::Site site;
  std::vector<std::string> heard;
  std::vector<std::string> log;
  int changes = 0;
  Ports ports{{&pipeline.graph(), &network.loop("driver"),
               Log(LogLevel::kInfo, [this](LogLevel, auto line) { log.emplace_back(line); }),
               [this] { ++changes; }, [this](const Error& error) { hear("failed")(error); }}};
};

TEST_F(PortsTest, AreOpenOnceAllAreThere) {
  open();
  EXPECT_THAT(heard, ElementsAre("opened: well"));
}

TEST_F(PortsTest, NameThoseThatAreMissing) {
  source->never_opens = true;
  open();
  EXPECT_THAT(heard, IsEmpty());
  EXPECT_EQ(ports.describe_missing(), " fake source; no answer");
  source->host().on_trouble("127.0.0.1:1 refuses");
  EXPECT_EQ(ports.describe_missing(), " fake source; 127.0.0.1:1 refuses");
}

TEST_F(PortsTest, TellWhyOneCannotBeOpened) {
  output->open_error = Error(ErrorCode::kNotFound, "no such topic");
  open();
  EXPECT_THAT(heard, ElementsAre("opened: no such topic"));
}

TEST_F(PortsTest, WithoutSourcesAndOutputsAreOpenAtOnce) {
  Pipeline none;
  Ports nothing{{&none.graph(), site.driver, Log(), [] {}, [](const Error&) {}}};
  nothing.open(site, hear("opened"));
  EXPECT_THAT(heard, IsEmpty()) << "never from inside open()";
  run_until_quiet();
  nothing.close(hear("closed"));
  run_until_quiet();
  EXPECT_THAT(heard, ElementsAre("opened: well", "closed: well"));
}

TEST_F(PortsTest, LogTroubleOnceAndItsEnd) {
  open();
  source->host().on_trouble("the broker is away");
  source->host().on_trouble("the broker is away");
  EXPECT_EQ(ports.trouble(), "the broker is away");
  source->host().on_trouble("");
  EXPECT_EQ(ports.trouble(), "");
  EXPECT_THAT(log, ElementsAre("the broker is away", "over: the broker is away"));
}

TEST_F(PortsTest, PassOnThatASourceCannotGoOn) {
  open();
  source->host().on_failure(Error(ErrorCode::kAborted, "fenced"));
  EXPECT_THAT(heard, ElementsAre("opened: well", "failed: fenced"));
}

TEST_F(PortsTest, TellASourceWhetherItMustBeReadWhole) {
  auto owned = std::make_unique<plan::FakeSource>("counted", 1);
  plan::FakeSource* counted = owned.get();
  plan::write_to_fake(plan::fake_strings(detail::append_source(pipeline, std::move(owned)))
                          .map([](std::string text) { return std::pair(std::move(text), 1); })
                          .reduce_by_key(std::plus<>())
                          .map([](const auto& count) { return count.first; }));
  open();
  EXPECT_FALSE(source->host().needs_all_records());
  EXPECT_TRUE(counted->host().needs_all_records());
}

TEST_F(PortsTest, AreClosedOnceAllAre) {
  open();
  ports.close(hear("closed"));
  EXPECT_TRUE(source->closed && output->closed);
  run_until_quiet();
  EXPECT_THAT(heard, ElementsAre("opened: well", "closed: well"));
}

TEST_F(PortsTest, CloseNothingThatWasNotOpened) {
  ports.close(hear("closed"));
  run_until_quiet();
  EXPECT_FALSE(source->closed || output->closed);
}

}  // namespace
}  // namespace weir::stream
