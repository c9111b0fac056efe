#include "wire/codec.h"

#include <gmock/gmock.h>

#include "wire/consumer_protocol.h"
#include "wire/header.h"
#include "wire/messages/all.h"
#include "wire/random_message.h"

namespace weir::wire {
namespace {

using ::testing::HasSubstr;

template <class Message>
std::string encoded(const Message& message, std::int16_t version) {
  Writer writer;
  encode(message, version, writer);
  return writer.joined();
}

/// One message type behind functions, so that the tests are compiled once and not for each type.
struct MessageType {
  std::string_view name;
  Versions versions;
  std::string (*random)(std::int16_t version, std::uint32_t seed);
  Result<void> (*write_and_read)(std::int16_t version, std::uint32_t seed);
  /// Reads bytes and writes what was read, which must read as the same again.
  Result<std::string> (*read_and_write)(std::string_view bytes, std::int16_t version);
};

template <class Message>
std::string random_bytes(std::int16_t version, std::uint32_t seed) {
  RandomVisitor random(version, seed);
  Message message;
  random.value(message);
  return encoded(message, version);
}

template <class Message>
Result<void> write_and_read(std::int16_t version, std::uint32_t seed) {
  RandomVisitor random(version, seed);
  Message message;
  random.value(message);
  const std::string bytes = encoded(message, version);
  const auto back = decode<Message>(bytes, version);
  if (!back) return back.error();
  if (!(*back == message)) return Error(ErrorCode::kCorrupt, "it came back changed");
  if (encoded_size(message, version) == bytes.size()) return {};
  return Error(ErrorCode::kCorrupt, "its size is not what encoded_size() says");
}

template <class Message>
Result<std::string> read_and_write(std::string_view bytes, std::int16_t version) {
  const auto message = decode<Message>(bytes, version);
  if (!message) return message.error();
  std::string again = encoded(*message, version);
  EXPECT_EQ(decode<Message>(again, version).value(), *message);
  return again;
}

template <class... Messages>
std::vector<MessageType> types() {
  return {MessageType{Messages::kSchema.name, Messages::kSchema.versions, random_bytes<Messages>,
                      write_and_read<Messages>, read_and_write<Messages>}...};
}

class EveryMessage : public ::testing::TestWithParam<MessageType> {
 protected:
  void for_each_version(auto&& visit) {
    for (std::int16_t v = GetParam().versions.first; v <= GetParam().versions.last; ++v) {
      SCOPED_TRACE("v" + std::to_string(v));
      visit(v);
    }
  }
};

INSTANTIATE_TEST_SUITE_P(
    Messages, EveryMessage,
    ::testing::ValuesIn(
        types<ProduceRequest, ProduceResponse, FetchRequest, FetchResponse, ListOffsetsRequest,
              ListOffsetsResponse, MetadataRequest, MetadataResponse, OffsetCommitRequest,
              OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse, FindCoordinatorRequest,
              FindCoordinatorResponse, JoinGroupRequest, JoinGroupResponse, HeartbeatRequest,
              HeartbeatResponse, LeaveGroupRequest, LeaveGroupResponse, SyncGroupRequest,
              SyncGroupResponse, DescribeGroupsRequest, DescribeGroupsResponse, ListGroupsRequest,
              ListGroupsResponse, ApiVersionsRequest, ApiVersionsResponse, CreateTopicsRequest,
              CreateTopicsResponse, DeleteTopicsRequest, DeleteTopicsResponse, DeleteRecordsRequest,
              DeleteRecordsResponse, InitProducerIdRequest, InitProducerIdResponse,
              DescribeConfigsRequest, DescribeConfigsResponse, AlterConfigsRequest,
              AlterConfigsResponse, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
              CreatePartitionsRequest, CreatePartitionsResponse, DeleteGroupsRequest,
              DeleteGroupsResponse, OffsetDeleteRequest, OffsetDeleteResponse,
              OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, DescribeClusterRequest,
              DescribeClusterResponse, AddPartitionsToTxnRequest, AddPartitionsToTxnResponse,
              AddOffsetsToTxnRequest, AddOffsetsToTxnResponse, EndTxnRequest, EndTxnResponse,
              TxnOffsetCommitRequest, TxnOffsetCommitResponse, DescribeTransactionsRequest,
              DescribeTransactionsResponse, ListTransactionsRequest, ListTransactionsResponse,
              DescribeProducersRequest, DescribeProducersResponse, UpdateFeaturesRequest,
              UpdateFeaturesResponse, WriteTxnMarkersRequest, WriteTxnMarkersResponse,
              RequestHeader, ResponseHeader, ConsumerProtocolSubscription,
              ConsumerProtocolAssignment>()),
    [](const auto& type) { return std::string(type.param.name); });

TEST_P(EveryMessage, ComesBackAsItWasWrittenInEveryVersion) {
  for_each_version([](std::int16_t version) {
    for (std::uint32_t seed = 0; seed < 50; ++seed) {
      const Result<void> result = GetParam().write_and_read(version, seed);
      ASSERT_TRUE(result.ok()) << "seed " << seed << ": " << result.error().message();
    }
  });
}

TEST_P(EveryMessage, IsRefusedWhenCutAnywhere) {
  for_each_version([](std::int16_t version) {
    const std::string bytes = GetParam().random(version, 7);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const std::string cut = bytes.substr(0, size);  // a copy, so that a sanitizer sees its end
      EXPECT_FALSE(GetParam().read_and_write(cut, version)) << size << " of " << bytes.size();
    }
    EXPECT_FALSE(GetParam().read_and_write(bytes + '\0', version));
  });
}

TEST_P(EveryMessage, IsReadOrRefusedWhateverItsBytes) {
  for_each_version([](std::int16_t version) {
    const std::string original = GetParam().random(version, 3);
    std::mt19937 chance(static_cast<unsigned>(version));
    for (int i = 0; i < 200; ++i) {
      std::string bytes = original;
      for (int change = 0; change < 3 && !bytes.empty(); ++change) {
        bytes[chance() % bytes.size()] = static_cast<char>(chance());
      }
      (void)GetParam().read_and_write(bytes, version);
    }
  });
}

TEST(Codec, RefusesMoreElementsThanTheBytesCanHold) {
  const std::string lie = "\x7f\xff\xff\xff" + std::string(100, '\0');
  EXPECT_THAT(decode<MetadataRequest>(lie, 0).error().message(), HasSubstr("field 'topics'"));
}

TEST(Codec, NamesMessageVersionAndFieldOfMalformedBytes) {
  const auto result = decode<FindCoordinatorRequest>(std::string_view("\0\5grp", 5), 0);
  EXPECT_EQ(result.error().message(),
            "FindCoordinatorRequest v0 is malformed: field 'key' cannot be read from its 5 bytes");
}

TEST(Codec, RefusesACompactLengthOfAnySize) {
  for (const char last : {1, 2, 0x7f}) {  // 2^63, and what has bits above the 64th
    const std::string length = std::string(9, '\x80') + last;
    EXPECT_FALSE(decode<FindCoordinatorRequest>('\0' + length + "abc", 4));
    EXPECT_FALSE(decode<FindCoordinatorRequest>(length + "abc", 3));
  }
}

TEST(Codec, RefusesAVersionThatIsNotClaimed) {
  EXPECT_EQ(decode<FetchRequest>("", 3).error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(decode<FetchRequest>("", -1).error().code(), ErrorCode::kUnsupported);
}

TEST(Codec, PrintsTheFieldsOfAVersion) {
  FindCoordinatorRequest request;
  request.key = "my \"group\"\n";
  EXPECT_EQ(print(request, 0), R"({key="my \"group\"\x0a"})");
  EXPECT_EQ(print(request, 4), "{keyType=0, coordinatorKeys=[]}");
}

TEST(Codec, WritesNullAsEmptyWhereTheVersionKnowsNoNull) {
  EXPECT_EQ(encoded(MetadataRequest{}, 0), std::string(4, '\0'));
  EXPECT_EQ(encoded(MetadataRequest{}, 1), std::string(4, '\xff'));
}

}  // namespace
}  // namespace weir::wire
