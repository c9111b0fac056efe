// Runs the program itself, AVROGEN.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace weir::avro {
namespace {

using testing::HasSubstr;

struct Outcome {
  int status;
  std::string output;  // of both kinds
};

// Runs avrogen with words for the shell.
Outcome avrogen(const std::string& words) {
  FILE* pipe = popen((std::string(AVROGEN) + " " + words + " 2>&1").c_str(), "r");
  std::string output;
  std::array<char, 4096> piece;
  while (const std::size_t size = fread(piece.data(), 1, piece.size(), pipe)) {
    output.append(piece.data(), size);
  }
  return {WEXITSTATUS(pclose(pipe)), output};
}

class Avrogen : public testing::Test {
 protected:
  Avrogen() {
    std::string pattern = std::filesystem::temp_directory_path() / "avrogen.XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~Avrogen() override { std::filesystem::remove_all(directory_); }

  std::string file(const std::string& name, const std::string& text) {
    std::ofstream(directory_ / name) << text;
    return directory_ / name;
  }

  std::filesystem::path directory_;
};

constexpr const char* kSchema =
    R"({"type":"record","name":"R","fields":[{"name":"f","type":"int"}]})";

TEST_F(Avrogen, WritesToStandardOutputOrIntoAFile) {
  const std::string schema = file("r.avsc", kSchema);
  const Outcome printed = avrogen(schema);
  EXPECT_EQ(printed.status, 0);
  EXPECT_THAT(printed.output, HasSubstr("struct R {"));
  const std::string header = directory_ / "r.h";
  EXPECT_EQ(avrogen("-o " + header + " " + schema).status, 0);
  std::ifstream written(header);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(written), {}), printed.output);
}

TEST_F(Avrogen, ReadsStandardInput) {
  EXPECT_THAT(avrogen("- <" + file("r.avsc", kSchema)).output, HasSubstr("struct R {"));
}

TEST_F(Avrogen, TakesANamespaceInEitherForm) {
  const std::string schema = file("r.avsc", kSchema);
  EXPECT_THAT(avrogen("--namespace a::b " + schema).output, HasSubstr("namespace a::b {"));
  EXPECT_THAT(avrogen("--namespace=a.b " + schema).output, HasSubstr("namespace a::b {"));
}

TEST_F(Avrogen, ShowsHowItIsUsed) {
  const Outcome help = avrogen("--help");
  EXPECT_EQ(help.status, 0);
  EXPECT_THAT(help.output, HasSubstr("usage: avrogen"));
}

TEST_F(Avrogen, SaysWhatIsWrongWithItsArguments) {
  const std::string hint = "; avrogen --help shows how it is used\n";
  const std::pair<std::string, std::string> cases[] = {
      {"", "avrogen: the schema's file is missing" + hint},
      {"--outptu x a.avsc",
       "avrogen: there is no option --outptu; did you mean \"--output\"?" + hint},
      {"a.avsc -o", "avrogen: -o needs a value" + hint},
      {"a.avsc b.avsc", "avrogen: one schema at a time: got a.avsc and b.avsc" + hint},
      {"--namespace 1a a.avsc", "avrogen: --namespace: \"1a\" is no namespace, as a::b is" + hint},
      {"--namespace '' a.avsc", "avrogen: --namespace: \"\" is no namespace, as a::b is" + hint},
      {"--help=yes a.avsc", "avrogen: --help takes no value" + hint},
  };
  for (const auto& [words, message] : cases) {
    const Outcome outcome = avrogen(words);
    EXPECT_EQ(outcome.status, 2) << words;
    EXPECT_EQ(outcome.output, message) << words;
  }
}

TEST_F(Avrogen, SaysWhichFileItCannotReadOrWrite) {
  const std::string missing = directory_ / "missing.avsc";
  const Outcome unread = avrogen(missing);
  EXPECT_EQ(unread.status, 1);
  EXPECT_EQ(unread.output,
            "avrogen: cannot read the schema " + missing + ": No such file or directory\n");
  EXPECT_THAT(avrogen(directory_).output, HasSubstr("Is a directory"));
  const std::string header = directory_ / "no/r.h";
  const Outcome unwritten = avrogen("-o " + header + " " + file("r.avsc", kSchema));
  EXPECT_EQ(unwritten.status, 1);
  EXPECT_EQ(unwritten.output,
            "avrogen: cannot write the header " + header + ": No such file or directory\n");
}

TEST_F(Avrogen, SaysWhatIsWrongWithASchema) {
  const std::string schema =
      file("bad.avsc", R"({"type":"record","name":"R","fields":[{"name":"f","type":"itn"}]})");
  const Outcome outcome = avrogen("-o " + (directory_ / "r.h").string() + " " + schema);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.output, HasSubstr("avrogen: " + schema +
                                        ": record \"R\", field \"f\": there is "
                                        "no type \"itn\"; did you mean \"int\"?"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "r.h"));
}

}  // namespace
}  // namespace weir::avro
