// Plays the scenes of plays/*.play (testing/play_stage.h) on a broker and a simulated network. Run
// with WEIR_REWRITE_PLAYS=1 to write down what is said now, and read the difference.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "broker/broker.h"
#include "broker/testing/play_options.h"
#include "broker/testing/play_stage.h"
#include "broker/testing/test_client.h"

namespace weir::broker {
namespace {

/// A broker and its clients in one thread, with virtual time.
class SimulatedHost final : public PlayHost {
 public:
  void set_up(const PlayValue& settings) override { set_play_options(settings, options_); }

  std::unique_ptr<FrameClient> connect() override {
    start();
    return std::make_unique<TestClient>(network_, broker_->port());
  }
  void wait(Duration duration) override { network_.run_for(duration); }
  void let_answer(const std::function<bool()>&) override {
    network_.run_for(std::chrono::milliseconds(5));
  }

 private:
  void start() {
    if (broker_) return;
    options_.port = 9092;
    broker_ =
        std::make_unique<Broker>(network_.loop("broker"), options_, Log(LogLevel::kError, nullptr));
    ASSERT_TRUE(broker_->start().ok());
  }

  net::SimNetwork network_{1};
  BrokerOptions options_{.seed = 7};
  std::unique_ptr<Broker> broker_;
};

class PlayTest : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(PlayTest, GoesAsWritten) {
  std::ifstream file(GetParam());
  std::stringstream written;
  written << file.rdbuf();
  SimulatedHost host;
  const auto played = PlayStage(host).run(written.str());
  ASSERT_TRUE(played.ok()) << played.error().message();
  if (std::getenv("WEIR_REWRITE_PLAYS") != nullptr) std::ofstream(GetParam()) << *played;
  EXPECT_EQ(*played, written.str());
}

TEST(PlayStage, FailsOnWhatIsNoCommand) {
  SimulatedHost host;
  const auto said = [&](const std::string& line) {
    return PlayStage(host).run(line).error().message();
  };
  EXPECT_EQ(said("dance a"), "no command of a play: 'dance a'");
  EXPECT_EQ(said("close z"), "no command of a play: 'close z'");
  EXPECT_EQ(said("a> Dance 1 {}"), "no request Dance");
  EXPECT_EQ(said("a> Heartbeat 4 {groupID=\"g\"}"), "there is no field groupID");
}

std::vector<std::filesystem::path> plays() {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(WEIR_BROKER_PLAYS)) {
    if (entry.path().extension() == ".play") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

INSTANTIATE_TEST_SUITE_P(Plays, PlayTest, testing::ValuesIn(plays()),
                         [](const auto& play) { return play.param.stem().string(); });

}  // namespace
}  // namespace weir::broker
