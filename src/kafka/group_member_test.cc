#include "kafka/group_member.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "kafka/group_play.h"

namespace weir::kafka {
namespace {

std::vector<std::string> plays() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(WEIR_GROUP_PLAYS)) {
    names.push_back(file.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Each file of plays/group is one scenario, checked word for word. With WEIR_WRITE_PLAYS set in
/// the environment they are written anew instead: then `git diff` shows what has changed.
class GroupMemberPlay : public testing::TestWithParam<std::string> {};

TEST_P(GroupMemberPlay, IsPlayedAsWritten) {
  const std::string path = std::string(WEIR_GROUP_PLAYS) + "/" + GetParam() + ".play";
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  const std::string played = GroupPlay().perform(text.str());
  if (std::getenv("WEIR_WRITE_PLAYS") != nullptr) std::ofstream(path) << played;
  EXPECT_EQ(played, text.str());
}

INSTANTIATE_TEST_SUITE_P(Group, GroupMemberPlay, testing::ValuesIn(plays()),
                         [](const auto& name) { return name.param; });

}  // namespace
}  // namespace weir::kafka
