#include "kafka/group_input.h"

#include <utility>

#include "base/log.h"

namespace weir::kafka {

GroupInput::GroupInput(Setup setup, GroupInput::Owner& owner)
    : index_(setup.index),
      owner_(owner),
      context_{setup.context->loop, for_part(setup.context->options, index_),
               setup.context->buffers, setup.context->log},
      ownership_(*setup.host, *this),
      coordinator_(context_, *setup.metadata, std::move(setup.group)),
      offsets_(
          context_, coordinator_,
          [this](const std::string& what) { owner_.on_input_trouble(index_, "offsets", what); }),
      member_(context_, *setup.metadata, coordinator_, std::move(setup.member), *this) {}

void GroupInput::on_assigned(const GroupGeneration& generation,
                             const std::vector<TopicPartition>& partitions) {
  generation_ = generation;
  ownership_.assign(partitions);
}

void GroupInput::commit(const LogPositions& positions, const std::string& metadata,
                        std::function<void(Result<void>)> done) {
  offsets_.commit(generation_, positions, metadata,
                  [this, as = generation_, done = std::move(done)](const Result<void>& outcome) {
                    if (!outcome.ok()) member_.on_commit_refused(as, outcome.error().kafka_code());
                    done(outcome);
                  });
}

void GroupInput::on_lost() {
  context_.log.warning(
      concat("group '", coordinator_.group(), "': input ", index_,
             " lost its partitions; what was under way is read again by their next "
             "owners"));
  ownership_.lose();
}

}  // namespace weir::kafka
