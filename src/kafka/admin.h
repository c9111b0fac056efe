#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kafka/patient_calls.h"
#include "weir/result.h"

namespace weir::kafka {

struct NewTopic {
  std::string name;
  /// The broker's default where it is -1.
  std::int32_t partitions = -1;
  std::int16_t replication = -1;
  std::map<std::string, std::string> configs = {};
};

struct TopicDescription {
  std::string name;
  std::vector<TopicMetadata::Partition> partitions;
};

struct ClusterDescription {
  std::string id;
  NodeId controller = -1;
  std::vector<BrokerAddress> brokers;
};

/// Creates and describes topics. Tries again, at other brokers too, until patience ends; so a
/// request may be made twice, and creating says "already exists" where a first answer was lost.
/// Owned by who asks, on the loop's thread; destroying it drops what is under way. Handlers are
/// called once, never from inside the call.
class Admin {
 public:
  Admin(ClientContext& context, Metadata& metadata) : calls_(context, metadata) {}

  void create_topic(const NewTopic& topic, Duration patience,
                    std::function<void(Result<void>)> done);
  void delete_topic(const std::string& name, Duration patience,
                    std::function<void(Result<void>)> done);
  /// Fails with ErrorCode::kNotFound where the topic is not there when patience ends.
  void describe_topic(const std::string& name, Duration patience,
                      std::function<void(Result<TopicDescription>)> done);
  /// A topic's settings by name, defaults included; what is secret is empty.
  void describe_configs(const std::string& topic, Duration patience,
                        std::function<void(Result<std::map<std::string, std::string>>)> done);
  void describe_cluster(Duration patience, std::function<void(Result<ClusterDescription>)> done);

 private:
  PatientCalls calls_;
};

}  // namespace weir::kafka
