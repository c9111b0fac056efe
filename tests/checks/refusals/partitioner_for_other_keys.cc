// refused: the last argument must be a number of partitions or a partitioner for the stream's keys
#include "weir/dstream.h"

struct ByNumber {
  int partitions = 3;
  int partition_of(int number) const { return number % partitions; }
  bool operator==(const ByNumber&) const = default;
};
void describe(const weir::DStream<std::pair<std::string, int>>& words) {
  words.group_by_key(ByNumber{});
}
