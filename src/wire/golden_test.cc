#include <gtest/gtest.h>

#include <map>

#include "wire/codec.h"
#include "wire/consumer_protocol.h"
#include "wire/golden_file.h"
#include "wire/header.h"
#include "wire/messages/all.h"

namespace weir::wire {
namespace {

struct Golden {
  std::string name;
  std::int16_t version = 0;
  std::string bytes;
  std::string fields;
};

std::vector<Golden> golden_messages() {
  std::vector<Golden> messages;
  for (std::istringstream& line : golden_lines(WEIR_WIRE_TESTDATA "/kafka_messages.txt")) {
    Golden golden;
    std::string hex;
    line >> golden.name >> golden.version >> hex >> std::ws;
    std::getline(line, golden.fields);
    golden.bytes = from_hex(hex);
    messages.push_back(std::move(golden));
  }
  return messages;
}

template <class Message>
void expect_same(const Golden& golden) {
  const auto message = decode<Message>(golden.bytes, golden.version);
  ASSERT_TRUE(message) << message.error().message();
  EXPECT_EQ(print(*message, golden.version), golden.fields);
  Writer writer;
  encode(*message, golden.version, writer);
  EXPECT_EQ(writer.joined(), golden.bytes);
}

using Comparison = void (*)(const Golden&);

std::map<std::string, Comparison, std::less<>> comparisons() {
  std::map<std::string, Comparison, std::less<>> all;
  const auto add = [&]<class Message>() {
    all.emplace(Message::kSchema.name, &expect_same<Message>);
  };
  for_each_request([&]<class Request>() {
    add.template operator()<Request>();
    add.template operator()<typename Request::Response>();
  });
  add.operator()<RequestHeader>();
  add.operator()<ResponseHeader>();
  add.operator()<ConsumerProtocolSubscription>();
  add.operator()<ConsumerProtocolAssignment>();
  return all;
}

TEST(Golden, EveryMessageIsReadAndWrittenAsKafkaDoes) {
  const auto compare_by_name = comparisons();
  std::map<std::string, int> seen;
  for (const Golden& golden : golden_messages()) {
    SCOPED_TRACE(golden.name + " v" + std::to_string(golden.version));
    ASSERT_TRUE(compare_by_name.contains(golden.name));
    compare_by_name.at(golden.name)(golden);
    ++seen[golden.name];
  }
  EXPECT_EQ(seen.size(), compare_by_name.size());
}

}  // namespace
}  // namespace weir::wire
