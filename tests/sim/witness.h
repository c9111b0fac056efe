#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cluster.h"
#include "counts.h"
#include "writer.h"

namespace weir::sim {

/// Looks at what is in the logs, up to their high watermarks, and in the groups of a simulated
/// cluster, and says when it is not as was promised. It asks the broker's memory, not its protocol.
/// Owned by the World.
class Witness {
 public:
  /// `exactly_once`: what comes out counts once it is committed, and nothing may come out twice.
  /// `counts`: jobs also count.
  Witness(SimCluster& cluster, std::int64_t partitions, bool exactly_once = false,
          bool counts = false);

  /// To be called after each step of the simulation.
  void look();
  void on_acknowledged(const Value& value, Offset offset);
  /// The broker has started anew.
  void on_restart() { owners_seen_in_ = -1; }
  /// To be called once all is written and read.
  void look_at_the_end();

  /// The first promise that was broken; nothing so far.
  const std::optional<std::string>& violation() const { return violation_; }
  /// All that was written is in "out", and counted, and its offsets are committed.
  bool all_is_through() const;
  /// No transaction is open that writes accumulators: nobody knows yet whether what it wrote
  /// counts.
  bool accumulators_are_decided() const;
  /// What is not through, and who has it.
  std::string what_is_missing() const;
  /// The generation of the group, -1 where there is none.
  std::int32_t generation() const;
  /// How many records "out" has beyond one of each, or were counted again.
  std::int64_t repeated() const { return repeated_ + (counts_ ? counts_->repeated() : 0); }
  /// Sums up all that was seen, and when: two runs of one script have the same.
  std::uint64_t digest() const { return digest_; }

 private:
  /// One partition of "in" and the same of "out".
  struct Partition {
    std::vector<Value> in;
    std::set<Value> known;                             // of "in"
    std::map<std::int64_t, std::int64_t> last_number;  // in "in", by writer
    std::set<Value> out;
    std::size_t out_in_order = 0;  // so many of "in" have come out, one after the other
    Offset in_seen;
    Offset out_seen;
    Offset committed{-1};
  };

  /// A partition, and its name.
  struct Source {
    const char* topic;
    std::int32_t index;
    const broker::Partition& partition;
  };

  template <class Take>
  void read(const Source& source, Offset& seen, Take take);
  void look_at_in(std::int32_t index, Partition& partition);
  void look_at_out(std::int32_t index, Partition& partition);
  void look_at_counts();
  void look_again_at_in(std::int32_t index, const Partition& partition);
  void look_at_commits();
  void look_at_commit(std::int32_t index, Partition& partition, Offset committed);
  void look_at_owners();
  void look_at_accumulators();
  void report(std::string what);
  void digest(std::uint64_t number);

  SimCluster& cluster_;
  const bool exactly_once_;
  std::vector<Partition> partitions_;
  std::optional<Counts> counts_;
  Offset counts_seen_;
  std::int64_t repeated_ = 0;
  std::int32_t owners_seen_in_ = -1;  // the generation whose assignment was looked at
  std::uint64_t digest_ = 14695981039346656037u;
  std::optional<std::string> violation_;
};

}  // namespace weir::sim
