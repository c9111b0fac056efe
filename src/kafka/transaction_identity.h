#pragma once

#include <string>

#include "kafka/produce_queue.h"

namespace weir::kafka {

/// Who writes in a transaction, and by which of Kafka's two protocols.
struct TransactionIdentity {
  std::string transactional_id;
  ProducerIdentity producer;
  /// The newer protocol (KIP-890, transaction.version 2): what is written to belongs to the
  /// transaction by itself, and each end raises the epoch. In the older one partitions and groups
  /// are added first.
  bool adds_itself = false;
};

}  // namespace weir::kafka
