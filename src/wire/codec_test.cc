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

template <class Message>
void for_each_version(auto&& visit) {
  for (std::int16_t v = Message::kSchema.versions.first; v <= Message::kSchema.versions.last; ++v) {
    SCOPED_TRACE(std::string(Message::kSchema.name) + " v" + std::to_string(v));
    visit(v);
  }
}

template <class Message>
class EveryMessage : public ::testing::Test {};

using Messages = ::testing::Types<
    ProduceRequest, ProduceResponse, FetchRequest, FetchResponse, ListOffsetsRequest,
    ListOffsetsResponse, MetadataRequest, MetadataResponse, OffsetCommitRequest,
    OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse, FindCoordinatorRequest,
    FindCoordinatorResponse, JoinGroupRequest, JoinGroupResponse, HeartbeatRequest,
    HeartbeatResponse, LeaveGroupRequest, LeaveGroupResponse, SyncGroupRequest, SyncGroupResponse,
    DescribeGroupsRequest, DescribeGroupsResponse, ListGroupsRequest, ListGroupsResponse,
    ApiVersionsRequest, ApiVersionsResponse, CreateTopicsRequest, CreateTopicsResponse,
    DeleteTopicsRequest, DeleteTopicsResponse, InitProducerIdRequest, InitProducerIdResponse,
    DescribeConfigsRequest, DescribeConfigsResponse, CreatePartitionsRequest,
    CreatePartitionsResponse, DeleteGroupsRequest, DeleteGroupsResponse, DescribeClusterRequest,
    DescribeClusterResponse, RequestHeader, ResponseHeader, ConsumerProtocolSubscription,
    ConsumerProtocolAssignment>;
TYPED_TEST_SUITE(EveryMessage, Messages);

TYPED_TEST(EveryMessage, ComesBackAsItWasWrittenInEveryVersion) {
  for_each_version<TypeParam>([](std::int16_t version) {
    for (std::uint32_t seed = 0; seed < 50; ++seed) {
      RandomVisitor random(version, seed);
      TypeParam message;
      random.value(message);
      const std::string bytes = encoded(message, version);
      const auto back = decode<TypeParam>(bytes, version);
      ASSERT_TRUE(back) << back.error().message();
      EXPECT_EQ(*back, message);
      EXPECT_EQ(encoded_size(message, version), bytes.size());
    }
  });
}

TYPED_TEST(EveryMessage, IsRefusedWhenCutAnywhere) {
  for_each_version<TypeParam>([](std::int16_t version) {
    RandomVisitor random(version, 7);
    TypeParam message;
    random.value(message);
    const std::string bytes = encoded(message, version);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const std::string cut = bytes.substr(0, size);  // a copy, so that a sanitizer sees its end
      EXPECT_FALSE(decode<TypeParam>(cut, version)) << size << " of " << bytes.size();
    }
    EXPECT_FALSE(decode<TypeParam>(bytes + '\0', version));
  });
}

TYPED_TEST(EveryMessage, IsReadOrRefusedWhateverItsBytes) {
  for_each_version<TypeParam>([](std::int16_t version) {
    RandomVisitor random(version, 3);
    TypeParam message;
    random.value(message);
    std::mt19937 chance(static_cast<unsigned>(version));
    for (int i = 0; i < 200; ++i) {
      std::string bytes = encoded(message, version);
      for (int change = 0; change < 3 && !bytes.empty(); ++change) {
        bytes[chance() % bytes.size()] = static_cast<char>(chance());
      }
      const auto result = decode<TypeParam>(bytes, version);
      if (!result) continue;
      EXPECT_EQ(decode<TypeParam>(encoded(*result, version), version).value(), *result);
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
